"""The wrong-name guard before a version is switched on: each of its messages is made for people whom the scenario could reach.

Nobody has come yet, so those are asked who had the occasion in the last month; where hardly anybody had it, all the base that the
entry's rule lets in. Of them a sample is taken, of every brand, centre and sex as many as their share is, and one at least. It is
drawn by a hash: the same people are looked at when somebody has vouched for what they showed, and approves again.
"""

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns import guard, planning, versions
from campaigns.cutting import SEND_FOR
from campaigns.experiments import draw_sql
from campaigns.guard.judging import LEAST_PEOPLE
from campaigns.literals import bigints
from campaigns.models import Campaign, Inspection, ScenarioVersion
from campaigns.refusals import Refused
from campaigns.scenarios import occasions
from campaigns.scenarios.advancing import database_now
from campaigns.scenarios.dry_run import MONTH
from campaigns.scenarios.entering import in_rule, question
from campaigns.scenarios.occasions import Asked
from campaigns.whom import Whom

SAMPLE = 4000  # people; about half of a base has an address and a consent for a channel

HAD_IT = """
SELECT DISTINCT COALESCE(c.merged_into_id, c.id) AS customer_id
FROM ({occasion}) AS t JOIN segments_customer AS c ON c.id = t.customer_id
"""
LET_IN = "SELECT p.customer_id FROM ({people}) AS p WHERE {admitted}"
EVERYBODY = "SELECT id AS customer_id FROM segments_customer WHERE merged_into_id IS NULL"
DRAWN = f"""
SELECT customer_id FROM (
    SELECT p.customer_id, row_number() OVER stratum AS place, count(*) OVER whole AS people, count(*) OVER () AS everybody
    FROM ({{people}}) AS p JOIN segments_customer AS c ON c.id = p.customer_id
    LEFT JOIN segments_customerfacts AS f ON f.customer_id = p.customer_id
    WINDOW whole AS (PARTITION BY f.last_brand_id, f.home_centre_id, c.sex),
           stratum AS (whole ORDER BY {draw_sql("%(draw)s", "p.customer_id")}, p.customer_id)
) AS drawn
WHERE place <= GREATEST(1, ceil(people * %(sample)s::float8 / everybody))
"""
MEMBERS = "members AS (SELECT customer_id, true AS included, false AS excluded FROM unnest(%(people)s::bigint[]) AS t (customer_id))"


def require(version: ScenarioVersion) -> None:
    """Look at every message of the version, and keep what was seen. Raises `Refused` with what looks wrong and nobody has vouched
    for, step by step."""
    places = {node["key"]: place for place, node in enumerate(version.flow)}
    people, wrong = sample(version), []
    for step in version.steps.select_related("campaign__account", "campaign__brand").order_by("pk"):
        seen = _look(step.campaign, people)
        seen.save()
        if not guard.is_passed(seen):
            told = " ".join(guard.told(guard.findings(seen), guard.IN_SENTENCE))
            wrong.append(_("Step %(number)d: %(sentence)s") % {"number": places[step.key] + 1, "sentence": told})
    if wrong:
        advice = _(
            "Return the scenario to its author to mend the text, mend the cards, or confirm on the page of the step's message that the values are right."
        )
        stopped = _("The check of names and values stopped the scenario.")
        raise Refused(" ".join([stopped, *wrong, advice]))


def look(campaign: Campaign) -> Inspection:
    """At one step, before anybody decides about its version; what was seen is kept."""
    seen = _look(campaign, sample(campaign.scenario_step.version))
    seen.save()
    return seen


def doubts(version: ScenarioVersion) -> list[tuple[Campaign, list[str]]]:
    """What the last looks at the steps of a version saw and nobody has vouched for yet: it would not be switched on."""
    looks = ((step.campaign, guard.last_look(step.campaign)) for step in version.steps.select_related("campaign"))
    return [
        (campaign, guard.told(guard.findings(seen))) for campaign, seen in looks if seen and not guard.is_passed(seen)
    ]


def sample(version: ScenarioVersion) -> list[int]:
    """People whom the version could reach, about `SAMPLE` of them: fewer than a draw more where there are many small strata."""
    now = database_now()
    had_it = _had_it(version, now)
    people = _drawn(version, *had_it) if had_it else []
    if len(people) >= LEAST_PEOPLE:
        return people
    return _drawn(version, *_let_in(version, EVERYBODY))


def _look(campaign: Campaign, people: list[int]) -> Inspection:
    """Plan the messages of these people as the step would, make each of them, and undo it."""
    now = database_now()
    with transaction.atomic():
        run = planning.new_run(campaign, content=versions.current(campaign), now=now, send_until=now + SEND_FOR)
        statement, parameters = planning.statement(
            planning.FREEZE, campaign, Whom(MEMBERS, {"people": bigints(people)})
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters | {"run": run.pk})
        inspection = guard.inspect(run, everything=True)
        transaction.set_rollback(True)
    return inspection


def _had_it(version: ScenarioVersion, now: dt.datetime) -> tuple[str, dict] | None:
    """Who had the occasion in the last month, and is let in."""
    occasion = occasions.find(version.entry)
    if occasion is None:
        return None
    since = now - MONTH
    told, _admitted, parameters = question(version, occasion, Asked(since, now, activated_at=since))
    sql, of_rule = _let_in(version, HAD_IT.format(occasion=told))
    return sql, parameters | of_rule


def _let_in(version: ScenarioVersion, people: str) -> tuple[str, dict]:
    rule = version.entry.get("rule")
    admitted, parameters = in_rule(rule, "p.customer_id") if rule else ("true", {})
    return LET_IN.format(people=people, admitted=admitted), parameters


def _drawn(version: ScenarioVersion, people: str, parameters: dict) -> list[int]:
    asked = parameters | {"draw": f"look:{version.salt}", "sample": SAMPLE}
    with connection.cursor() as cursor:
        cursor.execute(DRAWN.format(people=people), asked)
        return [row[0] for row in cursor.fetchall()]
