"""A dry run: what a version would have done over the last month, by what people really did in it.

Whoever had the occasion enters, goals and conditions are asked of what she did meanwhile, and the clock of each runs apart.
Nobody was written to, so nobody reacts but by what she did of her own accord: as many messages as can be, and as many
roubles. Addresses, consents, limits and segments are those of today. Nothing of it is kept.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from campaigns import planning, pricing, versions
from campaigns.calls_to_make import making
from campaigns.models import Campaign, ScenarioStep, ScenarioVersion
from campaigns.outbox import HELD_OUT
from campaigns.scenarios import flow, goals, occasions, ordering, season
from campaigns.scenarios.advancing import database_now, split_sql
from campaigns.scenarios.entering import IS_CONTROL, in_rule, question
from campaigns.scenarios.flow import END, Node
from campaigns.scenarios.occasions import Asked
from campaigns.scenarios.ordering import Who
from campaigns.whom import Whom

MONTH = dt.timedelta(days=30)
ROUNDS = 400  # a circle with a wait of an hour is left where it is after so many
TOO_LONG = "60s"

TABLES = """
CREATE TEMP TABLE dry_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint, happened_at timestamptz, at timestamptz,
    state text, node int DEFAULT 0, tried int[] DEFAULT '{}'
) ON COMMIT DROP;
CREATE TEMP TABLE dry_run_plan (customer_id bigint, content_id bigint, left_out text) ON COMMIT DROP
"""
# Of two occasions within the pause the later brings nobody in.
ENTER = f"""
INSERT INTO dry_run (customer_id, happened_at, at, state)
WITH told AS ({{occasion}}), people AS (
    SELECT COALESCE(c.merged_into_id, c.id) AS customer_id, t.happened_at
    FROM told AS t JOIN segments_customer AS c ON c.id = t.customer_id
), apart AS (
    SELECT p.*, happened_at - lag(happened_at) OVER (PARTITION BY customer_id ORDER BY happened_at) AS pause
    FROM people AS p WHERE {{admitted}}
)
SELECT customer_id, happened_at, happened_at + %(delay)s, CASE WHEN {IS_CONTROL} THEN 'control' ELSE 'live' END
FROM apart WHERE pause IS NULL OR %(pause)s::interval IS NULL OR pause > %(pause)s::interval
"""
HERE = "r.state = 'live' AND r.node = %(node)s AND r.at <= %(now)s"
NODES = "SELECT DISTINCT node FROM dry_run WHERE state = 'live' AND at <= %(now)s ORDER BY 1"
MOVE = f"""
WITH judged (id, verdict, at) AS (SELECT r.id, {{verdict}}, {{at}} FROM dry_run AS r {{joins}} WHERE {HERE}), moved AS (
    UPDATE dry_run AS r SET at = j.at, node = w.place,
        tried = CASE WHEN NOT %(orders)s THEN r.tried WHEN j.verdict = 'on' THEN ARRAY[]::int[] ELSE r.tried || w.place END,
        state = CASE WHEN w.place <> {END} THEN 'live'
        WHEN j.verdict = ANY(%(goals)s) THEN 'goal' ELSE 'finished' END
    FROM judged AS j JOIN unnest(%(verdicts)s::text[], %(places)s::int[]) AS w (verdict, place) USING (verdict)
    WHERE r.id = j.id RETURNING j.verdict
)
SELECT verdict, count(*) FROM moved GROUP BY 1
"""
MEMBERS = f"""members AS (
    SELECT DISTINCT customer_id, true AS included, false AS excluded FROM dry_run AS r WHERE {HERE}
)"""
PLAN = f"""
INSERT INTO dry_run_plan (customer_id, content_id, left_out) {planning.AUDIENCE}
SELECT customer_id, content_id, left_out FROM planned
"""
PLANNED = "SELECT left_out, content_id, count(*) FROM dry_run_plan GROUP BY 1, 2"
WAIT = season.lasts("r.at")
STATES = "SELECT state, count(*) FROM dry_run GROUP BY 1"


@dataclass(slots=True)
class Step:
    """What a node would have seen. `left_out`: reasons of a node that sends; `verdicts`: where people went from it."""

    place: int
    came: int = 0
    written: int = 0
    roubles: Decimal = Decimal(0)
    left_out: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class DryRun:
    """`states`: how many ended how (`live`: they would still be inside). `since` in UTC."""

    since: dt.datetime
    states: dict[str, int]
    steps: list[Step]

    @property
    def entered(self) -> int:
        return sum(self.states.values())

    @property
    def written(self) -> int:
        return sum(step.written for step in self.steps)

    @property
    def roubles(self) -> Decimal:
        return sum((step.roubles for step in self.steps), Decimal(0))


@transaction.atomic
def over_the_last_month(version: ScenarioVersion) -> DryRun:
    """Takes up to `TOO_LONG`. Raises `BadFlow`, `RuleError`, ValueError with sentences; OperationalError past that time."""
    now, nodes = database_now(), flow.read(version.flow)
    campaigns = {
        step.key: step.campaign for step in ScenarioStep.objects.filter(version=version).select_related("campaign")
    }
    steps = [Step(node.place) for node in nodes]
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{TOO_LONG}'")
        cursor.execute(TABLES)
    _enter(version, now)
    for _round in range(ROUNDS):
        due = [place for (place,) in _rows(NODES, now=now)]
        for place in due:
            node = nodes[place]
            _Pass(version, node, steps[place], now).lead(campaigns)
        if not due:
            break
    states = dict(_rows(STATES))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE dry_run, dry_run_plan")
    return DryRun(now - MONTH, states, steps)


def _enter(version: ScenarioVersion, now: dt.datetime) -> None:
    occasion = occasions.find(version.entry)
    if occasion is None:
        raise ValueError(version.entry)
    since = now - MONTH
    told, admitted, parameters = question(version, occasion, Asked(since, now, activated_at=since))
    with connection.cursor() as cursor:
        cursor.execute(ENTER.format(occasion=told, admitted=admitted), parameters)
        cursor.execute("ANALYZE dry_run")


@dataclass(slots=True)
class _Pass:
    """Those who are due at a node, each at her own time."""

    version: ScenarioVersion
    node: Node
    step: Step
    now: dt.datetime

    def lead(self, campaigns: Mapping[str, Campaign]) -> None:
        """On to where they would be next; `campaigns` by the keys of nodes."""
        self._move(*self._did(self.version.goal, "r.happened_at", "r.at"), dict.fromkeys(self.version.goal, END))
        node, campaign = self.node, campaigns.get(self.node.key)
        self.step.came += sum(
            count for (count,) in _rows(f"SELECT count(*) FROM dry_run AS r WHERE {HERE}", **self._here())
        )
        if node.do == "send" and campaign is not None:
            self._send(campaign)
        elif node.do == "order":
            found = ordering.choice(self.version, node, campaigns, self.now, Who("r.customer_id", "r.tried"))
            self._move(found.verdict, found.parameters, node.ways, joins=found.joins)
        elif node.do == "call":
            self._call()
        elif node.do == "wait":
            self._move("'waited'", self._waits(), {"waited": node.following}, at=f"r.at + {WAIT}")
        elif node.do == "if" and node.rule is not None:
            holds, parameters = in_rule(dict(node.rule), "r.customer_id")
            self._choose(holds, parameters)
        elif node.do == "if":
            did, parameters = self._did(node.react, "r.happened_at", "r.at")
            self._choose(f"{did} IS NOT NULL", parameters)
        elif node.do == "split":
            verdict = split_sql(node, "r.customer_id")
            ways = {name: place for name, place in node.ways.items() if name != "on"}
            self._move(verdict, {"draw": f"{self.version.salt}:{node.key}"}, ways)
        else:
            self._move("'went'", {}, {"went": node.following})

    def _choose(self, holds: str, parameters: Mapping[str, Any]) -> None:
        ways = {"yes": self.node.following, "no": self.node.ways["no"]}
        self._move(f"CASE WHEN {holds} THEN 'yes' ELSE 'no' END", parameters, ways)

    def _call(self) -> None:
        """Nobody calls in time: whoever could be called waits for it."""
        scenario = self.version.scenario
        self._move(
            f"CASE WHEN {making.CALLABLE} THEN 'not_called' ELSE 'cannot_call' END",
            {"purpose": scenario.purpose, "brand": scenario.brand_id, **self._waits()},
            dict.fromkeys(("not_called", "cannot_call"), self.node.following),
            at=f"CASE WHEN {making.CALLABLE} THEN r.at + {WAIT} ELSE r.at END",
            joins=f"LEFT JOIN segments_customerfacts AS f USING (customer_id) CROSS JOIN {making.ASKED}",
        )

    def _send(self, campaign: Campaign) -> None:
        node = self.node
        statement, parameters = planning.statement(PLAN, campaign, Whom(MEMBERS, self._here()))
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE dry_run_plan")
            cursor.execute(statement, parameters)
        by_content: Counter[int] = Counter()
        for reason, content, people in _rows(PLANNED):
            if reason:
                self.step.left_out[reason] += people
            else:
                by_content[content] += people
        self.step.written += by_content.total()
        self.step.roubles += pricing.of_all(versions.every(campaign), by_content)
        did, parameters = self._did(node.react, "r.at", f"r.at + {WAIT}")
        held_out = ", ".join(f"'{reason}'" for reason in ("", *HELD_OUT))
        self._move(
            f"CASE WHEN p.left_out NOT IN ({held_out}) THEN 'skipped' WHEN {did} IS NOT NULL THEN 'reacted' ELSE 'silent' END",
            parameters | self._waits(), {"skipped": node.following, "silent": node.following, "reacted": node.ways["reacted"]},
            at=f"CASE WHEN p.left_out IN ({held_out}) THEN r.at + {WAIT} ELSE r.at END",
            joins="JOIN dry_run_plan AS p USING (customer_id)",
        )  # fmt: skip

    def _waits(self) -> dict[str, Any]:
        return season.of_node(self.version, self.node).parameters

    def _did(self, asked: Any, after: str, until: str) -> tuple[str, dict[str, Any]]:
        """What of it she did between two moments; nobody can have reacted to a message that was not sent."""
        names = [name for name in asked if name in goals.OF_HISTORY]
        return goals.reached_sql(names, person="r.customer_id", after=after, until=until), goals.parameters(names)

    def _move(self, verdict: str, parameters: Mapping[str, Any], ways: Mapping[str, int], *, at: str = "r.at",
              joins: str = "") -> None:  # fmt: skip
        asked = {"verdicts": list(ways), "places": list(ways.values()), "goals": self.version.goal, **self._here()}
        asked["orders"] = self.node.do == "order"
        moved = _rows(MOVE.format(verdict=verdict, at=at, joins=joins), **parameters, **asked)
        self.step.verdicts.update(dict(moved))

    def _here(self) -> dict[str, Any]:
        return {"node": self.node.place, "now": self.now}


def _rows(statement: str, **parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
