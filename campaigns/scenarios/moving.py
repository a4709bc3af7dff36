"""A batch of enrolments at one node, and the statements that lead them on or let them wait there."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns.models import ScenarioVersion
from campaigns.scenarios import season
from campaigns.scenarios.flow import END, Node

# `judged` is (id, verdict, told); `ways` says where each verdict leads, END where the way ends.
MOVE = f"""
WITH judged (id, verdict, told) AS ({{judged}}), moved AS (
    UPDATE campaigns_enrolment AS e
    SET node = CASE WHEN w.place = {END} THEN e.node ELSE w.place END, since = NULL,
        state = CASE WHEN w.place <> {END} THEN 'live' WHEN j.verdict = ANY(%(goals)s) THEN 'goal'
                     WHEN j.verdict IN ('reacted', 'was_called') THEN 'left' WHEN j.verdict = 'gone' THEN 'stopped' ELSE 'finished' END,
        due_at = CASE WHEN w.place <> {END} THEN %(now)s::timestamptz END,
        ended_at = CASE WHEN w.place = {END} THEN %(now)s::timestamptz END,
        why = CASE WHEN w.place = {END} THEN j.verdict ELSE '' END
    FROM judged AS j
    JOIN unnest(%(verdicts)s::text[], %(places)s::int[]) AS w (verdict, place) ON w.verdict = j.verdict
    WHERE e.id = j.id RETURNING e.id, e.version_id, j.verdict, e.run_id, e.message_id, j.told
)
INSERT INTO campaigns_enrolmentmove (enrolment_id, version_id, node, verdict, run_id, message_id, happened_at, told)
SELECT id, version_id, %(node)s, verdict, {{message}}, %(now)s, CASE WHEN verdict <> ALL(%(broke_off)s) THEN told END FROM moved
"""
BROKE_OFF = ["reacted", "not_delivered", "was_called"]  # a wait before its time: how long it was to last is no reason
OF_MESSAGE, OF_NONE = "run_id, message_id", "NULL, NULL"
# Whoever was looked at before her time, since her last message was reported of, waits on.
WAIT = f"""
UPDATE campaigns_enrolment
SET since = COALESCE(since, %(now)s), due_at = COALESCE(since, %(now)s::timestamptz) + {season.lasts("COALESCE(since, %(now)s::timestamptz)")}
WHERE id = ANY(%(ids)s) AND node = %(node)s AND state = 'live'
"""
HERE = "e.state = 'live' AND e.node = %(node)s"  # who was not led on a moment ago
STILL = f"SELECT e.id, {{verdict}}, {{told}} FROM campaigns_enrolment AS e {{joins}} WHERE e.id = ANY(%(ids)s) AND {HERE} {{only}}"
PERSON = "JOIN segments_customer AS c ON c.id = e.customer_id"
LIVING = "COALESCE(c.merged_into_id, c.id)"


@dataclass(slots=True)
class Batch:
    """Enrolments of one node that this transaction holds. `told` is SQL of why they go where they go, kept with each move."""

    version: ScenarioVersion
    node: Node
    ids: str
    now: dt.datetime
    waits: season.Waits
    told: str = "NULL::jsonb"

    def move(self, verdict: str, ways: Mapping[str, int], *, joins: str = "", only: str = "", message: str = OF_NONE,
             **parameters: Any) -> int:  # fmt: skip
        """Those of the batch who are inside go where the SQL of their verdict leads. Returns how many did."""
        judged = STILL.format(verdict=verdict, joins=joins, only=only, told=self.told)
        asked = {
            "ids": self.ids, "now": self.now, "node": self.node.place, "goals": self.version.goal,
            "verdicts": list(ways), "places": list(ways.values()), "broke_off": BROKE_OFF,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(MOVE.format(judged=judged, message=message), asked | parameters)
            return cursor.rowcount

    def wait(self) -> None:
        """Those who have only come wait from now on."""
        asked = {"ids": self.ids, "node": self.node.place, "now": self.now, **self.waits.parameters}
        with connection.cursor() as cursor:
            cursor.execute(WAIT, asked)
