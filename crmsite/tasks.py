"""What waits for a person on the start page: each task is a sentence and the page where it is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign, ScenarioVersion
from segments.models import ImportBatch

State = Campaign.State
FAILED_IMPORT_STAYS = timedelta(days=7)


@dataclass(frozen=True)
class Task:
    """`tone` orders and colours: danger first, then warning, then plain."""

    text: str
    detail: str
    link: str
    action: str
    tone: str = "plain"


@dataclass(frozen=True)
class Step:
    """A step of a new installation. `link` is empty while an earlier step is not done, or it is not for this role."""

    title: str
    text: str
    link: str
    done: bool


TONES = ("danger", "warning", "plain")


def for_user(
    user: Any, campaigns: Iterable[Campaign], imports: Iterable[ImportBatch], unknown: Iterable[tuple[int, str, int]]
) -> list[Task]:
    """Most urgent first. `campaigns` are those that are not over, `unknown` counts messages by campaign."""
    found = [
        *(task for campaign in campaigns if (task := _of_campaign(user, campaign))),
        *(_unknown(*row) for row in unknown),
        *(task for batch in imports if (task := _of_import(user, batch))),
    ]
    return sorted(found, key=lambda task: TONES.index(task.tone))


def sending_is_off(user: Any, reason: str) -> Task:
    """No campaign starts while it is off. `reason` is the sentence of `campaigns.permission`."""
    if user.has_perm("campaigns.switch_sending"):
        detail = _(
            "%(reason)s Turn it on with “manage.py sending on” when this installation is the one that should send."
        )
        return Task(_("Sending is off"), detail % {"reason": reason}, "", "", "danger")
    detail = _("%(reason)s Ask an administrator to turn it on: campaigns wait until then.")
    return Task(_("Sending is off"), detail % {"reason": reason}, "", "", "danger")


def doubtful_pairs(count: int) -> Task:
    """`count` pairs of customers wait in the review queue."""
    text = ngettext("%(count)d pair may be one person", "%(count)d pairs may be one person", count) % {"count": count}
    detail = _("A look at each decides whether one or two people are written to.")
    return Task(text, detail, reverse("admin:segments_reviewpair_queue"), _("Review"))


def _campaign_page(campaign_id: int) -> str:
    return reverse("admin:campaigns_campaign_change", args=[campaign_id])


def _of_campaign(user: Any, campaign: Campaign) -> Task | None:
    link, name = _campaign_page(campaign.pk), campaign.name
    if campaign.state == State.OVERDUE and user.has_perm("campaigns.run_campaign"):
        due = date_format(timezone.localtime(campaign.starts_at), "j E, H:i") if campaign.starts_at else ""
        text = _("“%(name)s” did not start in time") % {"name": name}
        return Task(text, _("It was due on %(due)s.") % {"due": due}, link, _("Decide"), "danger")
    if (
        campaign.state == State.IN_REVIEW
        and user.has_perm("campaigns.approve_campaign")
        and campaign.author_id != user.pk
    ):
        return _to_approve(name, campaign.author, link)
    if campaign.state == State.DRAFT and campaign.author_id == user.pk:
        text = _("“%(name)s” came back from review") % {"name": name}
        return Task(text, campaign.returned_note, link, _("Correct"), "warning")
    return None


def scenario_in_review(version: ScenarioVersion) -> Task:
    """A version of a scenario waits for a second person."""
    scenario = version.scenario
    link = reverse("admin:campaigns_scenario_change", args=[scenario.pk])
    return _to_approve(scenario.name, scenario.author, link)


def _to_approve(name: str, author: Any, link: str) -> Task:
    text = _("“%(name)s” waits for your approval") % {"name": name}
    planned = _("Planned by %(author)s.") % {"author": author.get_full_name() or author.username}
    return Task(text, planned, link, _("Look and decide"), "warning")


def _unknown(campaign_id: int, name: str, messages: int) -> Task:
    text = ngettext(
        "Nobody knows what became of %(count)d message of “%(name)s”",
        "Nobody knows what became of %(count)d messages of “%(name)s”",
        messages,
    ) % {"count": messages, "name": name}
    detail = _("They were being sent when a worker stopped. They are not sent again until a person decides.")
    return Task(text, detail, _campaign_page(campaign_id), _("Sort out"), "warning")


def _of_import(user: Any, batch: ImportBatch) -> Task | None:
    link = reverse("admin:segments_importbatch_change", args=[batch.pk])
    if batch.feed_id:
        return None  # the feed's own alarm says it, and ends by itself
    fresh = batch.created_at > timezone.now() - FAILED_IMPORT_STAYS
    if batch.state == ImportBatch.State.FAILED and fresh and user.has_perm("segments.run_import"):
        text = _("The import from “%(source)s” failed") % {"source": batch.source}
        return Task(text, batch.error, link, _("Open"), "danger")
    if batch.state == ImportBatch.State.DECODED and fresh and batch.author_id == user.pk:
        text = _("The file from “%(source)s” is uploaded") % {"source": batch.source}
        return Task(text, _("Check the columns, and it can be loaded."), link, _("Go on"))
    return None


def first_steps(user: Any, *, imported: bool, cut: bool, planned: bool) -> list[Step]:
    """The way of a new installation: base, segment, campaign. Empty once all three are there."""
    if imported and cut and planned:
        return []
    steps = (
        (imported, "segments.run_import", "admin:segments_importbatch_add", _("Load the customer base"),
         _("Cards and documents from 1C, as CSV. A dry run shows what will happen before anything is written.")),
        (cut, "segments.add_segment", "admin:segments_segment_add", _("Cut a segment"),
         _("Say whom you want to write to: by car, purchase, service or consent. The count is shown at once.")),
        (planned, "campaigns.add_campaign", "admin:campaigns_campaign_add", _("Plan a campaign"),
         _("Segment, letter, substitute number, control group. A second person approves it, then it is sent.")),
    )  # fmt: skip
    result: list[Step] = []
    for done, permission, page, title, text in steps:
        reachable = not done and user.has_perm(permission) and all(step.done for step in result)
        result.append(Step(title, text, reverse(page) if reachable else "", done))
    return result
