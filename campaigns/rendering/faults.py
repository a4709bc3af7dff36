"""What may not be in a letter's MJML, each with its line, in sentences for the author."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from campaigns.grammar import Fault

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_FORBIDDEN = frozenset(
    [
        "script",
        "iframe",
        "frame",
        "object",
        "embed",
        "form",
        "input",
        "base",
        "applet",
        "mj-include",
        "mj-html-attributes",
    ]
)
_IMAGE_TAGS = {"mj-image": "src", "img": "src", "mj-carousel-image": "src"}
MAX_BODY = 200_000  # characters; Gmail clips a letter of 102 KB
_MAY_STAY_OPEN = frozenset(["p", "li", "td", "tr", "th", "tbody", "thead"])


class _Structure(HTMLParser):
    """Collects faults of structure and safety in one pass."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, int]] = []
        self.faults: list[Fault] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, attrs)
        if tag not in _VOID:
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        line = self.getpos()[0]
        while self.open and self.open[-1][0] != tag and self.open[-1][0] in _MAY_STAY_OPEN:
            self.open.pop()
        if self.open and self.open[-1][0] == tag:
            self.open.pop()
        elif tag in {name for name, _line in self.open}:
            while self.open[-1][0] != tag:
                self._unclosed(*self.open.pop())
            self.open.pop()
        else:
            self._add(line, _("</%(tag)s> closes nothing.") % {"tag": tag})

    def close(self) -> None:
        super().close()
        for tag, line in self.open:
            self._unclosed(tag, line)

    def _look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        self.seen.add(tag)
        if tag in _FORBIDDEN:
            self._add(line, _("<%(tag)s> may not be in a letter.") % {"tag": tag})
        for name, value in attrs:
            if name.startswith("on"):
                self._add(line, _("the attribute “%(name)s” may not be in a letter.") % {"name": name})
            elif name == _IMAGE_TAGS.get(tag) and not re.match(r"https?://|data:image/", value or ""):
                self._add(line, _("the address of a picture must begin with https://."))

    def _unclosed(self, tag: str, line: int) -> None:
        self._add(line, _("<%(tag)s> is not closed.") % {"tag": tag})

    def _add(self, line: int, sentence: str) -> None:
        self.faults.append(Fault(line, sentence))


def faults_of_structure(body: str) -> list[Fault]:
    """Unclosed tags, forbidden tags and attributes, and what makes a text no MJML at all."""
    reader = _Structure()
    reader.feed(body)
    reader.close()
    if "mjml" not in reader.seen or "mj-body" not in reader.seen:
        whole = _("this is not MJML: the letter must be inside <mjml><mj-body>…</mj-body></mjml>.")
        return [Fault(1, whole)]
    return sorted([*reader.faults, *_control_characters(body)], key=lambda fault: fault.line)


def _control_characters(body: str) -> Iterator[Fault]:
    for number, line in enumerate(body.split("\n"), start=1):
        if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", line):
            yield Fault(number, _("there is an invisible control character: delete it and type the text anew."))
