"""A site that embeds the scripts of a push account, in a process of its own.

    python -m tests.peers.push_site BASE

BASE is the address of the account's scripts. The port is printed first.
"""

import argparse
from collections.abc import Mapping

from tests.peers.strange_site import HTML, serve

PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><title>Автосалон</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{base}/krug.js" data-person="{person}" defer></script><script src="{base}/centre.js" defer></script>
<body><header><h1>Автосалон</h1><krug-notices></krug-notices></header>
<p><button type="button" data-krug-push></button></p><p data-krug-push-terms></p><p data-krug-push-state></p></body></html>"""
WORKER = 'importScripts("{base}/worker.js");'


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    base = parser.parse_args().base

    def pages(path: str, query: Mapping[str, str]) -> tuple[str, str]:
        if path == "/krug-worker.js":
            return "text/javascript", WORKER.format(base=base)
        return HTML, PAGE.format(base=base, person=query.get("person", ""))

    serve(base, pages)


if __name__ == "__main__":
    main()
