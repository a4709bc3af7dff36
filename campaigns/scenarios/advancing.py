"""Leading people on: whoever is due at a node of a version goes further, in statements over all of them.

A batch is one transaction: it claims its enrolments with SKIP LOCKED, so that of two ticks at once each takes others, and a
kill leaves them where they were. Before anything else it is asked whether the goal was reached.
"""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from campaigns.experiments import draw_sql
from campaigns.literals import bigints
from campaigns.models import ScenarioStep, ScenarioVersion
from campaigns.scenarios import calling, diary, flow, goals, ordering, season, stepping
from campaigns.scenarios.entering import in_rule
from campaigns.scenarios.flow import END, MOST_NODES, BadFlow, Node
from campaigns.scenarios.moving import LIVING, OF_MESSAGE, PERSON, Batch
from segments.rules.tree import RuleError

BATCH = 50_000
SECONDS = 40.0  # of one pass; the next goes on
NEWS = dt.timedelta(minutes=10)  # for which what was reported wakes whoever waits for it, more than once if need be

DUE = """
SELECT e.version_id, e.node FROM campaigns_enrolment AS e
JOIN campaigns_scenario AS s ON s.id = e.scenario_id AND s.state IN ('active', 'closed')
WHERE e.state = 'live' AND e.due_at <= %(now)s GROUP BY 1, 2 ORDER BY 1, 2
"""
CLAIM = """
SELECT id FROM campaigns_enrolment
WHERE state = 'live' AND due_at <= %(now)s AND version_id = %(version)s AND node = %(node)s
ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""
# Whoever an undone import took with it.
OF_HER = "SELECT FROM segments_customer AS c WHERE c.id = e.customer_id"
# What the world reported of the message that somebody waits for: she is looked at now, not when her wait ends.
WAKE = """
UPDATE campaigns_enrolment AS e SET due_at = %(now)s
FROM campaigns_deliverystate AS d
WHERE d.changed_at > %(since)s AND COALESCE(d.failed_at, d.clicked_at, d.replied_at) IS NOT NULL
  AND e.message_id = d.message_id AND e.run_id = d.run_id AND e.state = 'live' AND e.since IS NOT NULL
  AND e.due_at > %(now)s
"""


def database_now() -> dt.datetime:
    """A worker's own clock may be wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def advance(now: dt.datetime, seconds: float = SECONDS) -> dict[str, Any]:
    """Lead on whoever is due, for about `seconds`; `more`: somebody still is. A version that cannot be read, since what it
    asks for is gone, holds up nobody but its own people, and says why in its diary."""
    until, moved = time.monotonic() + seconds, 0
    with connection.cursor() as cursor:
        cursor.execute(WAKE, {"now": now, "since": now - NEWS})
    versions, broken = _Versions(), set[int]()
    for _round in range(MOST_NODES):  # a person passes so many nodes at once at most
        due = [(version, place) for version, place in _due(now) if version not in broken]
        for version_id, place in due:
            try:
                moved += _lead_all(*versions.read(version_id, place), now, until)
            except (BadFlow, RuleError, IndexError) as error:
                broken.add(version_id)
                diary.tell_once(versions[version_id].scenario_id, str(error))
        if not due or time.monotonic() > until:
            return {"moved": moved, "more": bool(due)}
    return {"moved": moved, "more": True}


class _Versions(dict[int, ScenarioVersion]):
    """Of one pass, each read once, and its nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: dict[int, list[Node]] = {}

    def __missing__(self, version_id: int) -> ScenarioVersion:
        self[version_id] = ScenarioVersion.objects.get(pk=version_id)
        return self[version_id]

    def read(self, version_id: int, place: int) -> tuple[ScenarioVersion, Node]:
        """Raises `BadFlow`, IndexError."""
        version = self[version_id]
        if version_id not in self.nodes:
            self.nodes[version_id] = flow.read(version.flow)
        return version, self.nodes[version_id][place]


def _lead_all(version: ScenarioVersion, node: Node, now: dt.datetime, until: float) -> int:
    """All who are due at a node, batch by batch, as long as there is time."""
    moved = 0
    while done := _lead(version, node, now):
        moved += done
        if done < BATCH or time.monotonic() > until:
            break
    return moved


def _due(now: dt.datetime) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": now})
        return cursor.fetchall()


@transaction.atomic
def _lead(version: ScenarioVersion, node: Node, now: dt.datetime) -> int:
    """One batch of a node; returns how many it held."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "version": version.pk, "node": node.place, "batch": BATCH})
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        batch = Batch(version, node, bigints(ids), now, season.of_node(version, node))
        batch.move("'gone'", {"gone": END}, only=f"AND NOT EXISTS ({OF_HER})")
        _reach(batch)
        ACTIONS[node.do](batch)
    return len(ids)


def _reach(batch: Batch) -> None:
    """Whoever has reached the goal since her occasion leaves."""
    wanted: Sequence[str] = batch.version.goal
    if not wanted:
        return
    found = goals.reached_sql(wanted, person=LIVING, after="e.happened_at")
    batch.move(found, dict.fromkeys(wanted, END), joins=PERSON, message=OF_MESSAGE, **goals.parameters(wanted))


def _wait(batch: Batch) -> None:
    over = f"AND e.since + {season.lasts('e.since')} <= %(now)s"
    saying = replace(batch, told=season.why("e.since"))
    saying.move("'waited'", {"waited": batch.node.following}, only=over, **batch.waits.parameters)
    batch.wait()


def _if(batch: Batch) -> None:
    if batch.node.rule is not None:
        holds, parameters = in_rule(dict(batch.node.rule), LIVING)
    else:
        did = batch.node.react
        holds = f"{goals.reached_sql(did, person=LIVING, after='e.happened_at')} IS NOT NULL"
        parameters = goals.parameters(did)
    batch.move(
        f"CASE WHEN {holds} THEN 'yes' ELSE 'no' END",
        {"yes": batch.node.following, "no": batch.node.ways["no"]},
        joins=PERSON,
        **parameters,
    )


def split_sql(node: Node, customer: str) -> str:
    """SQL for the part of a split that a person's draw gives her; it takes `draw`, the salt of this split."""
    draw, most, cases = draw_sql("%(draw)s", customer), 0, []
    for verdict, percent in node.shares[:-1]:
        most += percent
        cases.append(f"WHEN {draw} < {most / 100} THEN '{verdict}'")
    return f"CASE {' '.join(cases)} ELSE '{node.shares[-1][0]}' END"


def _split(batch: Batch) -> None:
    """By the draw of the version, so that she comes out the same way however often it is asked."""
    ways = {verdict: batch.node.ways[verdict] for verdict, _percent in batch.node.shares}
    batch.move(split_sql(batch.node, "e.customer_id"), ways, draw=f"{batch.version.salt}:{batch.node.key}")


def _go(batch: Batch) -> None:
    batch.move("'went'", {"went": batch.node.following})


def _end(batch: Batch) -> None:
    batch.move("'end'", {"end": END})


def _send(batch: Batch) -> None:
    step = ScenarioStep.objects.select_related("campaign").get(version=batch.version, key=batch.node.key)
    stepping.send(batch, step.campaign)


ACTIONS = {
    "send": _send,
    "call": calling.call,
    "wait": _wait,
    "if": _if,
    "split": _split,
    "order": ordering.order,
    "go": _go,
    "end": _end,
}
