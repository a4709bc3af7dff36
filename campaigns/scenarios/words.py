"""Scenarios in words: nodes, verdicts, occasions, as a manager reads them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.dates import MONTHS
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from campaigns.models import Campaign, Content, Message, ScenarioVersion
from campaigns.scenarios import goals, occasions
from campaigns.scenarios.editing import segment_of
from segments.models import Interaction, Segment

PLACEHOLDER = re.compile(r'\{\{\s*([^|}]+?)\s*(?:\|\s*"([^"]*)")?\s*\}\}')

DOES: dict[str, str | Promise] = {
    "send": pgettext_lazy("step of a scenario", "Message"),
    "call": pgettext_lazy("step of a scenario", "Call by a salesperson"),
    "wait": pgettext_lazy("step of a scenario", "Pause"),
    "if": pgettext_lazy("step of a scenario", "Condition"),
    "split": pgettext_lazy("step of a scenario", "Split"),
    "order": pgettext_lazy("step of a scenario", "Order of channels"),
    "go": pgettext_lazy("step of a scenario", "Go to a step"),
    "end": pgettext_lazy("step of a scenario", "End"),
}
ORDERS: dict[str, str | Promise] = {
    "person": gettext_lazy("the channel that is best for the person first"),
    "list": gettext_lazy("as they stand in the list"),
}
VERDICTS: dict[str, str | Promise] = {
    "sent": gettext_lazy("message planned"),
    "sent_on": gettext_lazy("went on at once"),
    "silent": gettext_lazy("no reaction in time"),
    "reacted": gettext_lazy("reacted"),
    "not_delivered": gettext_lazy("the message did not reach the person"),
    "off": gettext_lazy("this step is switched off"),
    "barred": gettext_lazy("the law or the platform forbids such messages"),
    "was_called": gettext_lazy("a salesperson called"),
    "not_called": gettext_lazy("nobody called in time"),
    "cannot_call": gettext_lazy(
        "no phone that may be called, no dealer centre, or a call to this person waits already"
    ),
    "waited": gettext_lazy("the pause is over"),
    "yes": gettext_lazy("the condition holds"),
    "no": gettext_lazy("the condition does not hold"),
    "on": gettext_lazy("all these channels were tried"),
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
    if name.startswith("to"):
        return _("step %s was chosen") % name.removeprefix("to")
    return str(Message.LeftOut(name).label) if name in Message.LeftOut.values else name


def delay_of(minutes: int) -> str:
    """In hours or days where they are whole."""
    if minutes % 60 == 0:
        return time_of(minutes // 60)
    return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}


def time_of(hours: int) -> str:
    """In days where they are whole."""
    if hours and hours % 24 == 0:
        return ngettext("%(number)d day", "%(number)d days", hours // 24) % {"number": hours // 24}
    return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}


def season(told: Mapping[str, Any]) -> str:
    """Why a wait was not as long as its step says."""
    line = str(Interaction.Line(told["line"]).label) if told["line"] in Interaction.Line.values else ""
    whose = ", ".join(filter(None, (told["brand"], line))) or _("all brands and lines")
    return _("waited %(waited)s, the step says %(hours)s. Season: %(whose)s, %(month)s ×%(factor)s") % {
        "waited": time_of(told["waited"]), "hours": time_of(told["hours"]), "whose": whose,
        "month": MONTHS[told["month"]].lower(), "factor": number_format(told["percent"] / 100),
    }  # fmt: skip


def names_of_segments() -> dict[int, str]:
    """Of all: they are few, and a page asks once."""
    return dict(Segment.objects.values_list("pk", "name"))


def occasion(entry: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """What brings people in; a sentence that asks for it where it is not chosen. `names` are those of segments."""
    found = occasions.find(entry)
    try:
        told = found.words(entry, names) if found else _("Choose what brings people into the scenario.")
    except (KeyError, TypeError):  # a draft may be filled in by half
        told = str(found.label) if found else ""
    if rule := entry.get("rule"):
        told += f"; {condition({'rule': rule}, names)}"
    return told[:1].upper() + told[1:]


def condition(node: Mapping[str, Any], names: Mapping[int, str]) -> str:
    if did := node.get("did"):
        return " / ".join(str(goals.LABELS.get(name, name)) for name in did)
    segment = segment_of(node.get("rule"))
    if segment is None:
        return _("a condition of the library")
    return _("is in the segment “%s”") % names.get(segment, "—")


@dataclass(frozen=True, slots=True)
class Told:
    """What telling of a version needs, asked once: the campaigns of its steps and their subjects by the keys of nodes, and the
    names of segments."""

    flow: Sequence[Mapping[str, Any]]
    campaigns: Mapping[str, Campaign]
    subjects: Mapping[str, str]
    names: Mapping[int, str]

    @classmethod
    def of(cls, version: ScenarioVersion, names: Mapping[int, str] | None = None) -> "Told":
        steps = {step.key: step.campaign for step in version.steps.select_related("campaign")}
        main = Content.objects.filter(campaign__in=steps.values(), brand=None, variant="")
        texts = {text.campaign_id: text for text in main.order_by("campaign_id", "-version").distinct("campaign_id")}
        subjects = {key: _subject(texts.get(campaign.pk)) for key, campaign in steps.items()}
        return cls(version.flow, steps, subjects, names_of_segments() if names is None else names)

    def node(self, place: int) -> str:
        """What the node there does, shortly."""
        node = self.flow[place]
        if node["do"] == "send":
            campaign = self.campaigns.get(node["key"])
            if campaign is None:
                return _("no message yet")
            return f"{campaign.get_channel_display()}: {self.subjects[node['key']]}"
        if node["do"] == "call":
            return str(node.get("reason", "")) or _("it is not said why to call")
        if node["do"] == "wait":
            return time_of(node.get("hours", 0))
        if node["do"] == "if":
            return condition(node, self.names)
        if node["do"] == "order":
            return str(ORDERS.get(node.get("by", ""), ""))
        if node["do"] == "split":
            return " / ".join(f"{part['percent']} %" for part in node.get("parts", []))
        return ""

    def why(self, told: Any) -> list[str]:
        """What a move keeps of its reason: how channels stood, or a season."""
        return [season(told)] if isinstance(told, Mapping) else self.choice(told or ())

    def choice(self, told: Sequence[Mapping[str, Any]]) -> list[str]:
        """Why a channel was chosen: what was expected of each, the chosen one first."""
        return [
            _("%(number)d. %(channel)s: %(roubles)s ₽ expected, %(share)s %% react, price %(price)s ₽; of %(contacts)d messages %(reactions)d with a reaction")
            % {
                "number": way["place"] + 1, "channel": self._channel(way["place"]), "roubles": _money(way["roubles"]),
                "share": _money(100 * way["share"]), "price": _money(way["price"]), "contacts": way["contacts"],
                "reactions": way["reactions"],
            } + (_(" (quiet hours)") if way["quiet"] else "")
            for way in told
        ]  # fmt: skip

    def _channel(self, place: int) -> str:
        campaign = self.campaigns.get(self.flow[place]["key"])
        return str(campaign.get_channel_display()) if campaign else "—"


def _money(number: float) -> str:
    return number_format(round(number, 2), decimal_pos=2)


def without_places(text: str) -> str:
    """A text with the defaults of its placeholders, or their names."""
    return PLACEHOLDER.sub(lambda found: found[2] if found[2] is not None else f"[{found[1]}]", text)


def _subject(content: Content | None) -> str:
    """The subject of a message, or how its words begin."""
    if content is None:
        return _("no text yet")
    words = without_places(" ".join(content.body.split()))  # before it is cut: half a placeholder would stay as it is
    return without_places(content.subject) or words[:90]


def goals_of(names: Sequence[str]) -> str:
    return ", ".join(str(goals.LABELS.get(name, name)) for name in names) or "—"
