"""What the pages of a scenario show."""

from collections import Counter
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from campaigns import approval
from campaigns.admin.forms import writable
from campaigns.models import Enrolment, Scenario, ScenarioVersion
from campaigns.scenarios import diagram, editing, flow, goals, occasions, reading, readying, states, words
from campaigns.scenarios.flow import BadFlow
from segments.admin.customer_search import find
from segments.models import Customer, Interaction, Segment

COUNTS_HOLD = 30  # seconds
FOUND = 5  # people whose ways are shown: whoever finds more names her better
VERBS = ("pause", "resume", "close", "open", "stop")
Of = ScenarioVersion.State


def address(scenario: Scenario) -> str:
    return reverse("admin:campaigns_scenario_change", args=[scenario.pk])


def counts_of_list() -> dict[tuple[int, str], int]:
    """{(scenario, state of an enrolment): people}, as half a minute ago at most."""
    return cache.get_or_set("scenarios:people", _count_people, COUNTS_HOLD)


def _count_people() -> dict[tuple[int, str], int]:
    of_versions = dict(ScenarioVersion.objects.values_list("pk", "scenario"))
    people: Counter[tuple[int, str]] = Counter()
    for version, state, number in Enrolment.objects.values_list("version", "state").annotate(Count("pk")).order_by():
        people[of_versions[version], state] += number
    return dict(people)


def of_scenario(scenario: Scenario, request: HttpRequest) -> dict[str, Any]:
    versions = list(scenario.versions.select_related("scenario"))
    newest = versions[0]
    working = next((version for version in versions if version.state == Of.ACTIVE), None)
    shown = newest if newest.state in (Of.DRAFT, Of.IN_REVIEW) else working or newest
    may_edit = newest.state == Of.DRAFT and request.user.has_perm("campaigns.change_scenario")
    found = {
        "scenario": scenario, "version": shown, "newest": newest, "working": working,
        "versions": versions, "occasion": words.occasion(shown.entry), "goal": words.goals_of(shown.goal),
        "people": reading.states([version.pk for version in versions]),
        "drawing": _drawing(shown), "steps": _steps(shown), "diary": scenario.events.select_related("author")[:50],
        "obstacles": readying.obstacles(newest) if newest.state in (Of.DRAFT, Of.IN_REVIEW) else [],
        "may": _may(scenario, newest, request), "delay": words.time_of(shown.delay_hours) if shown.delay_hours else "",
    }  # fmt: skip
    if newest.state == Of.IN_REVIEW:
        found["seen"] = states.fingerprint(newest)
    return found | (_editor(newest) if may_edit else {})


def of_person(scenario: Scenario, request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("q", "").strip()
    living = Customer.objects.filter(merged_into=None)
    customers = list(find(living, asked).customers[:FOUND]) if asked else []
    ways = [(customer, reading.ways_of(customer, scenario)) for customer in customers]
    return {"scenario": scenario, "asked": asked, "ways": ways}


def _may(scenario: Scenario, newest: ScenarioVersion, request: HttpRequest) -> dict[str, bool]:
    changes, runs = request.user.has_perm("campaigns.change_scenario"), request.user.has_perm("campaigns.run_campaign")
    decides = request.user.has_perm(approval.APPROVE) and request.user.pk != scenario.author_id
    return {
        "submit": changes and newest.state == Of.DRAFT,
        "withdraw": changes and newest.state == Of.IN_REVIEW,
        "decide": decides and newest.state == Of.IN_REVIEW,
        "draft": changes and newest.state == Of.ACTIVE and scenario.state != Scenario.State.STOPPED,
        **{verb: runs and states.may(scenario, verb) for verb in VERBS},
    }


def _drawing(version: ScenarioVersion) -> diagram.Drawing | None:
    """None while the way cannot be drawn: what is wrong with it is told beside."""
    try:
        nodes = flow.read(version.flow)
    except BadFlow:
        return None
    campaigns = {step.key: step.campaign for step in version.steps.select_related("campaign")}
    inside = reading.inside(version)
    return diagram.draw(nodes, version.flow, campaigns, entry=words.occasion(version.entry), people=inside)


def _steps(version: ScenarioVersion) -> list[dict[str, Any]]:
    """Each node in words, with what happened there."""
    campaigns = {step.key: step.campaign for step in version.steps.select_related("campaign")}
    moved, inside = reading.moves(version), reading.inside(version)
    return [
        {
            "number": place + 1,
            "do": words.DOES[node["do"]],
            "words": words.of_node(node, campaigns),
            "inside": inside.get(place, 0),
            "verdicts": [(words.verdict(name), times) for name, times in sorted(moved.get(place, {}).items(), key=lambda pair: -pair[1])],
            "campaign": campaigns.get(node["key"]),
            "node": node,
        }
        for place, node in enumerate(version.flow)
    ]  # fmt: skip


def _editor(version: ScenarioVersion) -> dict[str, Any]:
    segments = list(Segment.objects.filter(is_archived=False).order_by("name").values_list("pk", "name"))
    targets = [("", "next"), ("end", "end"), *((node["key"], place + 1) for place, node in enumerate(version.flow))]
    entry = version.entry
    return {
        "editor": True,
        "occasions": [(each.name, each.label) for each in occasions.every()],
        "dids": [(name, label) for name, (_kind, label) in goals.OF_HISTORY.items()],
        "dates": [(name, label) for name, (_column, _round, label) in occasions.DATES.items()],
        "lines": Interaction.Line.choices,
        "goals": list(goals.LABELS.items()),
        "segments": segments,
        "targets": targets,
        "accounts": writable(),
        "only": editing.segment_of(entry.get("rule")),
        "has_rule": bool(entry.get("rule")) and editing.segment_of(entry.get("rule")) is None,
        "days": abs(entry.get("offset") or 0),
        "is_before": (entry.get("offset") or 0) < 0,
        "ages": ", ".join(map(str, entry.get("ages") or [])),
        "nodes": [_node(place, node, version) for place, node in enumerate(version.flow)],
    }


def _node(place: int, node: dict[str, Any], version: ScenarioVersion) -> dict[str, Any]:
    hours = node.get("hours", node.get("wait_hours", 0))
    in_days = bool(hours) and hours % 24 == 0
    parts = [*node.get("parts", []), *({"percent": "", "to": ""} for _ in range(editing.MOST_PARTS))][
        : editing.MOST_PARTS
    ]
    step = (
        version.steps.filter(key=node["key"]).select_related("campaign__account").first()
        if node["do"] == "send"
        else None
    )
    return {
        "place": place, "prefix": str(place), "number": place + 1, "key": node["key"], "do": node["do"], "title": words.DOES[node["do"]],
        "amount": hours // 24 if in_days else hours, "in_days": in_days, "react": node.get("react", []),
        "reacted": node.get("reacted", "end"), "did": node.get("did", []), "otherwise": node.get("otherwise", "end"),
        "segment": editing.segment_of(node.get("rule")), "to": node.get("to", "end"), "parts": list(enumerate(parts)),
        "campaign": step and step.campaign, "subject": words.subject(step.campaign) if step else "",
        "is_first": place == 0, "is_last": place == len(version.flow) - 1,
    }  # fmt: skip
