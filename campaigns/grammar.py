"""The closed grammar of placeholders: `{{ имя }}` and `{{ имя|"клиент" }}`, and nothing else.

User-written text never meets a general template engine: it is cut here into plain strings and holes, in one
pass, and whatever is not exactly of the grammar is an error with its line. Style sheets are left alone, since
`}}` is ordinary CSS there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns import slots

MAX_FAULTS = 20  # reading stops there: more would help nobody
_OPENING = re.compile(r"\{\{|\{%|\}\}|%\}|<(?:mj-style|style)\b", re.I)
_STYLE_END = re.compile(r"</(?:mj-style|style)\s*>", re.I)
_HOLE = re.compile(
    r"""\{\{[ \t]*(?P<name>[^\W\d_]\w{0,39})[ \t]*
        (?:\|[ \t]*(?:"(?P<double>[^"{}\n]{0,200})"|'(?P<single>[^'{}\n]{0,200})'|«(?P<angle>[^»{}\n]{0,200})»)[ \t]*)?
        \}\}""",
    re.X,
)
_SINGLE_BRACES = re.compile(r"(?<![{$])\{[ \t]*([^\W\d_]\w{0,39})[ \t]*\}(?!\})")
_SHOWN = 40  # characters of a broken placeholder that an error quotes


@dataclass(frozen=True, slots=True)
class Hole:
    """A placeholder in a text; `default` (may be empty) stands in for an empty value, None: there is none."""

    name: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a text, in a sentence; `line` counts from 1, and is 0 for what has no lines."""

    line: int
    sentence: str

    def __str__(self) -> str:
        if not self.line:
            return self.sentence
        return _("Line %(line)d: %(sentence)s") % {"line": self.line, "sentence": self.sentence}


Piece = str | Hole


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text cut into pieces. With faults the pieces are what could be read."""

    pieces: tuple[Piece, ...]
    faults: tuple[Fault, ...]

    @property
    def holes(self) -> list[Hole]:
        return [piece for piece in self.pieces if isinstance(piece, Hole)]


def parse(text: str) -> Parsed:
    """Cut a text into plain strings and holes; every name is checked against the registry."""
    pieces: list[Piece] = []
    faults: list[Fault] = []
    position = 0
    for start, end, found in _read(text):
        plain = text[position:start]
        if plain:
            pieces.append(plain)
        position = end
        if isinstance(found, Hole):
            pieces.append(found)
        else:
            faults.append(Fault(text.count("\n", 0, start) + 1, found))
        if len(faults) == MAX_FAULTS:
            break
    if text[position:]:
        pieces.append(text[position:])
    faults += _single_braces(text)
    return Parsed(tuple(pieces), tuple(sorted(faults, key=lambda fault: fault.line)))


def readable(text: str) -> str:
    """A text with its placeholders' defaults in place, for a line in a list: what differs by person is in the message."""
    return "".join(p if isinstance(p, str) else p.default or "…" for p in parse(text).pieces)


def _read(text: str) -> Iterator[tuple[int, int, Hole | str]]:
    """(start, end, hole or what is wrong) for every brace that means something, left to right."""
    position = 0
    while opening := _OPENING.search(text, position):
        start = opening.start()
        if opening[0].startswith("<"):
            closing = _STYLE_END.search(text, start)
            position = closing.end() if closing else len(text)
            continue
        hole = _HOLE.match(text, start)
        if hole:
            position = hole.end()
            yield start, position, _checked(hole)
        else:
            position = _end_of_broken(text, start)
            yield start, position, _what_is_wrong(text[start:position])


def _checked(match: re.Match[str]) -> Hole | str:
    name = match["name"].lower()
    if not slots.find(name):
        return _("there is no placeholder “%(name)s”: choose one from the list beside the letter.") % {"name": name}
    given = [value for value in (match["double"], match["single"], match["angle"]) if value is not None]
    return Hole(name, given[0].strip() if given else None)


def _end_of_broken(text: str, start: int) -> int:
    """Where to go on after something that is not of the grammar: after its closing braces on the same line."""
    if text[start : start + 2] in ("}}", "%}"):
        return start + 2
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    closing = "%}" if text.startswith("{%", start) else "}}"
    found = text.find(closing, start, line_end)
    return start + 2 if found < 0 else found + 2


def _what_is_wrong(broken: str) -> str:
    shown = broken if len(broken) <= _SHOWN else broken[: _SHOWN - 1] + "…"
    if broken.startswith("{%") or broken == "%}":
        return _("conditions are not understood here: “%(text)s”. Remove it.") % {"text": shown}
    if broken == "}}":
        return _("closing braces “}}” without the opening ones.")
    if not broken.endswith("}}"):
        return _("the placeholder is not closed: there must be “}}” on the same line.")
    return _('“%(text)s” is not understood. Write {{ name }} or {{ name|"default" }}.') % {"text": shown}


def _single_braces(text: str) -> list[Fault]:
    """`{имя}` is surely meant as a placeholder; other single braces are ordinary text."""
    found = []
    for match in _SINGLE_BRACES.finditer(text):
        if slots.find(match[1].lower()):
            sentence = _("“%(text)s” would be printed as it is: a placeholder has two braces on each side.")
            found.append(Fault(text.count("\n", 0, match.start()) + 1, sentence % {"text": match[0]}))
    return found
