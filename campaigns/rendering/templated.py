"""What goes out under a template that the provider has approved (`channels.providers.whatsapp`): values for its places.

A place is named by where it stands: `header.1`, `body.1`, `body.client`, `button.0` (the end of the address of the first
button), `header.picture` (the address of a picture). A content holds the words of the template as they were when it was chosen, so that what is approved here and what
is shown is what the provider approved.

A button whose address is `<SHORT_URL>/l/{{1}}` leads wherever the author says, and a press is counted; one whose address is
`<SHORT_URL>/s/{{1}}` leads to the survey by itself.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.grammar import Fault, Hole, Piece
from campaigns.keywords import keyword_of
from campaigns.models import Content, Reply, Run
from campaigns.rendering.markup import CHOICE, BadContent, Leaf, MarkedButton, Markup, Tree, leaves_of
from campaigns.rendering.messenger import STOP
from campaigns.rendering.texts import Found, address_of, pieces_of
from campaigns.rendering.trees import Note, note_of
from channels.providers.approved import PLACE, ButtonKind, places

PICTURE = "header.picture"
_PICTURE = re.compile(r"https://[^\s\"'<>{}\\]{4,590}")
NOT_CHOSEN = gettext_lazy("No template is chosen: choose one.")
LONGEST_VALUE = 600  # characters as written; a whole text takes 1,024


class Place(NamedTuple):
    """`key` is where a value stands in `extras["values"]`; `is_address`: a press on a button with these `words` opens it."""

    key: str
    is_address: bool = False
    words: str = ""


class _Pressed(NamedTuple):
    """A button as a person sees it, and what the provider needs for it."""

    shown: MarkedButton
    sent: Tree


def places_of(body: str, extras: Mapping[str, Any]) -> list[Place]:
    """All that an author fills, in the order in which a reader meets it."""
    found = [Place(PICTURE, is_address=True)] if extras.get("has_picture") else []
    found += [Place(f"header.{name}") for name in places(extras.get("header", ""))]
    found += [Place(f"body.{name}") for name in places(body)]
    for number, button in enumerate(extras.get("template_buttons", ())):
        if places(button.get("url", "")) and _beginning(button["url"]) != _survey():
            found.append(Place(f"button.{number}", _beginning(button["url"]) == _click(), button["text"]))
    return found


def label_of(place: Place) -> str:
    """Where it stands, in words."""
    if place.key == PICTURE:
        return _("The address of the picture (JPG or PNG, 5 MB at most)")
    part, _dot, name = place.key.partition(".")
    if part == "button":
        return _("Where “%(words)s” leads") % {"words": place.words}
    sentence = _("In the heading, %(place)s") if part == "header" else _("In the text, %(place)s")
    return sentence % {"place": "{{" + name + "}}"}


def build_templated(body: str, extras: Mapping[str, Any], *, tracked: bool = True) -> Markup:
    """Compile the values. `tracked=False` leaves the links of texts as they are. Raises BadContent with all that is wrong."""
    if not extras.get("template"):
        raise BadContent([Fault(0, str(NOT_CHOSEN))])
    found = Found(tracked)
    values, faults = _values(body, extras, found)
    if faults:
        raise BadContent(faults)
    header, said, footer = extras.get("header", ""), body, extras.get("footer", "")
    lines = [_filled_in(header, "header", values), _filled_in(said, "body", values), (footer,) if footer else ()]
    pressed = [
        _pressed(button, values.get(f"button.{number}", ()))
        for number, button in enumerate(extras.get("template_buttons", ()))
    ]
    tree: dict[str, Tree] = {
        "template": (str(extras["template"]),),
        "language": (str(extras["language"]),),
        "header": _parameters(header, "header", values),
        "parameters": _parameters(said, "body", values),
        "buttons": [one.sent for one in pressed],
    }
    picture = values.get(PICTURE, ())
    if picture:
        tree["picture"] = picture
    return Markup(
        subject=(),
        html=(),
        text=_joined([line for line in lines if line]),
        links=found.checked(),
        buttons=tuple(one.shown for one in pressed),
        picture="".join(map(str, picture)),
        tree=tree,
    )


def compile_templated(content: Content, run: Run | None, *, tracked: bool = True, prefix: str = "") -> Note:
    """As `compile_text`; a template has no room for a prefix."""
    return note_of(build_templated(content.body, content.extras, tracked=tracked))


def has_way_out(markup: Markup, extras: Mapping[str, Any]) -> bool:
    """Whether whoever wants no more can say so by a press or a link."""
    texts = [button.get("text", "") for button in extras.get("template_buttons", ())]
    return any(CHOICE in leaf for leaf in leaves_of(markup.tree)) or any(
        keyword_of(text) == Reply.Keyword.STOP for text in texts
    )


def value_of(text: str, place: Place, found: Found) -> Leaf:
    """Raises BadContent: a value may not be empty for anybody, as the provider would refuse the message."""
    if not text.strip():
        raise BadContent([Fault(0, _("write what stands in this place."))])
    if place.key == PICTURE:
        if not _PICTURE.fullmatch(text.strip()):
            raise BadContent([Fault(0, _("give an address that begins with https:// and has no placeholders."))])
        return (text.strip(),)
    if place.is_address:
        return address_of(text, place.words, found)
    pieces = pieces_of(" ".join(text.split()), found, longest=LONGEST_VALUE)
    if all(isinstance(piece, Hole) and piece.default == "" for piece in pieces):
        raise BadContent([Fault(0, _("it would be empty for some people: give the placeholder a default."))])
    if place.key.startswith("button.") and any(isinstance(piece, Hole) for piece in pieces):
        raise BadContent([Fault(0, _("the end of an address may hold no placeholder."))])
    return pieces


def _values(body: str, extras: Mapping[str, Any], found: Found) -> tuple[dict[str, Leaf], list[Fault]]:
    told: Mapping[str, Any] = extras.get("values", {})
    values: dict[str, Leaf] = {}
    faults: list[Fault] = []
    for place in places_of(body, extras):
        try:
            values[place.key] = value_of(str(told.get(place.key, "")), place, found)
        except BadContent as error:
            faults += [Fault(0, f"{label_of(place)}: {one.sentence}") for one in error.faults]
    return values, faults


def _filled_in(text: str, part: str, values: Mapping[str, Leaf]) -> Leaf:
    """The template's text with values in its places."""
    pieces: list[Piece] = []
    position = 0
    for match in PLACE.finditer(text):
        pieces += [text[position : match.start()], *values[f"{part}.{match[1]}"]]
        position = match.end()
    return tuple(piece for piece in (*pieces, text[position:]) if piece != "")


def _parameters(text: str, part: str, values: Mapping[str, Leaf]) -> Tree:
    """By their order where places are numbered, else by their names."""
    names = places(text)
    if all(name.isdigit() for name in names):
        return [values[f"{part}.{name}"] for name in sorted(names, key=int)]
    return {name: values[f"{part}.{name}"] for name in names}


def _pressed(button: Mapping[str, str], value: Leaf) -> _Pressed:
    words, url = (button["text"],), button.get("url", "")
    if button["kind"] == ButtonKind.REPLY:
        word = STOP if keyword_of(button["text"]) == Reply.Keyword.STOP else button["text"]
        return _Pressed(MarkedButton(words, data=(word,)), {"data": (word,)})
    if button["kind"] != ButtonKind.LINK or not places(url):
        return _Pressed(MarkedButton(words, url=(url,) if url else ()), None)
    beginning = _beginning(url)
    if beginning == _survey():
        return _Pressed(MarkedButton(words, url=(beginning, CHOICE)), (CHOICE,))
    if beginning == _click():
        return _Pressed(MarkedButton(words, url=value), _without(value, beginning))
    return _Pressed(MarkedButton(words, url=(beginning, *value)), value)


def _without(value: Leaf, beginning: str) -> Leaf:
    """An address of a click without what the template has of it already; one that is not counted (a trial) stays whole."""
    first, *rest = value
    return (first.removeprefix(beginning), *rest) if isinstance(first, str) else value


def _joined(lines: list[Leaf]) -> Leaf:
    pieces: list[Piece] = []
    for line in lines:
        pieces += ["\n", *line] if pieces else line
    return tuple(pieces)


def _beginning(url: str) -> str:
    return PLACE.split(url, maxsplit=1)[0]


def _click() -> str:
    return f"{settings.SHORT_URL}/l/"


def _survey() -> str:
    return f"{settings.SHORT_URL}/s/"
