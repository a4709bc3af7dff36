"""Values of placeholders: for a batch of messages, and how many of an audience have none."""

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import ngettext

from campaigns import slots, whom
from campaigns.models import Campaign, Run
from campaigns.person_slots import PEOPLE
from campaigns.rendering.markup import BadContent, Markup
from campaigns.rendering.media import Compiled, markup_of
from campaigns.slots import Row, Slot

_OF_BATCH = (
    """
SELECT asked.message_id, {columns}
FROM unnest(%s::bigint[], %s::bigint[]) AS asked(message_id, customer_id)
"""
    + PEOPLE
)

_EMPTY_IN_AUDIENCE = (
    """
WITH {members}, asked AS (SELECT customer_id FROM members WHERE included AND NOT excluded)
SELECT count(*), {counts} FROM asked
"""
    + PEOPLE
)


def values_for(run: Run, letter: Compiled, rows: Sequence[Row]) -> dict[int, dict[str, str]]:
    """{message id: {slot: text}} for a batch: one query for all slots about the person, one call per other slot."""
    return resolve(run, letter.slots, rows)


def resolve(run: Run, names: Sequence[str], rows: Sequence[Row]) -> dict[int, dict[str, str]]:
    """The texts of the named slots for a batch; every message of it is in the answer."""
    found = [slot for slot in map(slots.find, names) if slot]
    values: dict[int, dict[str, str]] = {row.message_id: {} for row in rows}
    personal = [slot for slot in found if slot.expression]
    if personal and rows:
        with connection.cursor() as cursor:
            columns = ", ".join(slot.expression for slot in personal)
            asked = ([row.message_id for row in rows], [row.customer_id for row in rows])
            cursor.execute(_OF_BATCH.format(columns=columns), asked)
            for message_id, *texts in cursor.fetchall():
                values[message_id] = dict(zip([slot.name for slot in personal], texts, strict=True))
    for slot in found:
        if slot.resolve:
            for message_id, text in slot.resolve(run, rows).items():
                values[message_id][slot.name] = text
    return values


def empty_values(campaign: Campaign) -> list[tuple[str, int]]:
    """[(slot, people)]: placeholders without a default that are empty for some of the audience, most people first.

    The audience is whom the campaign is for (`campaigns.whom`), as they are now. A text that does not compile
    has no answer: `check` says what is wrong with it.
    """
    content = campaign.contents.order_by("-version").first()
    if content is None:
        return []
    try:
        markup = markup_of(content)
    except BadContent:
        return []
    needed = _without_default(markup)
    people, counts = _count_empty(campaign, [slot for slot in needed if slot.expression])
    for slot in needed:
        if slot.resolve and people and not _known(campaign, slot):
            counts[slot.name] = people
    return sorted(((name, n) for name, n in counts.items() if n), key=lambda pair: (-pair[1], pair[0]))


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


def _without_default(markup: Markup) -> list[Slot]:
    names = dict.fromkeys(hole.name for hole in markup.holes if hole.default is None)
    return [slot for slot in map(slots.find, names) if slot]


def _count_empty(campaign: Campaign, personal: list[Slot]) -> tuple[int, dict[str, int]]:
    counts = ", ".join(f"count(*) FILTER (WHERE btrim({slot.expression}) = '')" for slot in personal)
    audience = whom.of(campaign)
    with connection.cursor() as cursor:
        cursor.execute(audience.within(_EMPTY_IN_AUDIENCE, counts=counts or "0"), audience.parameters)
        people, *numbers = cursor.fetchone()
    return people, dict(zip([slot.name for slot in personal], numbers, strict=False))


def _known(campaign: Campaign, slot: Slot) -> bool:
    sample = Row(message_id=0, customer_id=0)
    return bool(slot.resolve and slot.resolve(Run(campaign=campaign), [sample]).get(0, "").strip())
