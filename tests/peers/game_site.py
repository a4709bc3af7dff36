"""A website that shows a game of Krug in its page, in a process of its own.

    python -m tests.peers.game_site SCRIPT

SCRIPT is the address of game.js. The port is printed first.
"""

import sys
from collections.abc import Mapping

from tests.peers.strange_site import HTML, serve

PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Автосалон</title><body><h1>Автосалон</h1><div id="krug-game"></div>
<script src="{script}" defer></script></body></html>"""


def main() -> None:
    def pages(path: str, query: Mapping[str, str]) -> tuple[str, str]:
        return HTML, PAGE.format(script=sys.argv[1])

    serve(sys.argv[1], pages)


if __name__ == "__main__":
    main()
