"""Which websites may show the game in their pages: those that upper apps name (`tracking` its sites in use).

The script that does it is one file for all: it finds the token that a click of a letter has brought, and puts the page of the
game where the site has left a place for it.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from csp.constants import NONE
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

FILE = Path(__file__).resolve().parents[1] / "static" / "campaigns" / "game_frame.js"
SECONDS = 3600  # that a browser may keep it

_sources: dict[str, Callable[[], Iterable[str]]] = {}


def register(name: str, origins: Callable[[], Iterable[str]]) -> None:
    """Origins as browsers say them ("https://www.example.ru"); a second registration under a name replaces the first."""
    _sources[name] = origins


def ancestors() -> list[str]:
    """For `frame-ancestors`: nobody where no site is named."""
    found = sorted({origin for origins in _sources.values() for origin in origins()})
    return found or [NONE]


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(_text(), content_type="text/javascript")
    answer["Cache-Control"] = f"public, max-age={SECONDS}"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@cache
def _text() -> bytes:
    return FILE.read_bytes()
