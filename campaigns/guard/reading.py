"""What the guard reads, set-wise: the distinct values of placeholders in an audience, and their share in the base."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from campaigns import versions
from campaigns.guard.judging import Value
from campaigns.models import Campaign, Run, ScenarioVersion
from campaigns.person_slots import PEOPLE
from campaigns.slots import Slot
from segments.models import Segment
from segments.refreshing import used_by

PAGE = 500  # messages, as many as a chunk has

# Each placeholder by itself, for each version of the texts, in one pass over the audience.
_VALUES = (
    """
SELECT GROUPING({keys}), {keys}, count(*), min(message_id), content_id FROM (
    SELECT asked.message_id, asked.content_id, {columns} FROM ({audience}) AS asked
"""
    + PEOPLE
    + """) AS told GROUP BY content_id, GROUPING SETS ({sets})"""
)
_IN_BASE = (
    """
SELECT {column}, count(*) FROM (
    SELECT id AS customer_id FROM segments_customer WHERE merged_into_id IS NULL
) AS asked
"""
    + PEOPLE
    + "WHERE {column} = ANY(%(texts)s) GROUP BY 1"
)
_BASE = "SELECT count(*) FROM segments_customer WHERE merged_into_id IS NULL"
_FROZEN = """
SELECT id AS message_id, customer_id, contact_point_id, COALESCE(content_id, %(content)s) AS content_id
FROM campaigns_message WHERE run_id = %(run)s AND left_out = ''
"""
_ROWS = """
SELECT message_id, customer_id, contact_point_id, content_id FROM ({audience}) AS asked
WHERE message_id > %(after)s ORDER BY message_id LIMIT %(limit)s
"""
_SPREAD = """
SELECT message_id FROM (
    SELECT message_id, row_number() OVER (ORDER BY message_id) AS place FROM ({audience}) AS asked
) AS numbered WHERE (place - 1) %% %(every)s = 0
"""
_SIZE = "SELECT count(*) FROM ({audience}) AS asked"


class Planned(NamedTuple):
    """A message as resolvers see it (`campaigns.slots.Row`), and its version of the texts."""

    message_id: int
    customer_id: int
    contact_point_id: int | None
    content_id: int


class Audience(NamedTuple):
    """Messages as they would be sent: `sql` gives message_id, customer_id, contact_point_id and content_id for `parameters`."""

    sql: str
    parameters: dict[str, Any]


def frozen(run: Run) -> Audience:
    """Those of a run whose audience is frozen, in the caller's transaction."""
    return Audience(_FROZEN, {"run": run.pk, "content": run.content_id})


def latest(run: Run, most: int) -> Audience:
    """At most so many of the messages of a run, the newest of them."""
    newest = f"{_FROZEN} ORDER BY id DESC LIMIT %(most)s"
    return Audience(newest, frozen(run).parameters | {"most": most})


def values(audience: Audience, slots: Sequence[Slot]) -> dict[str, list[Value]]:
    """{slot: its distinct values in each version} for placeholders about the person. Memory grows with the values, not with people."""
    found: dict[str, list[Value]] = {slot.name: [] for slot in slots}
    if not slots:
        return found
    keys = [f"v{number}" for number in range(len(slots))]
    columns = (f"btrim({slot.expression}) AS {key}" for slot, key in zip(slots, keys, strict=True))
    query = _VALUES.format(
        keys=", ".join(keys),
        columns=", ".join(columns),
        audience=audience.sql,
        sets=", ".join(f"({key})" for key in keys),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, audience.parameters)
        for grouping, *texts, people, message_id, content_id in cursor:
            number = _ungrouped(grouping, len(slots))
            found[slots[number].name].append(Value(slots[number].name, texts[number], people, message_id, content_id))
    return found


def base_size() -> int:
    """All customers; 1 where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_BASE)
        return max(cursor.fetchone()[0], 1)


def base_people(slot: Slot, texts: Sequence[str]) -> dict[str, int]:
    """{value of a placeholder: customers who have it}, of these that anybody has."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_BASE.format(column=f"btrim({slot.expression})"), {"texts": list(texts)})
        return dict(cursor.fetchall())


def pages(audience: Audience) -> Iterator[list[Planned]]:
    """All of it, in batches as they are sent."""
    query, after = _ROWS.format(audience=audience.sql), 0
    while rows := _read(query, audience.parameters | {"after": after, "limit": PAGE}):
        yield rows
        after = rows[-1].message_id


def chosen(audience: Audience, message_ids: Collection[int]) -> Iterator[list[Planned]]:
    """These of them, in batches. All are read: a table that was filled a moment ago has no statistics, and a condition on
    thousands of ids is planned as a comparison of each with each."""
    batch: list[Planned] = []
    for rows in pages(audience):
        batch += [row for row in rows if row.message_id in message_ids]
        if len(batch) >= PAGE:
            yield batch
            batch = []
    if batch:
        yield batch


def spread(audience: Audience, every: int) -> list[int]:
    """One message of `every`, so that they lie over the whole audience."""
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD.format(audience=audience.sql), audience.parameters | {"every": every})
        return [row[0] for row in cursor.fetchall()]


def size(audience: Audience) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_SIZE.format(audience=audience.sql), audience.parameters)
        return cursor.fetchone()[0]


def words_of_rules(campaign: Campaign) -> set[str]:
    """All words that the rules of the campaign's segments name (cities, brands, centres), and the brands that have
    versions, lower case; rules of segments that these rules are made of are read too. Of a step, what its scenario asks."""
    words = {content.brand.name.casefold() for content in versions.every(campaign) if content.brand}
    waiting, known = [*campaign.segments_in.all()], set()
    if campaign.is_step:
        version = campaign.scenario_step.version
        waiting += _asked_of_step(version)
        words |= {version.scenario.brand.name.casefold()} if version.scenario.brand else set()
    while waiting:
        known |= {segment.pk for segment in waiting}
        slugs = {slug for segment in waiting for slug in used_by(segment)}
        for segment in waiting:
            words.update(word.casefold() for word in _words(segment.rule))
        waiting = list(Segment.objects.filter(slug__in=slugs).exclude(pk__in=known)) if slugs else []
    return words


def _asked_of_step(version: ScenarioVersion) -> list[Segment]:
    """What brings people into a version, and what is asked of them on its way, as segments."""
    entry = version.entry
    named = [entry.get("segment"), *entry.get("segments_in", ())]
    rules = [entry.get("rule"), *(node.get("rule") for node in version.flow)]
    return [*Segment.objects.filter(pk__in=[pk for pk in named if pk]), *(Segment(rule=rule) for rule in rules if rule)]


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for branch in node.values() if isinstance(node, dict) else node:
            yield from _words(branch)


def _read(query: str, parameters: dict[str, Any]) -> list[Planned]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [Planned(*row) for row in cursor.fetchall()]


def _ungrouped(grouping: int, width: int) -> int:
    """The one column of GROUPING's bit mask that is not aggregated away; the leftmost is the highest bit."""
    return next(number for number in range(width) if not grouping >> (width - 1 - number) & 1)
