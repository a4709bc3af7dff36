"""A node that sends: the messages of whoever has come to it, and what she did with them.

Its campaign has one run a month, and another for each time that people come back to the node within it. Planning is that of any campaign, over the people of the batch: each gets a message or
a reason. Whoever is left out goes on at once; a control group of the step waits like those who were written to.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns import cutting, partitions, planning, readiness, versions
from campaigns.cutting import SEND_FOR
from campaigns.literals import bigints
from campaigns.models import Campaign, Run
from campaigns.outbox import HELD_OUT
from campaigns.scenarios import flow, goals, season, watching
from campaigns.scenarios.moving import HERE, LIVING, OF_MESSAGE, PERSON, Batch
from campaigns.whom import Whom

LOOK_AGAIN = dt.timedelta(minutes=15)  # whether a message has gone
PUT_OFF = dt.timedelta(minutes=5)  # while the step's campaign is paused

LOCK = "SELECT pg_advisory_xact_lock(hashtext('krug.scenario-step'), %s)"
# Whoever has come, by the living person; of two enrolments of one the first, the other is led on by the next pass.
COMERS = f"""
SELECT DISTINCT ON (1) {LIVING}, e.id FROM campaigns_enrolment AS e {PERSON}
WHERE e.id = ANY(%(ids)s) AND {HERE} AND e.since IS NULL ORDER BY 1, e.id
"""
# How often each was planned in these runs.
BEFORE = """
SELECT t.enrolment_id, count(*) FROM unnest(%(people)s::bigint[], %(comers)s::bigint[]) AS t (customer_id, enrolment_id)
JOIN campaigns_message AS m ON m.customer_id = t.customer_id AND m.run_id = ANY(%(runs)s) AND m.enrolment_id = t.enrolment_id
WHERE m.step = %(place)s GROUP BY 1
"""
# Given as arrays, whose length the planner knows: its statistics know nothing of rows that were written a moment ago.
MEMBERS = """comers AS MATERIALIZED (
    SELECT * FROM unnest(%(people)s::bigint[], %(comers)s::bigint[]) AS t (customer_id, enrolment_id)
), members AS (SELECT customer_id, true AS included, false AS excluded FROM comers)"""
PLAN = f"""
INSERT INTO campaigns_message
    (run_id, step, customer_id, channel, enrolment_id, contact_point_id, content_id, left_out, variant)
{planning.AUDIENCE}
SELECT %(run)s, %(place)s, customer_id, %(channel)s, c.enrolment_id, contact_point_id, content_id, left_out, {{variant}}
FROM planned JOIN comers AS c USING (customer_id) ORDER BY customer_id
RETURNING id, enrolment_id, left_out
"""
# Those who were written to, or are held out, wait from now on.
SENT = f"""
WITH sent AS (
    UPDATE campaigns_enrolment AS e
    SET since = %(now)s, due_at = %(now)s::timestamptz + %(look)s, run_id = %(run)s, message_id = t.message_id
    FROM unnest(%(messages)s::bigint[], %(enrolments)s::bigint[], %(verdicts)s::text[]) AS t (message_id, id, verdict)
    WHERE e.id = t.id AND {HERE} RETURNING e.id, e.version_id, t.message_id, t.verdict
)
INSERT INTO campaigns_enrolmentmove (enrolment_id, version_id, node, verdict, run_id, message_id, happened_at)
SELECT id, version_id, %(node)s, verdict, %(run)s, message_id, %(now)s FROM sent
"""
PUT_OFF_COMERS = f"""
UPDATE campaigns_enrolment AS e SET due_at = %(now)s::timestamptz + %(wait)s
WHERE e.id = ANY(%(ids)s) AND {HERE} AND e.since IS NULL
"""
MESSAGE = """
LEFT JOIN campaigns_message AS m ON m.run_id = e.run_id AND m.id = e.message_id
LEFT JOIN campaigns_outcome AS o ON o.run_id = e.run_id AND o.message_id = e.message_id
LEFT JOIN campaigns_resolution AS r ON r.run_id = e.run_id AND r.message_id = e.message_id
LEFT JOIN campaigns_deliverystate AS d ON d.run_id = e.run_id AND d.message_id = e.message_id"""
# NULL: she waits. A message that has not gone yet is waited for; the wait for a reaction runs from when it went.
FATE = f"""CASE
    WHEN m.left_out <> '' THEN CASE WHEN e.since + {season.lasts("e.since")} <= %(now)s THEN 'silent' END
    WHEN COALESCE(r.kind, o.kind) IN ('rejected', 'suppressed', 'cancelled') THEN 'not_delivered'
    WHEN d.failed_at IS NOT NULL AND COALESCE(d.delivered_at, d.opened_at, d.clicked_at) IS NULL THEN 'not_delivered'
    WHEN o.happened_at + {season.lasts("o.happened_at")} <= %(now)s THEN 'silent' END"""
WAIT_ON = f"""
UPDATE campaigns_enrolment AS w
SET due_at = CASE WHEN m.left_out <> '' THEN e.since + {season.lasts("e.since")}
                  WHEN o.happened_at IS NULL THEN %(now)s::timestamptz + %(look)s
                  ELSE GREATEST(o.happened_at + {season.lasts("o.happened_at")}, %(now)s::timestamptz + interval '1 minute') END
FROM campaigns_enrolment AS e {MESSAGE}
WHERE w.id = e.id AND e.id = ANY(%(ids)s) AND {HERE} AND e.since IS NOT NULL
"""


def send(batch: Batch, campaign: Campaign) -> None:
    """Judge those of the batch who wait for a reaction; write to those who have just come."""
    _judge(batch)
    if campaign.state == Campaign.State.PAUSED:
        _put_off(batch)
    elif campaign.state != Campaign.State.RUNNING:  # somebody has switched off this step alone
        batch.move("'off'", {"off": batch.node.following}, only="AND e.since IS NULL")
    elif readiness.barred(campaign):  # the law, or the platform
        batch.move("'barred'", {"barred": batch.node.following}, only="AND e.since IS NULL")
    else:
        _write(batch, campaign)


def _put_off(batch: Batch) -> None:
    _execute(PUT_OFF_COMERS, ids=batch.ids, node=batch.node.place, now=batch.now, wait=PUT_OFF)


def open_run(campaign: Campaign, now: dt.datetime, number: int = 0) -> Run:
    """The run of this month, or a further one of it; the caller's transaction holds the campaign's lock until it ends."""
    _execute(LOCK, positional=[campaign.pk])
    runs = _runs_of_month(campaign, now)
    if number < len(runs):
        return runs[number]
    content, until = versions.current(campaign), _end_of(_month(now)) + SEND_FOR
    return planning.new_run(campaign, content=content, now=now, send_until=until)


def _month(now: dt.datetime) -> int:
    return partitions.month_of(timezone.localdate(now))


def _runs_of_month(campaign: Campaign, now: dt.datetime) -> list[Run]:
    first = _month(now) * partitions.RUNS_A_MONTH
    return list(campaign.runs.filter(pk__gte=first, pk__lt=first + partitions.RUNS_A_MONTH).order_by("pk"))


def _end_of(month: int) -> dt.datetime:
    following = (dt.date(month // 100, month % 100, 1) + dt.timedelta(days=32)).replace(day=1)
    return timezone.make_aware(dt.datetime.combine(following, dt.time.min))


def _write(batch: Batch, campaign: Campaign) -> None:
    """Plan the messages of whoever has just come. Nobody gets two in one run: whoever has come back gets hers in another."""
    with connection.cursor() as cursor:
        cursor.execute(COMERS, {"ids": batch.ids, "node": batch.node.place})
        comers = cursor.fetchall()
    try:
        with transaction.atomic():
            for number, part in _by_times(batch, campaign, comers).items():
                _plan(batch, campaign, open_run(campaign, batch.now, number), part)
    except watching.Doubted as doubted:
        watching.stop(campaign, batch.version.scenario_id, doubted)
        _put_off(batch)


def _by_times(
    batch: Batch, campaign: Campaign, comers: Sequence[tuple[int, int]]
) -> Mapping[int, Sequence[tuple[int, int]]]:
    """{how often each was here this month: (person, enrolment)}"""
    runs = _runs_of_month(campaign, batch.now) if flow.comes_back(batch.version.flow, batch.node.place) else []
    if not comers or not runs:
        return {0: comers} if comers else {}
    asked = _people(comers) | {"runs": [run.pk for run in runs], "place": batch.node.place + 1}
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, asked)
        times = dict(cursor.fetchall())
    parts: dict[int, list[tuple[int, int]]] = {}
    for row in comers:
        parts.setdefault(times.get(row[1], 0), []).append(row)
    return parts


def _people(comers: Sequence[tuple[int, int]]) -> dict[str, str]:
    return {"people": bigints(row[0] for row in comers), "comers": bigints(row[1] for row in comers)}


def _plan(batch: Batch, campaign: Campaign, run: Run, comers: Sequence[tuple[int, int]]) -> None:
    statement, parameters = planning.statement(PLAN, campaign, Whom(MEMBERS, _people(comers)))
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | {"run": run.pk, "place": batch.node.place + 1})
        planned = cursor.fetchall()
    written = [row for row in planned if not row[2] or row[2] in HELD_OUT]
    to_send = [row[0] for row in planned if not row[2]]
    watching.require(run, len(to_send))
    if to_send:
        cutting.cut(run, to_send=len(to_send), after=min(to_send) - 1, send_until=batch.now + SEND_FOR)
    planning.count(run, Counter(row[2] for row in planned))
    _execute(
        SENT, run=run.pk, now=batch.now, node=batch.node.place, messages=bigints(row[0] for row in written),
        enrolments=bigints(row[1] for row in written), verdicts=[row[2] or "sent" for row in written],
        look=LOOK_AGAIN if batch.node.hours else dt.timedelta(),
    )  # fmt: skip
    left_out = [row for row in planned if row[2] and row[2] not in HELD_OUT]
    if left_out:
        batch.move(
            "t.reason", dict.fromkeys({row[2] for row in left_out}, batch.node.following),
            joins="JOIN unnest(%(left_out)s::bigint[], %(reasons)s::text[]) AS t (id, reason) ON t.id = e.id",
            left_out=bigints(row[1] for row in left_out), reasons=[row[2] for row in left_out],
        )  # fmt: skip
    if not batch.node.hours:
        batch.move("'sent_on'", {"sent_on": batch.node.following}, only="AND e.since IS NOT NULL")


def _judge(batch: Batch) -> None:
    """Those who wait: whoever has reacted leaves, whoever the message did not reach goes on, and who was silent long enough."""
    node, fate = batch.node, FATE
    if node.react:
        reacted = goals.reached_sql(node.react, person=LIVING, after="e.since", of_last=True)
        fate = f"CASE WHEN {reacted} IS NOT NULL THEN 'reacted' ELSE {FATE} END"
    ways = {"reacted": node.ways["reacted"], "silent": node.following, "not_delivered": node.following}
    asked = batch.waits.parameters | goals.parameters(node.react)
    saying = replace(batch, told=season.why("COALESCE(o.happened_at, e.since)"))
    saying.move(fate, ways, joins=f"{PERSON} {MESSAGE}", only="AND e.since IS NOT NULL", message=OF_MESSAGE, **asked)
    _execute(WAIT_ON, ids=batch.ids, now=batch.now, node=node.place, look=LOOK_AGAIN, **batch.waits.parameters)


def _execute(statement: str, *, positional: list[Any] | None = None, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, positional or parameters)
