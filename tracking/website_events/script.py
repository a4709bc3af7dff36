"""The script that a site takes from us: one file, the same for all sites, which knows its site by `data-site`."""

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

FILE = Path(__file__).resolve().parents[1] / "static" / "tracking" / "events" / "krug.js"
SECONDS = 3600  # that a browser may keep it


@require_safe
def krug(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(_text(), content_type="text/javascript")
    answer["Cache-Control"] = f"public, max-age={SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"  # so that a site may pin it or read its errors
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@cache
def _text() -> bytes:
    """Without the spaces at the beginnings of lines, which are a sixth of it."""
    lines = (line.strip() for line in FILE.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line).encode()
