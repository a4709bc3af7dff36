"""The plain text of a letter, made from its HTML: what a reader without HTML, and a spam filter, sees. Of a letter that
a person wrote too: there what is quoted opens its lines with ">", as it does in plain letters."""

import re
from html.parser import HTMLParser

import nh3

_BLOCKS = frozenset(
    ["p", "div", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "hr", "section", "center"]
)
_SILENT = frozenset(("head", "style", "script", "title"))
_SPACES = re.compile(r"[ \t]{2,}")
MOST_HTML = 120_000  # characters of a stranger's page
_UNREAD = {"script", "style", "title"}
_KEPT = {*_BLOCKS, "a", "br", "li"}
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]*\n[ \t\r\f\v\u00a0]*")


_QUOTED, _UNQUOTED = "\ue000", "\ue001"  # of Unicode's private use: no letter says anything with them
_MARKS = str.maketrans("", "", _QUOTED + _UNQUOTED)


class _Reader(HTMLParser):
    quotes: tuple[str, str] = ("", "")  # what a quotation begins and ends with

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._silent = 0
        self._hidden: list[str] = []  # tags open inside a hidden block, from the block itself
        self._hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif tag == "div" and (self._hidden or "display:none" in values.get("style", "").replace(" ", "")):
            self._hidden.append(tag)
        elif tag == "a":
            self._hrefs.append(values.get("href", ""))
        elif tag == "img":
            self.handle_data(values.get("alt", ""))
        elif tag == "br":
            self.out.append("\n")
        elif tag == "li":
            self.out.append("\n• ")
        elif tag in _BLOCKS:
            self.out.append(f"\n{self.quotes[0]}" if tag == "blockquote" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "div" and self._hidden:
            self._hidden.pop()
        elif tag == "a" and self._hrefs:
            href = self._hrefs.pop()
            if href and not href.startswith("#") and not self._hidden:
                self.out.append(f" ({href.removeprefix('tel:').removeprefix('mailto:')})")
        elif tag in _BLOCKS:
            self.out.append(f"{self.quotes[1]}\n" if tag == "blockquote" else "\n")

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._hidden:
            self.out.append(re.sub(r"\s+", " ", data))


def plain_text(html: str) -> str:
    """Readable text of a letter: links as “text (address)”, blocks on lines of their own, at most one empty line."""
    return _read(_Reader(), html) + "\n"


class _Quoting(_Reader):
    quotes = (f"{_QUOTED}\n", f"\n{_UNQUOTED}")


def quoting_text(html: str) -> str:
    """The same of a letter that a person wrote. Its page is put in order first: over tags and comments without an end the
    parser of the library works for minutes."""
    depth, lines = 0, []
    html = nh3.clean(
        html[:MOST_HTML].translate(_MARKS), tags=_KEPT, attributes={"a": {"href"}}, clean_content_tags=_UNREAD
    )
    for line in _read(_Quoting(), html).split("\n"):
        depth = max(0, depth + line.count(_QUOTED) - line.count(_UNQUOTED))
        words = line.translate(_MARKS).strip()
        if words or not set(line) & {_QUOTED, _UNQUOTED}:
            lines.append(f"> {words}" if depth else words)
    return "\n".join(lines).strip()


def _read(reader: _Reader, html: str) -> str:
    reader.feed(html)
    reader.close()
    text = _BLANKS.sub("\n", _SPACES.sub(" ", "".join(reader.out)))
    text = _SPACES.sub(" ", re.sub(r"\n{2,}", "\n\n", text))
    return text.strip()
