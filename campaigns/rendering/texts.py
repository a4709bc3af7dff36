"""A text without markup, as an SMS carries it: placeholders, tracked links of the short site, and the way out."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns import links, slots
from campaigns.grammar import Fault, Hole, Piece, parse
from campaigns.models import Content, Run
from campaigns.rendering.markup import CHOICE, SURVEY_SLOT, TRACK, BadContent, Leaf, Markup, no_page
from channels import sms_text

MAX_TEXT = 1600  # characters: some 24 segments of Cyrillic, more than anybody reads
# To the next space; a full stop or a bracket after an address belongs to the sentence.
_ADDRESS = re.compile(r"https?://[^\s<>«»\"]*[^\s<>«»\".,;:!?)\]]", re.I)
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_SPACES = re.compile(r"[ \t]{2,}")


@dataclass(frozen=True, slots=True)
class Text:
    """All that messages of one run share. `slots` are the placeholders whose values `render` needs."""

    slots: tuple[str, ...]
    _pieces: tuple[Piece, ...]

    def render(self, message_id: int, address: str, values: Mapping[str, str]) -> bytes:
        """The text for one person in UTF-8. `values` as a letter takes them; `address` does not show in it."""
        track, choice = links.tokens(message_id)
        known = {**values, TRACK.name: track, CHOICE.name: choice}
        return filled(self._pieces, known).encode("utf-8", "replace")


def filled(pieces: tuple[Piece, ...], values: Mapping[str, str]) -> str:
    """The pieces as one text; a value is one line, an empty one prints its default."""
    words = (p if isinstance(p, str) else one_line(values.get(p.name) or "") or p.default or "" for p in pieces)
    return _SPACES.sub(" ", "".join(words)).strip()


def example_of(markup: Markup) -> str:
    """The text with the examples of its placeholders: what a counter counts while nobody is chosen."""
    return filled(markup.text, example_values(markup))


def example_values(markup: Markup) -> dict[str, str]:
    track, choice = links.tokens(0)
    values = {slot.name: slot.example for hole in markup.holes if (slot := slots.find(hole.name))}
    return {**values, TRACK.name: track, CHOICE.name: choice}


def dear_in(markup: Markup) -> tuple[str, ...]:
    """Characters of the author's own words that make a Latin text go as UCS-2; addresses and values are not his."""
    return sms_text.dear(_words(markup.text))


def _words(pieces: Iterable[Piece]) -> str:
    return _ADDRESS.sub("", "".join(piece for piece in pieces if isinstance(piece, str)))


def one_line(value: str) -> str:
    return " ".join(_CONTROL.sub(" ", value).split())


def build_text(body: str, *, tracked: bool = True) -> Markup:
    """Compile a text; `Markup.text` alone is filled. Whoever may not want such messages finds the address of the survey
    at the end, unless the author put it elsewhere. `tracked=False` leaves links as they are. Raises BadContent."""
    found = Found(tracked)
    pieces = list(pieces_of(body, found))
    if not found.survey:
        pieces += [_ending(pieces), *_way_out()]
    return Markup(subject=(), html=(), text=tuple(pieces), links=found.checked())


@dataclass(slots=True)
class Found:
    """What the texts of one message hold: links by their numbers, counted as clicks where `tracked`, and the survey's."""

    tracked: bool
    write: Callable[[str], str] = str  # how an address of ours stands in the text
    links: list[tuple[str, str]] = field(default_factory=list)
    survey: bool = False

    def click(self, address: str, words: str) -> list[Piece]:
        """Where a link leads; `words` are what people call it. Raises BadContent."""
        if not links.is_web_address(address):
            raise BadContent([Fault(0, no_page(address))])
        self.links.append((address, words))
        if not self.tracked:
            return [address]
        number = links.link_char(min(len(self.links), links.MAX_LINKS))
        return [self.write(f"{settings.SHORT_URL}/l/{number}"), TRACK]

    def way_out(self) -> list[Piece]:
        self.survey = True
        beginning, token = _way_out()
        return [self.write(str(beginning)), token]

    def checked(self) -> tuple[tuple[str, str], ...]:
        """The links. Raises BadContent for more than a message's tokens can name."""
        if len(self.links) > links.MAX_LINKS:
            raise BadContent([Fault(1, _("a text holds %(limit)d links at most.") % {"limit": links.MAX_LINKS})])
        return tuple(self.links)


def pieces_of(text: str, found: Found, *, longest: int = MAX_TEXT) -> Leaf:
    """A text of several lines taken apart; `found` grows by its links. Raises BadContent."""
    text = text.replace("\r\n", "\n").strip()
    parsed = parse(text)
    faults = [*parsed.faults, *_faults(text, longest)]
    if faults:
        raise BadContent(faults)
    pieces: list[Piece] = []
    for piece in parsed.pieces:
        if isinstance(piece, Hole):
            pieces += found.way_out() if piece.name == SURVEY_SLOT else [piece]
        else:
            pieces += _with_links(piece, found)
    return tuple(pieces)


def address_of(text: str, words: str, found: Found) -> Leaf:
    """The pieces of an address that a press opens: one that is written out, or a placeholder that is one. Raises
    BadContent."""
    text = text.strip()
    parsed = parse(text)
    if parsed.faults:
        raise BadContent([Fault(0, fault.sentence) for fault in parsed.faults])
    if len(parsed.pieces) == 1 and isinstance(hole := parsed.pieces[0], Hole):
        if hole.name == SURVEY_SLOT:
            return tuple(found.way_out())
        slot = slots.find(hole.name)
        if slot and slot.is_link:
            return (hole,)
        raise BadContent([Fault(0, _("the placeholder “%(name)s” is not an address of a link.") % {"name": hole.name})])
    if parsed.holes:
        name = parsed.holes[0].name
        raise BadContent([Fault(0, _("a link's address may hold no placeholder: “%(name)s”.") % {"name": name})])
    if not _ADDRESS.fullmatch(text):
        raise BadContent([Fault(0, _("“%(url)s” is no address: it begins with https://.") % {"url": text[:60]})])
    return tuple(found.click(text, words))


def compile_text(content: Content, run: Run | None, *, tracked: bool = True, prefix: str = "") -> Text:
    """Compile a content for a run or, as texts do not depend on it, for a test (None). Raises BadContent."""
    markup = build_text(content.body, tracked=tracked)
    pieces = (prefix, *markup.text) if prefix else markup.text
    return Text(tuple(dict.fromkeys(hole.name for hole in markup.holes)), pieces)


def _faults(body: str, longest: int) -> list[Fault]:
    faults = [
        Fault(number, _("there is an invisible control character: delete it and type the text anew."))
        for number, line in enumerate(body.split("\n"), start=1)
        if _CONTROL.search(line.replace("\t", " "))
    ]
    if len(body) > longest:
        faults.append(Fault(1, _("the text is longer than %(limit)d characters.") % {"limit": longest}))
    return faults


def _way_out() -> list[Piece]:
    return [f"{settings.SHORT_URL}/s/", CHOICE]


def _ending(pieces: list[Piece]) -> str:
    """A Latin text stays Latin: one Cyrillic letter would double its price."""
    with override(settings.LANGUAGE_CODE):  # the reader's language, not the manager's
        words = _("Unsubscribe:")
    if sms_text.encoding_of(_words(pieces)) is sms_text.Encoding.GSM7:
        words = sms_text.transliterated(words)
    return f"\n{words} "


def _with_links(text: str, found: Found) -> list[Piece]:
    """The text with its addresses as numbered clicks, called by their sites' names."""
    pieces: list[Piece] = []
    position = 0
    for match in _ADDRESS.finditer(text):
        pieces += [text[position : match.start()], *found.click(match[0], match[0].split("/")[2])]
        position = match.end()
    return [piece for piece in [*pieces, text[position:]] if piece]
