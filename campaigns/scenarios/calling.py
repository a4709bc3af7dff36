"""A node that has a salesperson call: a task for whoever has come to it, and the wait for what comes of the call.

Whoever was called leaves, or goes where the node says; whom nobody called in time goes on, and so, at once, does whoever
cannot be called at all. A call that is late stays with the salesperson: the scenario does not wait for it.
"""

from dataclasses import replace

from django.db import connection

from campaigns.calls_to_make import making, telling
from campaigns.literals import bigints
from campaigns.scenarios import season
from campaigns.scenarios.moving import HERE, Batch
from campaigns.scenarios.stepping import COMERS

TASK = "LEFT JOIN campaigns_calltask AS t ON t.enrolment_id = e.id AND t.step = %(step)s"
# NULL: she waits. A task that is closed without a talk is answered at once.
FATE = f"""CASE
    WHEN t.state = 'done' AND t.outcome = ANY(%(reached)s) THEN 'was_called'
    WHEN t.state = 'open' AND e.since + {season.lasts("e.since")} > %(now)s THEN NULL ELSE 'not_called' END"""
WAIT_ON = f"""
UPDATE campaigns_enrolment AS e SET due_at = GREATEST(e.since + {season.lasts("e.since")}, %(now)s::timestamptz + interval '1 minute')
WHERE e.id = ANY(%(ids)s) AND {HERE} AND e.since IS NOT NULL
"""


def call(batch: Batch) -> None:
    """Calls for those who have just come; the judgement of those who wait."""
    node, told = batch.node, batch.version.flow[batch.node.place]
    scenario = batch.version.scenario
    with connection.cursor() as cursor:
        cursor.execute(COMERS, {"ids": batch.ids, "node": node.place})
        comers = cursor.fetchall()
    if comers:
        order = making.Order(
            told["reason"],
            told.get("script", ""),
            batch.waits.begun(batch.now),
            scenario.purpose,
            scenario.brand_id,
            scenario.pk,
            node.key,
        )
        people, enrolments = (bigints(row[column] for row in comers) for column in (0, 1))
        making.for_enrolments(order, people, enrolments, batch.now)
    batch.move(
        "'cannot_call'", {"cannot_call": node.following}, joins=TASK, only="AND e.since IS NULL AND t.id IS NULL",
        step=node.key,
    )  # fmt: skip
    batch.wait()
    ways = {"was_called": node.ways["called"], "not_called": node.following}
    saying = replace(batch, told=f"CASE WHEN t.state = 'open' THEN {season.why('e.since')} END")
    saying.move(
        FATE, ways, joins=TASK, only="AND e.since IS NOT NULL", step=node.key, **batch.waits.parameters,
        reached=[outcome.value for outcome in telling.REACHED],
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WAIT_ON, {"ids": batch.ids, "node": node.place, "now": batch.now, **batch.waits.parameters})
