"""One look at all that a run would print: the values of its placeholders, and its messages as they would leave."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import NamedTuple

from campaigns import rendering, slots, versions
from campaigns.grammar import Hole
from campaigns.guard import judging, reading
from campaigns.guard.judging import DOUBTFUL, Finding, Kind, Value
from campaigns.guard.reading import Audience, Planned
from campaigns.models import Content, Run
from campaigns.slots import Slot

SAMPLE = 5000  # messages at least, where not all are rendered
ADDRESS = "somebody@example.org"  # a bad address of one person is found as it is written to
# Two braces, or a brace and a per cent sign, also where pieces of a letter meet.
_LEFT = re.compile(rb"\{(?:=\r\n)*[{%]")

Notes = dict[str, list[Value]]


class Look(NamedTuple):
    """`findings` forbid the launch, `notes` are told. `people` are those of the audience that are written to."""

    people: int
    rendered: int
    findings: list[Finding]
    notes: list[Finding]


def look(run: Run, *, everything: bool = False) -> Look:
    """Look at a run whose audience is frozen; the caller's transaction may be its own.

    Rendered is `everything`, or a sample of 5,000 messages over the whole audience and one message with each distinct
    value of each placeholder. Raises BadContent, CannotRender.
    """
    audience = reading.frozen(run)
    read, found = _read_values(run, audience)
    pages = reading.pages(audience) if everything else _sample(audience, read.values, read.people)
    rendered, misprinted = _render(run, read.contents, pages, read.values)
    found += misprinted
    forbidding = [one for one in found if one.kind not in (Kind.DEFAULT, Kind.CHOSEN)]
    return Look(read.people, rendered, _ordered(forbidding), _ordered(one for one in found if one not in forbidding))


def doubts(run: Run, latest: int) -> list[Finding]:
    """What is wrong with the names in so many of the latest messages of a run that goes on; nothing is rendered."""
    _read, found = _read_values(run, reading.latest(run, latest), names_only=True)
    return _ordered(one for one in found if one.kind in DOUBTFUL)


class _Read(NamedTuple):
    people: int
    contents: dict[int, Content]
    values: Notes


def _read_values(run: Run, audience: Audience, *, names_only: bool = False) -> tuple[_Read, list[Finding]]:
    people = reading.size(audience)
    contents = {content.pk: content for content in versions.every(run.campaign)}
    holes = {pk: rendering.markup_of(content).holes for pk, content in contents.items()}
    printed = {pk: {hole.name for hole in its} for pk, its in holes.items()}
    asked = [
        slot for slot in map(slots.find, dict.fromkeys(name for names in printed.values() for name in names)) if slot
    ]
    personal = [slot for slot in asked if slot.expression and (slot.is_name or not names_only)]
    values = {
        name: [value for value in its if name in printed[value.content_id]]
        for name, its in reading.values(audience, personal).items()
    }
    together = {name: _together(its) for name, its in values.items()}
    found = [finding for slot in personal for finding in judging.misprints(slot, together[slot.name])]
    found += _frequent(run, personal, together, people)
    found += _empty(holes, values)
    found += _stand_ins(personal, together)
    return _Read(people, contents, values), found


def _together(values: Iterable[Value]) -> list[Value]:
    """Of all versions: what is frequent in one of them need not be in the audience."""
    found: dict[str, Value] = {}
    for value in values:
        known = found.get(value.text)
        found[value.text] = value._replace(people=value.people + known.people) if known else value
    return list(found.values())


def _frequent(run: Run, personal: Sequence[Slot], values: Notes, people: int) -> Iterator[Finding]:
    suspected = {
        slot: [value for value in values[slot.name] if judging.may_be_frequent(slot, value, people)]
        for slot in personal
    }
    if not any(suspected.values()):
        return
    words, whole = reading.words_of_rules(run.campaign), reading.base_size()
    for slot, its in suspected.items():
        in_base = reading.base_people(slot, [value.text for value in its]) if its else {}
        for value in its:
            share, base = value.people / people, in_base.get(value.text, 0) / whole
            if judging.is_frequent(slot, share, base, people):
                kind = Kind.CHOSEN if judging.is_chosen(value.text, words) else Kind.FREQUENT
                yield Finding(kind, slot.name, value.text, value.people, share, base)


def _empty(holes: Mapping[int, Iterable[Hole]], values: Notes) -> Iterator[Finding]:
    """Who has no text: for each default by itself, and where there is none."""
    counted: Counter[Hole] = Counter()
    for content_id, its in holes.items():
        for hole in its:
            counted[hole] += sum(
                value.people for value in values.get(hole.name, ()) if not value.text and value.content_id == content_id
            )
    for hole, people in counted.items():
        if people:
            yield Finding(Kind.EMPTY if hole.default is None else Kind.DEFAULT, hole.name, hole.default or "", people)


def _stand_ins(personal: Iterable[Slot], values: Notes) -> Iterator[Finding]:
    for slot in personal:
        for value in values[slot.name]:
            if value.text in slot.stand_ins:
                yield Finding(Kind.DEFAULT, slot.name, value.text, value.people)


def _sample(audience: Audience, values: Notes, people: int) -> Iterator[list[Planned]]:
    ids = {value.message_id for every in values.values() for value in every}
    ids.update(reading.spread(audience, max(1, -(-people // SAMPLE))))
    return reading.chosen(audience, ids)


def _render(
    run: Run, contents: Mapping[int, Content], pages: Iterable[list[Planned]], values: Notes
) -> tuple[int, list[Finding]]:
    """Make the messages as a pump makes them, and read them. A value read for the whole audience is compared with what
    the batch brings for the same person."""
    letters = {pk: rendering.compile_content(content, run) for pk, content in contents.items()}
    expected: dict[int, list[Value]] = defaultdict(list)
    for value in (value for every in values.values() for value in every):
        expected[value.message_id].append(value)
    counted: dict[tuple[str, str, str], int] = defaultdict(int)
    rendered = 0
    for content_id, rows in _by_version(pages):
        as_sent, letter = copy(run), letters[content_id]
        as_sent.content = contents[content_id]
        told = rendering.values_for(as_sent, letter, rows)
        for row in rows:
            mine = told[row.message_id]
            for key in _faults(letter.render(row.message_id, ADDRESS, mine), mine, expected.get(row.message_id, ())):
                counted[key] += 1
        rendered += len(rows)
    personal = set(values)  # their braces are counted by the values
    found = [Finding(*key, people) for key, people in counted.items() if key[1] not in personal or key[0] != Kind.BRACE]
    return rendered, found


def _by_version(pages: Iterable[list[Planned]]) -> Iterator[tuple[int, list[Planned]]]:
    for rows in pages:
        parts: dict[int, list[Planned]] = defaultdict(list)
        for row in rows:
            parts[row.content_id].append(row)
        yield from parts.items()


def _faults(body: bytes, mine: dict[str, str], expected: Sequence[Value]) -> Iterator[tuple[str, str, str]]:
    if _LEFT.search(body):
        braced = [(name, text) for name, text in mine.items() if judging.has_brace(text)]
        yield from ((Kind.BRACE, name, text) for name, text in braced or [("", "")])
    for value in expected:
        if mine.get(value.slot, "").strip() != value.text:
            yield Kind.FOREIGN, value.slot, mine.get(value.slot, "")


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    """What nobody can vouch for first, then by people."""
    return sorted(findings, key=lambda one: (one.kind in DOUBTFUL, -one.people, one.slot, one.value))
