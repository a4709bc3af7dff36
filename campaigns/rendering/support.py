"""What of an author's HTML and CSS mail programs do not show, by the tests of caniemail.com (`caniemail.json` beside this).

Read are the author's own styles, tags and pictures; what MJML makes of its elements has its own ways around old programs.
The table holds features that a letter may contain and whose absence a reader would notice. Yandex is not among the
programs that caniemail tests.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

PROGRAMS: dict[str, str | Promise] = {
    "gmail": "Gmail",
    "mail_ru": "Mail.ru",
    "outlook": gettext_lazy("Outlook for Windows"),
    "outlook_com": "Outlook.com",
}
SHOWN = 6
_TABLE = Path(__file__).with_name("caniemail.json")
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_DECLARATION = re.compile(r"(?<![\w-])([a-z-]+)\s*:\s*([^;{}]+)(?=[;}]|$)", re.I)
_AT = re.compile(r"@[a-z-]+", re.I)
_SELECTOR = re.compile(r"([^{};]+)\{")
_EXTENSION = re.compile(r"\.([a-z0-9]{2,5})(?:[?#]|$)", re.I)
_UNIT = re.compile(r"(?<![\w.#-])\d*\.?\d+([a-z]+)\b", re.I)
_PICTURES = ("img", "mj-image", "mj-carousel-image")
_MEANT_FOR = ("@media", "@font-face")  # who writes these knows that a program without them shows the rest


class Unsupported(NamedTuple):
    """`feature` as an author writes it, `programs` that lack it, the first `line` it stands on."""

    feature: str
    programs: tuple[str, ...]
    line: int


@lru_cache(maxsize=1)
def table() -> dict[str, dict[str, list[str]]]:
    """{kind: {feature: programs}}"""
    return json.loads(_TABLE.read_text(encoding="utf-8"))


def unsupported(body: str) -> list[Unsupported]:
    """Features of a letter's MJML that one of our programs does not show; each once, what fewer show first."""
    reader = _Reader()
    reader.feed(body)
    reader.close()
    found: dict[str, Unsupported] = {}
    for kind, name, feature, line in reader.features:
        if (programs := table()[kind].get(name)) and name not in _MEANT_FOR:
            found.setdefault(feature, Unsupported(feature, tuple(programs), line))
    return sorted(found.values(), key=lambda one: (-len(one.programs), one.line, one.feature))


def sentences(body: str) -> list[str]:
    """`unsupported` for the author, the first of them; and how many more there are."""
    found = unsupported(body)
    told = [
        _("%(feature)s (line %(line)d) is not shown by %(programs)s.")
        % {
            "feature": one.feature,
            "line": one.line,
            "programs": ", ".join(str(PROGRAMS[program]) for program in one.programs),
        }
        for one in found[:SHOWN]
    ]
    if rest := len(found) - SHOWN:
        sentence = ngettext(
            "%(number)d more feature is not shown by some mail programs.",
            "%(number)d more features are not shown by some mail programs.",
            max(rest, 0),
        )
        told += [sentence % {"number": rest}] if rest > 0 else []
    return told


class _Reader(HTMLParser):
    """Gathers (kind, key of the table, what the author wrote, line)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.features: list[tuple[str, str, str, int]] = []
        self._style: int | None = None  # the line on which the open style sheet begins

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        self.features.append(("html", tag, f"<{tag}>", line))
        told = {name: value or "" for name, value in attrs}
        self._declarations(told.get("style", ""), line)
        if tag in _PICTURES and (extension := _EXTENSION.search(told.get("src", ""))):
            self.features.append(("images", extension[1].lower(), f".{extension[1].lower()}", line))
        if tag in ("mj-style", "style"):
            self._style = line

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._style = None

    def handle_endtag(self, tag: str) -> None:
        if tag in ("mj-style", "style"):
            self._style = None

    def handle_data(self, data: str) -> None:
        if self._style is not None:
            self._sheet(data, self.getpos()[0])

    def _sheet(self, text: str, first: int) -> None:
        css = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
        for name, start in [(match[0].lower(), match.start()) for match in _AT.finditer(css)]:
            self.features.append(("at", name, name, first + css.count("\n", 0, start)))
        for match in _SELECTOR.finditer(css):
            for name in table()["pseudo"]:
                if re.search(rf"(?<!:){re.escape(name)}(?![\w-])", match[1]):
                    line = first + css.count("\n", 0, match.start(1) + len(match[1]) - len(match[1].lstrip()))
                    self.features.append(("pseudo", name, name, line))
        for start, end in _blocks(css):
            self._declarations(css[start:end], first + css.count("\n", 0, start))

    def _declarations(self, css: str, first: int) -> None:
        for match in _DECLARATION.finditer(css):
            name, value = match[1].lower(), match[2].strip().lower()
            line = first + css.count("\n", 0, match.start())
            self.features.append(("css", name, name, line))
            for key in _keys(name, value):
                feature = f"{name}: {key}" if name == "display" else key.removesuffix("(") + "()" * key.endswith("(")
                self.features.append(("values", key, feature, line))


def _blocks(css: str) -> Iterator[tuple[int, int]]:
    """Where the innermost blocks of a sheet stand: those that hold declarations."""
    start = -1
    for place, sign in enumerate(css):
        if sign == "{":
            start = place + 1
        elif sign == "}" and start >= 0:
            yield start, place
            start = -1


def _keys(name: str, value: str) -> Iterator[str]:
    """Which values of the table this one is made of."""
    if name == "display":
        yield value.split()[0].removeprefix("inline-") if value else ""
        return
    yield from (
        key for key in table()["values"] if key.endswith("(") and re.search(rf"(?<![\w-]){re.escape(key)}", value)
    )
    yield from _UNIT.findall(value)
