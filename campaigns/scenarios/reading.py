"""What has become of people in a scenario: counts for its page, and the way of one person, with the reason of each turn."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from campaigns.models import Enrolment, EnrolmentMove, Scenario, ScenarioVersion
from campaigns.scenarios import words
from segments.models import Customer

INSIDE = "SELECT node, count(*) FROM campaigns_enrolment WHERE version_id = %s AND state = 'live' GROUP BY 1"
STATES = "SELECT state, count(*) FROM campaigns_enrolment WHERE version_id = ANY(%s) GROUP BY 1"
OF_SCENARIOS = """
SELECT v.scenario_id, e.state, count(*) FROM campaigns_scenarioversion AS v
JOIN campaigns_enrolment AS e ON e.version_id = v.id WHERE v.scenario_id = ANY(%s) GROUP BY 1, 2
"""
MOVES = "SELECT node, verdict, count(*) FROM campaigns_enrolmentmove WHERE version_id = %s GROUP BY 1, 2"
SHOWN = 20  # enrolments of one person


class Turn(NamedTuple):
    """One thing that happened to a person at a node."""

    step: str
    verdict: str
    happened_at: Any
    why: Sequence[str] = ()


class Way(NamedTuple):
    enrolment: Enrolment
    version: ScenarioVersion
    turns: list[Turn]
    now_at: str


def inside(version: ScenarioVersion) -> dict[int, int]:
    """{place: people there now}"""
    return dict(_rows(INSIDE, [version.pk]))


def states(versions: list[int]) -> dict[str, int]:
    """{state of an enrolment: how many}"""
    return dict(_rows(STATES, [versions]))


def of_scenarios(scenarios: list[int]) -> dict[tuple[int, str], int]:
    """{(scenario, state of an enrolment): how many}"""
    return {(scenario, state): people for scenario, state, people in _rows(OF_SCENARIOS, [scenarios])}


def moves(version: ScenarioVersion) -> dict[int, dict[str, int]]:
    """{place: {verdict: times}}"""
    found: dict[int, dict[str, int]] = {}
    for node, verdict, times in _rows(MOVES, [version.pk]):
        found.setdefault(node, {})[verdict] = times
    return found


def ways_of(customer: Customer, scenario: Scenario) -> list[Way]:
    """Her latest enrolments in a scenario with all that happened in each, newest first; of those merged into her too."""
    same = [customer.pk, *Customer.objects.filter(merged_into=customer).values_list("pk", flat=True)]
    enrolments = Enrolment.objects.filter(customer__in=same, scenario=scenario).order_by("-pk")
    found = list(enrolments[:SHOWN])
    entered = {enrolment.version_id for enrolment in found}
    versions = {version.pk: version for version in ScenarioVersion.objects.filter(pk__in=entered)}
    names = words.names_of_segments()
    told = {pk: words.Told.of(version, names) for pk, version in versions.items()}
    moved: dict[int, list[EnrolmentMove]] = {}
    for move in EnrolmentMove.objects.filter(enrolment__in=[each.pk for each in found]).order_by("pk"):
        moved.setdefault(move.enrolment_id, []).append(move)
    return [_way(each, versions[each.version_id], told[each.version_id], moved.get(each.pk, [])) for each in found]


def _way(enrolment: Enrolment, version: ScenarioVersion, told: words.Told, moved: list[EnrolmentMove]) -> Way:
    def named(place: int) -> str:
        return f"{place + 1}. {words.DOES[version.flow[place]['do']]} · {told.node(place)}".removesuffix(" · ")

    turns = [
        Turn(named(move.node), words.verdict(move.verdict), move.happened_at, told.why(move.told)) for move in moved
    ]
    return Way(enrolment, version, turns, named(enrolment.node) if enrolment.state == Enrolment.State.LIVE else "")


def _rows(statement: str, parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
