"""What the editor of a draft posts: settings of the version, and its nodes in their order, with one act at a time."""

from collections.abc import Mapping
from typing import Any, Protocol

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.models import Campaign, Scenario, ScenarioVersion
from campaigns.refusals import Refused
from campaigns.scenarios import drafting, goals, occasions, reminding
from campaigns.scenarios.flow import DOES
from channels.models import Account
from segments.models import Brand, Interaction, Segment
from segments.models.people import Purpose

MOST_PARTS = 3
MOST_SCRIPT = 4000  # characters
MOST_CONTROL = 50  # per cent of those who come to a step
NUMBERS = ("valid_days", "repeat_days", "control_percent")  # settings of a version
UNITS = {1: pgettext_lazy("unit of time", "minutes"), 60: gettext_lazy("hours"), 60 * 24: gettext_lazy("days")}


class Posted(Protocol):
    """As `request.POST`."""

    def get(self, name: str, default: Any = ...) -> Any: ...
    def getlist(self, name: str) -> list[str]: ...


@transaction.atomic
def apply(version: ScenarioVersion, posted: Posted) -> None:
    """Keep what was typed, then do what was asked: `act` is "add:send:<account>", "add:<do>", "up:<place>", "down:<place>"
    or "drop:<place>". What is not yet right is kept: `readying.obstacles` names it. Raises `Refused`."""
    state = ScenarioVersion.objects.select_for_update().values_list("state", flat=True).get(pk=version.pk)
    if state != ScenarioVersion.State.DRAFT:
        raise Refused(_("This version is no longer a draft: reload the page."))
    _keep_scenario(version, posted)
    version.entry = _entry(posted, version.entry)
    version.goal = [name for name in posted.getlist("goal") if name in goals.LABELS]
    for name in NUMBERS:
        least, most = bounds(name)
        setattr(version, name, max(least, _whole(posted.get(name, ""), getattr(version, name), most)))
    version.delay_minutes = _delay(posted, version.delay_minutes)
    _keep_controls(version, posted)
    version.flow = [_node(place, node, posted) for place, node in enumerate(version.flow)]
    _act(version, str(posted.get("act", "")))
    version.save()


def in_minutes(minutes: int) -> int:
    """The largest of `UNITS` in which it is whole."""
    return max(unit for unit in UNITS if minutes % unit == 0) if minutes else 60


def _delay(posted: Posted, before: int) -> int:
    unit = _whole(posted.get("delay_unit", ""), 60)
    amount = _whole(posted.get("delay", ""), before // unit if unit in UNITS else 0)
    return min(amount * (unit if unit in UNITS else 60), bounds("delay_minutes")[1])


def bounds(name: str) -> tuple[int, int]:
    """The least and the most of a setting, as its model has them."""
    validators = ScenarioVersion._meta.get_field(name).validators
    least = [each.limit_value for each in validators if isinstance(each, MinValueValidator)]
    return max(least), min(each.limit_value for each in validators if isinstance(each, MaxValueValidator))


def _keep_scenario(version: ScenarioVersion, posted: Posted) -> None:
    """The name and the line of its seasons; and purpose and brand, which its steps have too: consents are checked for them.
    They stay as they are once people have entered by them."""
    scenario = version.scenario
    scenario.name = str(posted.get("name", "")).strip()[:120] or scenario.name
    scenario.line = posted.get("season", scenario.line)
    if scenario.line not in Interaction.Line.values:
        scenario.line = ""
    if scenario.state == Scenario.State.DRAFT and posted.get("purpose") in Purpose.values:
        scenario.purpose = posted.get("purpose")
        scenario.brand = Brand.objects.filter(pk=_whole(posted.get("brand", ""), 0)).first()
        drafts = Campaign.objects.filter(scenario_step__version=version)
        drafts.update(purpose=scenario.purpose, brand=scenario.brand)
    scenario.save(update_fields=["name", "line", "purpose", "brand"])


def _keep_controls(version: ScenarioVersion, posted: Posted) -> None:
    """How many are left without the message of a step, so that it can be told what it adds."""
    campaigns = {step.key: step.campaign for step in version.steps.select_related("campaign")}
    for place, node in enumerate(version.flow):
        told, campaign = posted.get(f"n{place}-control"), campaigns.get(node["key"])
        if campaign and told is not None and posted.get(f"n{place}-key") == node["key"]:
            percent = _whole(told, campaign.control_percent, MOST_CONTROL)
            Campaign.objects.filter(pk=campaign.pk).update(control_percent=percent)


def _entry(posted: Posted, old: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the chosen occasion, right or not."""
    name = posted.get("occasion", "")
    entry: dict[str, Any] = {"occasion": name}
    if name == "did":
        entry |= {"did": posted.get("did", ""), "lines": posted.getlist("lines")}
    elif name == "date":
        days = _whole(posted.get("offset", ""), 0, occasions.MOST_OFFSET)
        ages = [int(age) for age in str(posted.get("ages", "")).replace(",", " ").split() if age.isdecimal()]
        entry |= {
            "date": posted.get("date", ""),
            "offset": -days if posted.get("side") == "before" else days,
            "ages": ages,
        }
    elif name in ("segment", "left"):
        entry |= {"segment": _whole(posted.get("segment", ""), 0)}
    elif name == "start":
        entry |= {each: _numbers(posted.getlist(each)) for each in ("segments_in", "segments_out")}
    elif name == "subscribed":
        entry |= {"channels": posted.getlist("agreed_to")}
    elif found := occasions.find({"occasion": name}):
        entry |= {key: value for key, value in old.items() if old.get("occasion") == name and key != "rule"}
        typed = {each.name: _whole(posted.get(f"{name}-{each.name}", ""), each.usual) for each in found.numbers}
        entry |= {each.name: each.of(typed) for each in found.numbers}
    if only := _whole(posted.get("only", ""), 0):
        entry["rule"] = in_segment(only)
    elif posted.get("only") == "rule" and "rule" in old:
        entry["rule"] = old["rule"]
    return entry


def in_segment(segment: int) -> dict[str, Any]:
    """The rule "is in this segment"."""
    return {"format": 1, "rule": {"field": "segment", "op": "any_of", "value": [segment]}}


def segment_of(rule: Mapping[str, Any] | None) -> int | None:
    """The segment of a rule that `in_segment` made; None for other rules."""
    leaf = (rule or {}).get("rule", {})
    return leaf["value"][0] if leaf.get("field") == "segment" and leaf == in_segment(leaf["value"][0])["rule"] else None


def _node(place: int, old: Mapping[str, Any], posted: Posted) -> dict[str, Any]:
    """A node with what was typed for it; one that the page did not have stays."""
    name = f"n{place}-"
    if posted.get(f"{name}key") != old["key"]:
        return dict(old)
    node, do = {"key": old["key"], "do": old["do"]}, old["do"]
    if do == "send":
        node |= _message(name, posted)
    elif do == "call":
        reason, script = (posted.get(f"{name}{field}", "").strip() for field in ("reason", "script"))
        node |= {
            "reason": reason[:160],
            "script": script[:MOST_SCRIPT],
            "wait_hours": max(_hours(posted, name), 1),
            "called": posted.get(f"{name}called", "end"),
        }
    elif do == "wait":
        node |= {"hours": max(_hours(posted, name), 1)}
    elif do == "if":
        node |= {"did": posted.getlist(f"{name}did"), "otherwise": posted.get(f"{name}otherwise", "end")}
        if segment := _whole(posted.get(f"{name}segment", ""), 0):
            node["rule"], node["did"] = in_segment(segment), []
        elif not node["did"] and "rule" in old:
            node["rule"] = old["rule"]
    elif do == "split":
        told = [(posted.get(f"{name}percent{n}", ""), posted.get(f"{name}to{n}", "")) for n in range(MOST_PARTS)]
        node |= {"parts": [{"percent": _whole(percent, 0), "to": to} for percent, to in told if percent]}
    elif do in ("order", "go"):
        field, otherwise = {"order": ("by", "person"), "go": ("to", "end")}[do]
        node |= {field: posted.get(f"{name}{field}", otherwise)}
    return node


def _message(name: str, posted: Posted) -> dict[str, Any]:
    """Of a node that sends."""
    told: dict[str, Any] = {
        "react": posted.getlist(f"{name}react"),
        "wait_hours": _hours(posted, name),
        "reacted": posted.get(f"{name}reacted", "end"),
    }
    if reminders := _whole(posted.get(f"{name}remind", ""), 0, reminding.MOST):
        told |= {"remind": reminders, "reminder": posted.get(f"{name}reminder", "").strip()}
    return told


def _hours(posted: Posted, name: str) -> int:
    return _whole(posted.get(f"{name}hours", ""), 0) * (24 if posted.get(f"{name}unit") == "days" else 1)


def _act(version: ScenarioVersion, act: str) -> None:
    verb, _colon, what = act.partition(":")
    flow = version.flow
    if verb == "add":
        do, _colon, account = what.partition(":")
        _add(version, do, account)
    elif verb in ("up", "down", "drop") and what.isdecimal() and int(what) < len(flow):
        place = int(what)
        node = flow.pop(place)
        if verb == "drop":
            drafting.drop_step(version, node["key"])
        else:
            flow.insert(max(place - 1, 0) if verb == "up" else place + 1, node)


def _add(version: ScenarioVersion, do: str, account: str) -> None:
    if do not in DOES:
        return
    key = drafting.free_key(version.flow, do)
    node: dict[str, Any] = {"key": key, "do": do}
    if do == "send":
        found = Account.objects.filter(pk=int(account) if account.isdecimal() else 0, is_active=True).first()
        if found is None:
            raise Refused(_("Choose the account that the step sends over."))
        drafting.add_step(version, key, found)
        node |= {"react": ["clicked"], "wait_hours": 72, "reacted": "end"}
    elif do == "split":
        node |= {"parts": [{"percent": 50, "to": ""}, {"percent": 50, "to": "end"}]}
    else:
        begun = {"reason": "", "script": "", "wait_hours": 24, "called": "end"}
        node |= {
            "call": begun,
            "wait": {"hours": 24},
            "if": {"did": ["clicked"], "otherwise": "end"},
            "order": {"by": "person"},
            "go": {"to": "end"},
        }.get(do, {})
    version.flow.append(node)


def _whole(told: Any, otherwise: int, most: int = 100_000) -> int:
    text = str(told).strip()
    return min(int(text), most) if text.isdecimal() and len(text) < 9 else otherwise


def _numbers(told: list[str]) -> list[int]:
    asked = [int(each) for each in told if each.isdecimal()]
    return list(Segment.objects.filter(pk__in=asked).values_list("pk", flat=True))
