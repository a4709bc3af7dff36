"""A closed grammar for requests that people describe: `{to}`, `{text}`, `{sender}`, `{id}`, `{secret}`, nothing else.

Values are escaped for the place they stand in, so that no text of a message can become part of the request.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

NAMES = ("to", "text", "sender", "id", "secret")
PLACE = re.compile(r"\{(\w+)\}")
RESERVED = "%:/?#[]@!$&'()*+,;=-._~"  # RFC 3986 2.2 and 2.3: what a URL is made of


def in_url(value: str) -> str:
    return quote(value, safe="")


def in_form(value: str) -> str:
    return quote_plus(value)


def in_json(value: str) -> str:
    """Inside the quotes of a JSON string."""
    return json.dumps(value, ensure_ascii=False)[1:-1]


def in_xml(value: str) -> str:
    return escape(value, {'"': "&quot;", "'": "&apos;"})


def in_header(value: str) -> str:
    """Raises ValueError for what would end the header."""
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise ValueError("a header holds no control characters")
    return value


def strange_places(template: str) -> list[str]:
    """Placeholders that do not exist."""
    return sorted(set(PLACE.findall(template)) - set(NAMES))


def filled(template: str, values: Mapping[str, str], escaped: Callable[[str], str]) -> str:
    """The template with its placeholders filled in. Raises KeyError for one that does not exist."""
    return PLACE.sub(lambda found: escaped(values[found[1]]), template)


def filled_url(template: str, values: Mapping[str, str]) -> str:
    """As `filled`; what is not allowed in a URL, outside the placeholders too, is percent-encoded."""
    pieces = PLACE.split(template)
    names, fixed = pieces[1::2], [quote(piece, safe=RESERVED) for piece in pieces[::2]]
    return fixed[0] + "".join(in_url(values[name]) + piece for name, piece in zip(names, fixed[1:], strict=True))


def value_at(told: Any, path: str) -> Any:
    """What a path of names and numbers with dots leads to ("data.0.id"). Raises LookupError, TypeError, ValueError."""
    for step in path.split("."):
        told = told[int(step)] if isinstance(told, list) else told[step]
    return told
