"""A website with Krug's script of events in its pages, in a process of its own.

    python -m tests.peers.events_site SCRIPT --key=KEY

SCRIPT is the address of krug.js, KEY the public key of the site. The port is printed first. `?consent=ask` asks for consent
first.
"""

import argparse
from collections.abc import Mapping

from tests.peers.strange_site import HTML, serve

PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><title>Автосалон</title>
<script src="{script}" data-site="{key}" data-consent="{consent}" async></script>
<body><h1>Автосалон</h1><a id="next" href="/cars">Автомобили</a></body></html>"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("script")
    parser.add_argument("--key", required=True)
    asked = parser.parse_args()

    def pages(path: str, query: Mapping[str, str]) -> tuple[str, str]:
        return HTML, PAGE.format(script=asked.script, key=asked.key, consent=query.get("consent", ""))

    serve(asked.script, pages)


if __name__ == "__main__":
    main()
