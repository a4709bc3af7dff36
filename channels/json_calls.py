"""Calls of other people's programs that bring JSON: their bodies, and how they are refused."""

from typing import Any

from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from pydantic_core import from_json

LARGEST = 2**20  # bytes of a body


class Closed(Exception):
    """The whole call is refused: status, a sentence for the developer who calls, and the field where there is one."""

    def __init__(self, status: int, sentence: str, where: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.where = where


def body(request: HttpRequest) -> Any:
    """The JSON of a call. Raises Closed."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isascii() or not length.isdecimal():
        raise Closed(411, _("The length of the body is needed (Content-Length)."))
    if int(length) > LARGEST:
        raise Closed(413, _("The call is over %d KB: send fewer events at once.") % (LARGEST // 1024))
    try:
        raw = request.body
        told = from_json(raw, allow_inf_nan=False)
        is_kept = b"\\u0000" not in raw  # PostgreSQL keeps no zero character
    except (ValueError, UnreadablePostError):
        is_kept = False
    if not is_kept:
        raise Closed(400, _("The body is no JSON in UTF-8, or has a zero character in it."))
    return told
