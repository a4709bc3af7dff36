"""Scenarios in words: nodes, verdicts, occasions, as a manager reads them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from campaigns.models import Message
from campaigns.scenarios import goals, occasions
from campaigns.scenarios.editing import segment_of
from segments.models import Segment

PLACEHOLDER = re.compile(r'\{\{\s*([^|}]+?)\s*(?:\|\s*"([^"]*)")?\s*\}\}')

DOES: dict[str, str | Promise] = {
    "send": pgettext_lazy("step of a scenario", "Message"),
    "wait": pgettext_lazy("step of a scenario", "Pause"),
    "if": pgettext_lazy("step of a scenario", "Condition"),
    "split": pgettext_lazy("step of a scenario", "Split"),
    "go": pgettext_lazy("step of a scenario", "Go to a step"),
    "end": pgettext_lazy("step of a scenario", "End"),
}
VERDICTS: dict[str, str | Promise] = {
    "sent": gettext_lazy("message planned"),
    "sent_on": gettext_lazy("went on at once"),
    "silent": gettext_lazy("no reaction in time"),
    "reacted": gettext_lazy("reacted"),
    "not_delivered": gettext_lazy("the message did not reach the person"),
    "off": gettext_lazy("this step is switched off"),
    "barred": gettext_lazy("the law or the platform forbids such messages"),
    "waited": gettext_lazy("the pause is over"),
    "yes": gettext_lazy("the condition holds"),
    "no": gettext_lazy("the condition does not hold"),
    "went": gettext_lazy("went to another step"),
    "end": gettext_lazy("went to the end"),
    "stopped": gettext_lazy("taken out with the scenario"),
    "gone": gettext_lazy("the customer is gone from the base"),
}


def verdict(name: str) -> str:
    if name in VERDICTS:
        return str(VERDICTS[name])
    if name in goals.LABELS:
        return _("goal: %s") % goals.LABELS[name]
    if name.startswith("part"):
        return _("part %s of the split") % name.removeprefix("part")
    return str(Message.LeftOut(name).label) if name in Message.LeftOut.values else name


def time_of(hours: int) -> str:
    """In days where they are whole."""
    if hours and hours % 24 == 0:
        return ngettext("%(number)d day", "%(number)d days", hours // 24) % {"number": hours // 24}
    return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}


def occasion(entry: Mapping[str, Any]) -> str:
    """What brings people in; a sentence that asks for it where it is not chosen."""
    try:
        found = occasions.find(occasions.checked(entry))
    except (ValueError, TypeError) as error:
        return str(error)
    told = found.words(entry) if found else ""
    if rule := entry.get("rule"):
        told += f"; {condition({'rule': rule})}"
    return told[:1].upper() + told[1:]


def condition(node: Mapping[str, Any]) -> str:
    if did := node.get("did"):
        return " / ".join(str(goals.LABELS.get(name, name)) for name in did)
    segment = segment_of(node.get("rule"))
    if segment is None:
        return _("a condition of the library")
    name = Segment.objects.filter(pk=segment).values_list("name", flat=True).first()
    return _("is in the segment “%s”") % (name or "—")


def of_node(node: Mapping[str, Any], campaigns: Mapping[str, Any]) -> str:
    """What it does, shortly. `campaigns` are those of sending nodes by their keys."""
    do = node["do"]
    if do == "send":
        campaign = campaigns.get(node["key"])
        channel = campaign.get_channel_display() if campaign else "—"
        return f"{channel}: {subject(campaign)}" if campaign else _("no message yet")
    if do == "wait":
        return time_of(node.get("hours", 0))
    if do == "if":
        return condition(node)
    if do == "split":
        return " / ".join(f"{part['percent']} %" for part in node.get("parts", []))
    return ""


def subject(campaign: Any) -> str:
    """The subject of a step's message, or how its words begin."""
    content = campaign.contents.filter(brand=None).order_by("-version").first()
    if content is None:
        return _("no text yet")
    text = content.subject or " ".join(content.body.split())[:90]
    return PLACEHOLDER.sub(lambda found: found[2] if found[2] is not None else f"[{found[1]}]", text)


def goals_of(names: Sequence[str]) -> str:
    return ", ".join(str(goals.LABELS.get(name, name)) for name in names) or "—"
