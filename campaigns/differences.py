"""What differs between two versions of a campaign's texts, line by line and word by word, for a person to read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

AROUND = 1  # unchanged lines that are shown before and after a change
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
NAMES: dict[str, str | Promise] = {
    "subject": gettext_lazy("Subject, or title"),
    "preheader": gettext_lazy("Preheader"),
    "body": gettext_lazy("Text"),
    "amp": gettext_lazy("AMP part"),
    "buttons": gettext_lazy("Buttons"),
    "link": gettext_lazy("What a press opens"),
    "template": gettext_lazy("Template"),
    "language": gettext_lazy("Language of the template"),
    "values": gettext_lazy("Places of the template"),
    "header": gettext_lazy("Heading of the template"),
    "footer": gettext_lazy("Footer of the template"),
    "template_buttons": gettext_lazy("Buttons of the template"),
    "sender_name": gettext_lazy("Sender's name"),
    "sender_address": gettext_lazy("Sender's address"),
    "centre_address": gettext_lazy("Address of the centre"),
    "centre_hours": gettext_lazy("Hours of the centre"),
    "centre_manager": gettext_lazy("Whom to ask for"),
}
PARTED = ("sender", "centre")  # their parts have names of their own


class Part(NamedTuple):
    """Words of a line; `is_new` where they are not in the line's other side."""

    words: str
    is_new: bool


class Line(NamedTuple):
    """`kind`: "same", "gone" (of the older version), "new", or "skipped" between two changes."""

    kind: str
    parts: tuple[Part, ...]


class Difference(NamedTuple):
    name: str | Promise
    lines: list[Line]


def between(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[Difference]:
    """Of two `Content.written()`, text by text; those that are alike are left out."""
    before, after = _flat(older), _flat(newer)
    names = [*NAMES, *sorted({*before, *after} - {*NAMES})]
    return [
        Difference(NAMES.get(name, name), list(_lines(before.get(name, ""), after.get(name, ""))))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def _flat(written: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: told for name, told in written.items() if name not in ("extras", "snippets")}
    extras = dict(written.get("extras") or {})
    texts |= {f"{part}_{key}": told for part in PARTED for key, told in (extras.pop(part, None) or {}).items()}
    texts |= extras
    texts |= {_("snippet “%s”") % name: told for name, told in (written.get("snippets") or {}).items()}
    return {name: _text(told) for name, told in texts.items()}


def _text(told: Any) -> str:
    """Of what an extra holds: a line for each button, and for each place of a template."""
    if isinstance(told, dict):
        return "\n".join(f"{key}: {_text(value)}" for key, value in told.items())
    if isinstance(told, list):
        return "\n".join(" → ".join(str(value) for value in one.values()) for one in told)
    return str(told)


def _lines(older: str, newer: str) -> Iterator[Line]:
    before, after = older.splitlines(), newer.splitlines()
    shown_to = 0  # of the older text
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(AROUND):
        if group[0][1] > shown_to:
            yield Line("skipped", ())
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from (_plain("same", line) for line in before[start:end])
            else:
                yield from _changed(before[start:end], after[new_start:new_end])
        shown_to = group[-1][2]
    if shown_to < len(before):
        yield Line("skipped", ())


def _changed(gone: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Lines that stand for each other are compared by their words."""
    if len(gone) != len(new):
        yield from (_plain("gone", line) for line in gone)
        yield from (_plain("new", line) for line in new)
        return
    for was, now in zip(gone, new, strict=True):
        yield from _pair(was, now)


def _pair(was: str, now: str) -> Iterator[Line]:
    before, after = _WORDS.findall(was), _WORDS.findall(now)
    matched = SequenceMatcher(None, before, after, autojunk=False)
    if matched.ratio() < 0.3:  # another line altogether
        yield _plain("gone", was)
        yield _plain("new", now)
        return
    old_parts, new_parts = [], []
    for tag, start, end, new_start, new_end in matched.get_opcodes():
        if words := "".join(before[start:end]):
            old_parts.append(Part(words, tag != "equal"))
        if words := "".join(after[new_start:new_end]):
            new_parts.append(Part(words, tag != "equal"))
    yield Line("gone", tuple(old_parts))
    yield Line("new", tuple(new_parts))


def _plain(kind: str, line: str) -> Line:
    return Line(kind, (Part(line, False),))
