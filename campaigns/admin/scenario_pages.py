"""What the pages of a scenario show."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.utils import OperationalError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns import approval
from campaigns.admin.forms import writable
from campaigns.models import Scenario, ScenarioVersion
from campaigns.scenarios import (
    diagram,
    dry_run,
    editing,
    effect,
    flow,
    goals,
    occasions,
    reaction_curves,
    reading,
    readying,
    rehearsing,
    reminding,
    states,
    step_effects,
    words,
)
from campaigns.scenarios.flow import BadFlow
from campaigns.scenarios.reaction_curves import Curve
from segments.admin.customer_search import find
from segments.models import Brand, Customer, Interaction, Segment
from segments.models.people import Purpose
from segments.rules.tree import RuleError

WHERE_NOT_TOLD = {"reacted": "end", "called": "end", "otherwise": "end"}  # as `flow` reads it
DIARY = 50  # entries shown
FOUND = 5  # people whose ways are shown: whoever finds more names her better
VERBS = ("pause", "resume", "close", "open", "stop")
Of = ScenarioVersion.State


def address(scenario: Scenario) -> str:
    return reverse("admin:campaigns_scenario_change", args=[scenario.pk])


def of_scenario(scenario: Scenario, request: HttpRequest) -> dict[str, Any]:
    versions, shown, is_open = _versions(scenario)
    newest = versions[0]
    told, inside = words.Told.of(shown), reading.inside(shown)
    occasion = words.occasion(shown.entry, told.names)
    found = {
        "scenario": scenario, "version": shown, "occasion": occasion, "goal": words.goals_of(shown.goal),
        "people": reading.states([version.pk for version in versions]),
        "drawing": _drawing(shown, told, occasion, inside), "diary": scenario.events.select_related("author")[:DIARY],
        "obstacles": readying.obstacles(newest) if is_open else [], "doubts": rehearsing.doubts(newest) if newest.state == Of.IN_REVIEW else [],
        "may": _may(scenario, newest, request), "may_try": may_try(request), "delay": words.delay_of(shown.delay_minutes) if shown.delay_minutes else "",
        "seen": states.fingerprint(newest) if newest.state == Of.IN_REVIEW else "",
    }  # fmt: skip
    if newest.state == Of.DRAFT and request.user.has_perm("campaigns.change_scenario"):
        return found | _editor(newest, told)
    return found | {"steps": _steps(shown, told, inside)}


def _versions(scenario: Scenario) -> tuple[list[ScenarioVersion], ScenarioVersion, bool]:
    """All, newest first; the one that its page shows; whether that one is not decided about yet."""
    versions = list(scenario.versions.select_related("scenario"))
    newest = versions[0]
    if newest.state in (Of.DRAFT, Of.IN_REVIEW):
        return versions, newest, True
    return versions, next((version for version in versions if version.state == Of.ACTIVE), newest), False


def dry_run_of(scenario: Scenario) -> dict[str, Any]:
    """`run` and its `rows`, or `error`: why there is none."""
    shown = _versions(scenario)[1]
    try:
        run = dry_run.over_the_last_month(shown)
    except (BadFlow, RuleError, ValueError) as error:
        return {"error": str(error)}
    except OperationalError:
        return {"error": _("It took more than a minute and was given up. Narrow down who enters, and try again.")}
    told = words.Told.of(shown)
    rows = [
        {
            "step": step,
            "title": _title(shown, step.place),
            "words": told.node(step.place),
            "left_out": [(words.verdict(reason), people) for reason, people in step.left_out.most_common()],
            "verdicts": [
                (words.verdict(name), people) for name, people in step.verdicts.most_common() if name != "skipped"
            ],
        }
        for step in run.steps
    ]
    return {"run": run, "rows": rows}


def effect_of(scenario: Scenario) -> dict[str, Any]:
    shown = _versions(scenario)[1]
    told = words.Told.of(shown)
    steps = [
        {
            "effect": each,
            "title": _title(shown, each.place),
            "words": told.node(each.place),
            "is_call": shown.flow[each.place]["do"] == "call",
        }
        for each in step_effects.of(shown)
    ]
    return {"scenario": scenario, "effect": effect.of(shown), "steps": steps}


def _title(version: ScenarioVersion, place: int) -> str:
    return f"{place + 1}. {words.DOES[version.flow[place]['do']]}"


def of_person(scenario: Scenario, request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("q", "").strip()
    living = Customer.objects.filter(merged_into=None)
    customers = list(find(living, asked).customers[:FOUND]) if asked else []
    ways = [(customer, reading.ways_of(customer, scenario)) for customer in customers]
    return {"scenario": scenario, "asked": asked, "ways": ways}


def may_try(request: HttpRequest) -> bool:
    """Whoever writes or decides: it goes over the base."""
    return request.user.has_perm("campaigns.change_scenario") or request.user.has_perm(approval.APPROVE)


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


def _drawing(
    version: ScenarioVersion, told: words.Told, occasion: str, inside: dict[int, int]
) -> diagram.Drawing | None:
    """None while the way cannot be drawn: what is wrong with it is told beside."""
    try:
        return diagram.draw(flow.read(version.flow), told, entry=occasion, people=inside)
    except BadFlow:
        return None


def _steps(version: ScenarioVersion, told: words.Told, inside: dict[int, int]) -> list[dict[str, Any]]:
    """Each node in words, with what happened there, the most frequent first."""
    moved = reading.moves(version)
    return [
        {
            "number": place + 1,
            "do": words.DOES[node["do"]],
            "words": told.node(place),
            "inside": inside.get(place, 0),
            "verdicts": [(words.verdict(name), times) for name, times in Counter(moved.get(place, {})).most_common()],
            "campaign": told.campaigns.get(node["key"]),
        }
        for place, node in enumerate(version.flow)
    ]


def _editor(version: ScenarioVersion, told: words.Told) -> dict[str, Any]:
    entry, scenario, curves = version.entry, version.scenario, reaction_curves.every()
    offset, segment = entry.get("offset") or 0, editing.segment_of(entry.get("rule"))
    return {
        "editor": True,
        "occasions": [(each.name, each.label) for each in occasions.every()],
        "dids": [(name, label) for name, (_kind, label) in goals.OF_HISTORY.items()],
        "messengers": [(each.value, each.label) for each in occasions.MESSENGERS],
        "asked_numbers": [
            (each.name, number, number.of(entry) if entry.get("occasion") == each.name else number.usual)
            for each in occasions.every()
            for number in each.numbers
        ],
        "dates": [(name, label) for name, (_column, _round, label) in occasions.DATES.items()],
        "lines": Interaction.Line.choices,
        "goals": list(goals.LABELS.items()),
        "orders": list(words.ORDERS.items()),
        "purposes": Purpose.choices,
        "brands": [(brand.pk, brand.name) for brand in Brand.objects.order_by("name")],
        "brand": scenario.brand_id,
        "segments": list(Segment.objects.filter(is_archived=False).order_by("name").values_list("pk", "name")),
        "targets": [("", ""), ("end", ""), *((node["key"], place + 1) for place, node in enumerate(version.flow))],
        "accounts": writable(),
        "only": segment,
        "has_rule": bool(entry.get("rule")) and segment is None,
        "days": abs(offset),
        "is_before": offset < 0,
        "ages": ", ".join(map(str, entry.get("ages") or [])),
        "delay_amount": version.delay_minutes // editing.in_minutes(version.delay_minutes),
        "delay_unit": editing.in_minutes(version.delay_minutes),
        "units": [(minutes, label) for minutes, label in editing.UNITS.items()],
        "numbers": [_number(version, name) for name in editing.NUMBERS],
        "curves": [(curve, diagram.points(curve.shares), words.time_of(curve.advised)) for curve in curves.values()],
        "nodes": [_node(place, node, told, curves) for place, node in enumerate(version.flow)],
        "last": len(version.flow) - 1,
    }


def _number(version: ScenarioVersion, name: str) -> dict[str, Any]:
    """A setting in the words of its model, with its bounds."""
    field = version._meta.get_field(name)
    least, most = editing.bounds(name)
    return {
        "name": name, "label": field.verbose_name, "help": field.help_text, "value": getattr(version, name),
        "least": least, "most": most,
    }  # fmt: skip


def _node(place: int, node: dict[str, Any], told: words.Told, curves: Mapping[str, Curve]) -> dict[str, Any]:
    """A node as the editor's inputs want it: `name` begins the names of its inputs."""
    hours = node.get("hours", node.get("wait_hours", 0))
    in_days = bool(hours) and hours % 24 == 0
    campaign = told.campaigns.get(node["key"])
    curve = curves.get(campaign.channel) if campaign else None
    missing = editing.MOST_PARTS - len(node.get("parts", []))
    return WHERE_NOT_TOLD | node | {
        "place": place, "name": f"n{place}", "title": words.DOES[node["do"]],
        "amount": hours // 24 if in_days else hours, "in_days": in_days,
        "segment": editing.segment_of(node.get("rule")),
        "parts": list(enumerate([*node.get("parts", []), *[{"percent": "", "to": ""}] * missing])),
        "campaign": campaign, "control": campaign.control_percent if campaign else 0, "subject": told.subjects.get(node["key"], ""),
        "may_remind": campaign is not None and campaign.channel in reminding.MESSENGERS, "most_reminders": reminding.MOST,
        "curve": curve, "advised": words.time_of(curve.advised) if curve else "",
    }  # fmt: skip
