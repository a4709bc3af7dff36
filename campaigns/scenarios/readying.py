"""What stands in the way of a version: each obstacle is a sentence that says what to do."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from campaigns import readiness, versions
from campaigns.models import Campaign, ScenarioVersion
from campaigns.scenarios import flow, goals, occasions, reminding
from campaigns.scenarios.flow import BadFlow, Node
from segments.rules.tree import RuleError, checked


def obstacles(version: ScenarioVersion) -> list[str]:
    """All that is wrong with who enters, the way and the texts."""
    found = list(_of_entry(version))
    try:
        nodes = flow.read(version.flow)
    except BadFlow as bad:
        return found + bad.faults
    return found + list(_of_goal(version, nodes)) + list(_of_steps(version, nodes))


def _of_entry(version: ScenarioVersion) -> Iterator[str]:
    try:
        occasions.checked(version.entry)
        if rule := version.entry.get("rule"):
            checked(rule)
    except (ValueError, RuleError) as error:
        yield str(error)


def _of_goal(version: ScenarioVersion, nodes: Sequence[Node]) -> Iterator[str]:
    if not any(node.do in ("send", "call") for node in nodes):
        yield _("The scenario writes to nobody and has nobody called: add a step with a message or a call.")
    if unknown := set(version.goal) - set(goals.LABELS):
        yield _("There is no such goal: %(names)s.") % {"names": ", ".join(sorted(unknown))}


def _of_steps(version: ScenarioVersion, nodes: Sequence[Node]) -> Iterator[str]:
    campaigns = {
        step.key: step.campaign for step in version.steps.select_related("campaign__account", "campaign__brand")
    }
    for node in nodes:
        if node.do == "call" and not version.flow[node.place].get("reason"):
            sentence = _("it does not say why to call.")
            yield _("Step %(number)d: %(sentence)s") % {"number": node.place + 1, "sentence": sentence}
        if node.do != "send":
            continue
        campaign = campaigns.get(node.key)
        told = [_("it has no message yet: write it.")] if campaign is None else readiness.obstacles(campaign)
        if campaign and not told and _needs_links(node) and not _has_links(campaign):
            told = [_("a link that is to be followed is missing in its text.")]
        if campaign:
            told = [*told, *reminding.faults(version.flow[node.place], campaign.channel)]
        for sentence in told:
            yield _("Step %(number)d: %(sentence)s") % {"number": node.place + 1, "sentence": sentence}


def _needs_links(node: Node) -> bool:
    return "clicked" in node.react and len(node.react) == 1


def _has_links(campaign: Campaign) -> bool:
    return any(content.links.exists() for content in versions.every(campaign))
