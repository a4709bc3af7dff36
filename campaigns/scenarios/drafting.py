"""Making and editing a draft version: its settings, its nodes, and the campaigns of the nodes that send."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import cloning, writing
from campaigns.experiments import new_salt
from campaigns.models import Campaign, Scenario, ScenarioEvent, ScenarioStep, ScenarioVersion
from campaigns.refusals import Refused
from campaigns.scenarios.library import RECIPES, Recipe
from channels import legal
from channels.models import Account
from segments import ready_made

Of = ScenarioVersion.State
SETTINGS = ("entry", "flow", "goal", "delay_minutes", "valid_days", "repeat_days", "control_percent")


@transaction.atomic
def begin(author: Any, *, recipe: str = "") -> ScenarioVersion:
    """A new scenario: empty, or a copy of a recipe of the library with its texts. Steps over channels that have no account
    are left out. Raises `Refused`."""
    found = RECIPES.get(recipe)
    if recipe and found is None:
        raise Refused(_("There is no such scenario in the library: reload the page."))
    name = str(found.name) if found else _("New scenario")
    scenario = Scenario.objects.create(name=name, recipe=recipe, author=author)
    version = ScenarioVersion.objects.create(scenario=scenario, salt=new_salt())
    ScenarioEvent.objects.create(scenario=scenario, version=version, verb="draft", author=author)
    if found:
        _cook(version, found)
    return version


@transaction.atomic
def edit(scenario: Scenario, author: Any) -> ScenarioVersion:
    """The draft of the next version: a copy of the newest one, with its texts and variants; the draft there is already."""
    Scenario.objects.select_for_update(no_key=True).get(pk=scenario.pk)
    last = scenario.versions.all()[0]  # it began with one
    if last.state in (Of.DRAFT, Of.IN_REVIEW):
        return last
    kept = {field: getattr(last, field) for field in SETTINGS}
    version = ScenarioVersion.objects.create(scenario=scenario, number=last.number + 1, salt=last.salt, **kept)
    ScenarioEvent.objects.create(scenario=scenario, version=version, verb="draft", author=author)
    for step in last.steps.select_related("campaign"):
        draft = cloning.like(step.campaign, author, name=step.campaign.name)
        cloning.copy_texts(step.campaign, draft, author)
        ScenarioStep.objects.create(version=version, key=step.key, campaign=draft)
    return version


def add_step(version: ScenarioVersion, key: str, account: Account, **texts: Any) -> ScenarioStep:
    """The campaign of a node that sends, over this account; its texts are to be written, or given."""
    scenario = version.scenario
    number = version.steps.count() + 1
    campaign = Campaign.objects.create(
        kind=Campaign.Kind.TRIGGER,
        name=f"{scenario.name[:120]}: {_('step %d') % number}",
        purpose=scenario.purpose,
        brand=scenario.brand,
        channel=account.channel,
        account=account,
        control_percent=0,
        salt=secrets.token_hex(8),
        author=scenario.author,
    )
    if texts:
        writing.write(campaign, author=scenario.author, **texts)
    return ScenarioStep.objects.create(version=version, key=key, campaign=campaign)


def drop_step(version: ScenarioVersion, key: str) -> None:
    """Of a draft, of which nothing was sent."""
    for step in version.steps.filter(key=key, campaign__state=Campaign.State.DRAFT).select_related("campaign"):
        step.delete()
        step.campaign.delete()


def usual_account(channel: str, purpose: str) -> Account | None:
    """The one that a step over the channel begins with."""
    accounts = Account.objects.filter(channel=channel, is_active=True, purpose__in=["both", purpose])
    return accounts.order_by("-is_default", "name").first()


def free_key(flow: Sequence[Mapping[str, Any]], do: str) -> str:
    taken = {node["key"] for node in flow}
    return next(key for key in (f"{do}{number}" for number in range(1, len(flow) + 2)) if key not in taken)


def _cook(version: ScenarioVersion, recipe: Recipe) -> None:
    flow = []
    for node in recipe.flow:
        if node["do"] != "send":
            flow.append(dict(node))
            continue
        text = recipe.texts[node["key"]]
        usual = (usual_account(channel, version.scenario.purpose) for channel in _open(text.channels, version.scenario))
        account = next((each for each in usual if each), None)
        if account is None:
            continue
        flow.append(dict(node))
        add_step(version, node["key"], account, **text.written())
    version.entry, version.flow, version.goal = _entry(recipe), _without_gaps(flow), list(recipe.goal)
    for field in ("delay_minutes", "valid_days", "repeat_days"):
        setattr(version, field, getattr(recipe, field))
    version.save()


def _open(channels: Sequence[str], scenario: Scenario) -> Sequence[str]:
    """Of channels that a text could go over, those that the law leaves open; of one alone a step is told to be barred."""
    today = timezone.localdate()
    return [
        channel for channel in channels if len(channels) == 1 or not legal.hindrance(channel, scenario.purpose, today)
    ]


def _entry(recipe: Recipe) -> dict[str, Any]:
    """With the rule of its ready-made segment; names that the dictionaries lack are left out of it."""
    cut = ready_made.cut_of(recipe.cut)
    return {**recipe.entry, "rule": cut.document(cut.defaults())} if cut else dict(recipe.entry)


def _without_gaps(flow: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What led to a step that was left out leads to the next one."""
    keys = {node["key"] for node in flow} | {"", "end"}
    return [
        {
            name: "" if name in ("otherwise", "reacted", "called", "to") and value not in keys else value
            for name, value in node.items()
        }
        for node in flow
    ]
