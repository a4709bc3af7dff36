"""Values of placeholders: for a batch of messages, and how many of an audience have none."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection
from django.utils.translation import ngettext

from campaigns import slots, versions, whom
from campaigns.literals import bigints
from campaigns.models import Campaign, Content, Run
from campaigns.person_slots import PEOPLE
from campaigns.rendering.markup import BadContent
from campaigns.rendering.media import Compiled, markup_of
from campaigns.slots import Row, Slot

_OF_BATCH = (
    """
SELECT asked.message_id, {columns}
FROM unnest(%(messages)s::bigint[], %(people)s::bigint[]) AS asked(message_id, customer_id)
"""
    + PEOPLE
)

# {content} says which version each of them gets.
_EMPTY_IN_AUDIENCE = (
    """
WITH {choices}{members}, asked AS (
    SELECT p.customer_id, {content} AS content_id FROM members AS p {joins} WHERE p.included AND NOT p.excluded
)
SELECT {counts} FROM asked
"""
    + PEOPLE
)


def values_for(
    run: Run, letter: Compiled, rows: Sequence[Row], *, are_leaving: bool = False
) -> dict[int, dict[str, str]]:
    """{message id: {slot: text}} for a batch: one query for all slots about the person, one call per other slot.
    `are_leaving`: with what is given to these people as their messages go; samples of it stand in otherwise."""
    return resolve(run, letter.slots, rows, are_leaving=are_leaving)


def resolve(
    run: Run, names: Sequence[str], rows: Sequence[Row], *, are_leaving: bool = False
) -> dict[int, dict[str, str]]:
    """The texts of the named slots for a batch; every message of it is in the answer."""
    found = [slot for slot in map(slots.find, names) if slot]
    values: dict[int, dict[str, str]] = {row.message_id: {} for row in rows}
    personal = [slot for slot in found if slot.expression]
    if personal and rows:
        with connection.cursor() as cursor:
            columns = ", ".join(slot.expression for slot in personal)
            asked = {
                "messages": bigints(row.message_id for row in rows),
                "people": bigints(row.customer_id for row in rows),
            }
            cursor.execute(_OF_BATCH.format(columns=columns), asked)
            personal_names = [slot.name for slot in personal]
            for message_id, *texts in cursor.fetchall():
                values[message_id] = dict(zip(personal_names, texts, strict=True))
    for slot in found:
        ask = slot.leaving if are_leaving and slot.leaving else slot.resolve
        if ask:
            for message_id, text in ask(run, rows).items():
                values[message_id][slot.name] = text
    return values


def empty_values(campaign: Campaign) -> list[tuple[str, int]]:
    """[(slot, people)]: placeholders without a default that are empty for some of the audience, most people first.

    The audience is whom the campaign is for (`campaigns.whom`), as they are now, each with her version of the texts. A
    text that does not compile has no answer: `check` says what is wrong with it.
    """
    asked: dict[Slot, list[int]] = defaultdict(list)
    for content in versions.every(campaign):
        for slot in _without_default(content):
            if slot.expression or not _known(content, slot):
                asked[slot].append(content.pk)
    if not asked:
        return []
    counts = zip((slot.name for slot in asked), _count_empty(campaign, asked), strict=True)
    return sorted(((name, n) for name, n in counts if n), key=lambda pair: (-pair[1], pair[0]))


def empty_sentences(campaign: Campaign) -> list[str]:
    """`empty_values` as sentences that say what to do; empty when every placeholder has a text for everybody."""
    return [
        ngettext(
            '“%(slot)s” is empty for %(people)d person: give a default, {{ %(slot)s|"…" }}.',
            '“%(slot)s” is empty for %(people)d people: give a default, {{ %(slot)s|"…" }}.',
            people,
        )
        % {"slot": slot, "people": people}
        for slot, people in empty_values(campaign)
    ]


def _without_default(content: Content) -> list[Slot]:
    try:
        holes = markup_of(content).holes
    except BadContent:
        return []
    names = dict.fromkeys(hole.name for hole in holes if hole.default is None)
    return [slot for slot in map(slots.find, names) if slot]


def _count_empty(campaign: Campaign, asked: dict[Slot, list[int]]) -> list[int]:
    """For each placeholder, the people who get one of its contents and of whom it has no text."""
    audience, choice = whom.of(campaign), versions.choice(campaign)
    counts = []
    for slot, contents in asked.items():
        is_empty = f"AND btrim({slot.expression}) = ''" if slot.expression else ""
        counts.append(f"count(*) FILTER (WHERE asked.content_id IN ({', '.join(map(str, contents))}) {is_empty})")
    with connection.cursor() as cursor:
        statement = audience.within(_EMPTY_IN_AUDIENCE, counts=", ".join(counts), **choice.parts)
        cursor.execute(statement, audience.parameters | choice.parameters)
        return list(cursor.fetchone())


def _known(content: Content, slot: Slot) -> bool:
    sample, run = Row(message_id=0, customer_id=0), Run(campaign=content.campaign, content=content)
    return bool(slot.resolve and slot.resolve(run, [sample]).get(0, "").strip())
