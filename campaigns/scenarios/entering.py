"""Whoever has an occasion enters: once for it, in one statement a scenario."""

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from campaigns.experiments import draw_sql
from campaigns.models import Scenario, ScenarioVersion
from campaigns.scenarios import diary, occasions
from campaigns.scenarios.occasions import Asked, Occasion
from segments.rules.compile import matching
from segments.rules.tree import RuleError

EVERY = dt.timedelta(hours=1)  # occasions that go over the base are asked so often

IS_CONTROL = f"({draw_sql('%(global_salt)s', 'customer_id')} < %(global_share)s OR {draw_sql('%(salt)s', 'customer_id')} < %(share)s)"
# A person of several occasions at once enters for the latest, unless each brings her in. Control groups enter too and stay
# where they are: what they do meanwhile is what would have happened anyway.
ENTER = f"""
WITH told AS ({{occasion}}), people AS (
    SELECT COALESCE(c.merged_into_id, c.id) AS customer_id, t.occasion, t.happened_at,
           CASE WHEN %(pause)s::interval IS NULL THEN t.occasion END AS apart
    FROM told AS t JOIN segments_customer AS c ON c.id = t.customer_id
), chosen AS (
    SELECT DISTINCT ON (customer_id, apart) * FROM people AS p
    WHERE {{admitted}} AND NOT EXISTS (
        SELECT FROM campaigns_enrolment AS e WHERE e.scenario_id = %(scenario)s AND e.customer_id = p.customer_id
          AND (e.occasion = p.occasion OR e.happened_at > p.happened_at - %(pause)s::interval)
    ) ORDER BY customer_id, apart, happened_at DESC, occasion
), entering AS (
    SELECT *, {IS_CONTROL} AS is_control FROM chosen
)
INSERT INTO campaigns_enrolment
    (scenario_id, version_id, customer_id, occasion, happened_at, entered_at, state, node, due_at, why)
SELECT %(scenario)s, %(version)s, customer_id, occasion, happened_at, %(entered_at)s,
       CASE WHEN is_control THEN 'control' ELSE 'live' END, 0,
       CASE WHEN NOT is_control THEN GREATEST(happened_at + %(delay)s, %(entered_at)s) END, ''
FROM entering ORDER BY customer_id
ON CONFLICT (scenario_id, customer_id, occasion) DO NOTHING
"""
LOCK = "SELECT looked_at FROM campaigns_scenario WHERE id = %s AND state = 'active' FOR NO KEY UPDATE SKIP LOCKED"


def enter_due(now: dt.datetime) -> int:
    """Let in whoever has an occasion for a scenario that works. Returns how many entered, control groups among them."""
    entered = 0
    for scenario in Scenario.objects.filter(state=Scenario.State.ACTIVE).order_by("pk"):
        try:
            entered += enter(scenario, now)
        except (RuleError, ValueError) as error:  # a segment or a brand that it asks for is gone: the others go on
            diary.tell_once(scenario.pk, str(error))
    return entered


@transaction.atomic
def enter(scenario: Scenario, now: dt.datetime) -> int:
    """Of one scenario, if it is time. Of two that try at once the second leaves it to the first."""
    version = scenario.versions.filter(state=ScenarioVersion.State.ACTIVE).first()
    occasion = occasions.find(version.entry) if version else None
    if version is None or occasion is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [scenario.pk])
        locked = cursor.fetchone()
        if locked is None or not _is_time(version, occasion, locked[0], now):
            return 0
        statement, parameters = _statement(version, occasion, now)
        cursor.execute(statement, parameters)
        entered = cursor.rowcount
    Scenario.objects.filter(pk=scenario.pk).update(looked_at=now)
    return entered


def _is_time(version: ScenarioVersion, occasion: Occasion, looked_at: dt.datetime | None, now: dt.datetime) -> bool:
    if looked_at is None or looked_at < version.activated_at:
        return True
    return not occasion.is_once and (occasion.is_frequent or looked_at <= now - EVERY)


def _statement(version: ScenarioVersion, occasion: Occasion, now: dt.datetime) -> tuple[str, dict[str, Any]]:
    since = now - dt.timedelta(minutes=version.delay_minutes, days=version.valid_days)
    told, admitted, parameters = question(version, occasion, Asked(since, now, version.activated_at))
    parameters |= {"scenario": version.scenario_id, "version": version.pk, "entered_at": now}
    return ENTER.format(occasion=told, admitted=admitted), parameters


def question(version: ScenarioVersion, occasion: Occasion, asked: Asked) -> tuple[str, str, dict[str, Any]]:
    """Who has the occasion, as SQL: the occasion's statement, the condition on its people `p` who are let in, and the
    parameters of both, of the pause and of `IS_CONTROL`."""
    told, parameters = occasion.statement(version.entry, asked)
    admitted = "true"
    if rule := version.entry.get("rule"):
        admitted, of_rule = in_rule(rule, "p.customer_id")
        parameters = parameters | of_rule
    repeat = version.repeat_days and not occasion.is_once
    drawn = {
        "salt": version.salt,
        "share": version.control_percent / 100,
        "global_salt": settings.GLOBAL_CONTROL_SALT,
        "global_share": settings.GLOBAL_CONTROL_PERCENT / 100,
    }
    times = {
        "delay": dt.timedelta(minutes=version.delay_minutes),
        "pause": dt.timedelta(days=version.repeat_days) if repeat else None,
    }
    return told, admitted, parameters | drawn | times


def in_rule(rule: dict[str, Any], customer: str) -> tuple[str, dict[str, Any]]:
    """SQL for "the person of our column `customer` matches", with named parameters."""
    sql, values = matching(rule).values("pk").query.sql_with_params()
    numbers = iter(range(len(values)))
    named = re.sub(r"%(%|s)", lambda m: "%%" if m[1] == "%" else f"%(of_rule_{next(numbers)})s", sql)
    return f"{customer} IN ({named})", {f"of_rule_{number}": value for number, value in enumerate(values)}
