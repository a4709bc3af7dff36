"""What a person reads on a page: its texts and the labels of its controls, without markup, code and icons."""

import re
from html.parser import HTMLParser

UNREAD = {"script", "style", "svg", "code", "pre", "textarea", "template", "kbd"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LABELS = {"title", "aria-label", "placeholder", "alt"}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.said += [values[label] or "" for label in LABELS & set(values)]
        if tag not in VOID:
            self.open.append((tag, tag in UNREAD or "material-symbols" in (values.get("class") or "")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(unread for _tag, unread in self.open):
            self.said.append(data)


def english_words(html: str) -> list[str]:
    """Latin words of three letters and more, in the order in which they stand, each run once."""
    reader = Reader()
    reader.feed(html)
    said = (re.sub(r"manage\.py[ \w]+", " ", text) for text in reader.said)  # what is typed in a terminal
    runs = (run for text in said for run in re.findall(r"[A-Za-z][A-Za-z’' ]*[A-Za-z]", text))
    return list(dict.fromkeys(run.strip() for run in runs))


def words_of(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z’']{3,}", text)}
