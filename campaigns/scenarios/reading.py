"""What has become of people in a scenario: counts for its page, and the way of one person, with the reason of each turn."""

from typing import Any, NamedTuple

from django.db import connection

from campaigns.models import Enrolment, EnrolmentMove, Scenario, ScenarioVersion
from campaigns.scenarios import words
from segments.models import Customer

INSIDE = "SELECT node, count(*) FROM campaigns_enrolment WHERE version_id = %s AND state = 'live' GROUP BY 1"
STATES = "SELECT state, count(*) FROM campaigns_enrolment WHERE version_id = ANY(%s) GROUP BY 1"
MOVES = "SELECT node, verdict, count(*) FROM campaigns_enrolmentmove WHERE version_id = %s GROUP BY 1, 2"
SHOWN = 20  # enrolments of one person


class Turn(NamedTuple):
    """One thing that happened to a person at a node."""

    step: str
    verdict: str
    happened_at: Any
    message_id: int | None


class Way(NamedTuple):
    enrolment: Enrolment
    scenario: Scenario
    version: ScenarioVersion
    turns: list[Turn]
    now_at: str


def inside(version: ScenarioVersion) -> dict[int, int]:
    """{place: people there now}"""
    return dict(_rows(INSIDE, [version.pk]))


def states(versions: list[int]) -> dict[str, int]:
    """{state of an enrolment: how many}"""
    return dict(_rows(STATES, [versions]))


def moves(version: ScenarioVersion) -> dict[int, dict[str, int]]:
    """{place: {verdict: times}}"""
    found: dict[int, dict[str, int]] = {}
    for node, verdict, times in _rows(MOVES, [version.pk]):
        found.setdefault(node, {})[verdict] = times
    return found


def ways_of(customer: Customer, scenario: Scenario | None = None) -> list[Way]:
    """Her latest enrolments with all that happened in each, newest first; of those merged into her too."""
    same = [customer.pk, *Customer.objects.filter(merged_into=customer).values_list("pk", flat=True)]
    enrolments = Enrolment.objects.filter(customer__in=same).order_by("-pk")
    if scenario:
        enrolments = enrolments.filter(scenario=scenario)
    found = list(enrolments[:SHOWN])
    versions = {
        each.pk: each
        for each in ScenarioVersion.objects.filter(pk__in={each.version_id for each in found}).select_related(
            "scenario"
        )
    }
    moved: dict[int, list[EnrolmentMove]] = {}
    for move in EnrolmentMove.objects.filter(enrolment__in=[each.pk for each in found]).order_by("pk"):
        moved.setdefault(move.enrolment_id, []).append(move)
    return [
        _way(each, versions[each.version_id], moved.get(each.pk, [])) for each in found if each.version_id in versions
    ]


def _way(enrolment: Enrolment, version: ScenarioVersion, moved: list[EnrolmentMove]) -> Way:
    campaigns = {step.key: step.campaign for step in version.steps.select_related("campaign")}

    def named(place: int) -> str:
        if place >= len(version.flow):
            return "—"
        node = version.flow[place]
        return f"{place + 1}. {words.DOES[node['do']]} · {words.of_node(node, campaigns)}".removesuffix(" · ")

    turns = [Turn(named(move.node), words.verdict(move.verdict), move.happened_at, move.message_id) for move in moved]
    now_at = named(enrolment.node) if enrolment.state == Enrolment.State.LIVE else ""
    return Way(enrolment, version.scenario, version, turns, now_at)


def _rows(statement: str, parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
