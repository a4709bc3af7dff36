"""The interactive part of a letter, AMP for Email (https://amp.dev/documentation/guides-and-tutorials/email/learn/email-spec/).

Mail programs that do not show it, or find a mistake in it, show the HTML part: what is wrong here is told to the author,
since nobody else would ever notice. Placeholders are ours; those of amp-mustache do not come through.
"""

import re
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from campaigns.grammar import Fault, Piece

MOST_BYTES = 200_000  # of the part as it is sent; Gmail shows nothing of a larger one
MOST_STYLE = 75_000  # bytes of <style amp-custom>
OF_A_VALUE = 300  # bytes kept free for each placeholder

BOILERPLATE = "body{visibility:hidden}"
RUNTIME = "https://cdn.ampproject.org/v0.js"
EXTENSION = re.compile(r"https://cdn\.ampproject\.org/v0/amp-[a-z0-9-]+-[0-9.]+\.js")
PIXEL = '<amp-img src="{url}" width="1" height="1" alt=""></amp-img>'
_FORBIDDEN = frozenset(
    ["img", "picture", "video", "audio", "iframe", "frame", "frameset", "object", "embed", "param", "applet", "base", "link"]
)  # fmt: skip


class _Reader(HTMLParser):
    """What of the required markup was seen, and what may not be there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[Fault] = []
        self.seen: set[str] = set()
        self.style: str | None = None  # the kind of the style that is open

    def handle_decl(self, decl: str) -> None:
        if " ".join(decl.lower().split()) == "doctype html":
            self.seen.add("doctype")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in _FORBIDDEN:
            self._add(_("<%(tag)s> may not be in an AMP part.") % {"tag": tag})
        for name in told:
            if name.startswith("on") and name != "on":
                self._add(_("the attribute “%(name)s” may not be in an AMP part.") % {"name": name})
        if look := getattr(self, f"_look_at_{tag}", None):
            look(told)

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self.style = None

    def handle_data(self, data: str) -> None:
        if self.style == "amp4email-boilerplate" and "".join(data.split()) == BOILERPLATE:
            self.seen.add("boilerplate")
        elif self.style == "amp-custom":
            if len(data.encode("utf-8", "replace")) > MOST_STYLE:
                self._add(_("the style is longer than %(limit)d bytes.") % {"limit": MOST_STYLE})
            if re.search(r"!\s*important|@import", data, re.I):
                self._add(_("“!important” and “@import” may not be in the style of an AMP part."))

    def _look_at_html(self, told: dict[str, str | None]) -> None:
        if {"⚡4email", "amp4email"} & told.keys():
            self.seen.add("html")

    def _look_at_meta(self, told: dict[str, str | None]) -> None:
        if (told.get("charset") or "").lower() == "utf-8":
            self.seen.add("charset")

    def _look_at_body(self, told: dict[str, str | None]) -> None:
        self.seen.add("body")

    def _look_at_style(self, told: dict[str, str | None]) -> None:
        self.style = next((kind for kind in ("amp4email-boilerplate", "amp-custom") if kind in told), "")
        if not self.style:
            self._add(_("a style of an AMP part is <style amp-custom>."))

    def _look_at_script(self, told: dict[str, str | None]) -> None:
        source = told.get("src") or ""
        if source == RUNTIME and "async" in told:
            self.seen.add("runtime")
        elif not EXTENSION.fullmatch(source) and told.get("type") != "application/json":
            self._add(_("a script that is not one of AMP may not be in an AMP part."))

    def _add(self, sentence: str) -> None:
        self.faults.append(Fault(self.getpos()[0], sentence))


def faults_of_amp(source: str) -> list[Fault]:
    """What keeps this from being shown; empty: nothing that is known here."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    needed = {
        "doctype": "<!doctype html>",
        "html": "<html ⚡4email data-css-strict>",
        "charset": '<meta charset="utf-8">',
        "runtime": f'<script async src="{RUNTIME}"></script>',
        "boilerplate": f"<style amp4email-boilerplate>{BOILERPLATE}</style>",
        "body": "<body>",
    }
    missing = [words for name, words in needed.items() if name not in reader.seen]
    sentence = _("the AMP part lacks %(words)s")
    return [Fault(1, sentence % {"words": words}) for words in missing] + reader.faults


def fault_of_size(pieces: tuple[Piece, ...]) -> list[Fault]:
    """Counted with room for the values of placeholders."""
    size = sum(len(piece.encode("utf-8", "replace")) if isinstance(piece, str) else OF_A_VALUE for piece in pieces)
    if size <= MOST_BYTES:
        return []
    return [
        Fault(1, _("the AMP part is over %(limit)d bytes: mail programs show nothing of it.") % {"limit": MOST_BYTES})
    ]
