"""The start page: what needs this person today, what is running, and what yesterday and today brought.

Every block asks the database once, through an index, whatever the size of the base; a block that the user
may not see is not asked for at all. Days are days of the current time zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import permission
from campaigns.models import Approval, Campaign, Outcome, Resolution, Run, ScenarioVersion
from campaigns.models.outbox import OutcomeKind
from crmsite import (
    base_alarms,
    call_alarms,
    channel_alarms,
    job_alarms,
    number_alarms,
    promo_alarms,
    reply_alarms,
    tasks,
)
from segments import places
from segments.models import Consent, ConsentState, Customer, ImportBatch, Interaction, ReviewPair, Segment
from segments.models.people import Origin
from tracking.models import Call

State = Campaign.State
UNDER_WAY = (State.RUNNING, State.PAUSED)
NOT_OVER = (State.IN_REVIEW, State.SCHEDULED, State.OVERDUE, *UNDER_WAY)
MOST_CAMPAIGNS = 50
WEEK = timedelta(days=7)
COUNT_EXACTLY_BELOW = 20_000  # the planner's estimate of a small or new table is not worth showing

BASE_SIZE = """
SELECT CASE WHEN reltuples < %s THEN (SELECT count(*) FROM segments_customer WHERE merged_into_id IS NULL)
            ELSE reltuples::bigint END
FROM pg_class WHERE oid = 'segments_customer'::regclass
"""


@dataclass(frozen=True)
class Progress:
    """Something under way: `done` of `total` people of a campaign, or rows of an import."""

    name: str
    link: str
    state: str
    done: int
    total: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def context(request: HttpRequest) -> dict[str, Any]:
    """What `crmsite/start_page.html` draws for this user now."""
    user, now = request.user, timezone.localtime()
    campaigns = _campaigns(user) if user.has_perm("campaigns.view_campaign") else []
    imports = _imports() if user.has_perm("segments.view_importbatch") else []
    sees_base = user.has_perm("segments.view_customer") and places.sees_everybody(user)
    base = _base_size() if sees_base else 0
    planned = bool(campaigns) or (base > 0 and Campaign.objects.exists())
    return {
        "now": now,
        "first_steps": tasks.first_steps(
            user, imported=bool(base), cut=bool(base) and Segment.objects.exists(), planned=planned
        ) if places.sees_everybody(user) else [],
        "tasks": [
            *_sending_is_off(user, planned),
            *job_alarms.tasks_for(user),
            *channel_alarms.tasks_for(user),
            *reply_alarms.tasks_for(user),
            *promo_alarms.tasks_for(user),
            *call_alarms.tasks_for(user),
            *number_alarms.tasks_for(user),
            *base_alarms.tasks_for(user),
            *tasks.for_user(user, campaigns, imports, _unknown(now) if planned else []),
            *_scenarios_in_review(user),
            *_doubtful_pairs(user),
        ],
        "running": [*_sending([campaign for campaign in campaigns if campaign.state in UNDER_WAY]), *_loading(imports)],
        "week": _week(campaigns, now),
        "calls": _calls(now) if user.has_perm("tracking.view_call") else None,
        "figures": _figures(now) if sees_base else None,
        "base_size": base,
        "customer": Customer._meta,
        "last_import": next((batch for batch in imports if batch.state == ImportBatch.State.DONE), None),
    }  # fmt: skip


def _doubtful_pairs(user: Any) -> list[tasks.Task]:
    if not user.has_perm("segments.merge_customers"):
        return []
    waiting = ReviewPair.objects.filter(state=ReviewPair.State.OPEN)[:COUNT_EXACTLY_BELOW].count()
    return [tasks.doubtful_pairs(waiting)] if waiting else []


def _scenarios_in_review(user: Any) -> list[tasks.Task]:
    if not user.has_perm("campaigns.approve_campaign"):
        return []
    waiting = ScenarioVersion.objects.filter(state=ScenarioVersion.State.IN_REVIEW).exclude(scenario__author=user)
    return [
        tasks.scenario_in_review(version) for version in waiting.select_related("scenario__author")[:MOST_CAMPAIGNS]
    ]


def _campaigns(user: Any) -> list[Campaign]:
    """What is not over, and this user's own drafts that came back from review (`returned_note`)."""
    decisions = Approval.objects.filter(campaign=OuterRef("pk"))
    returned = Q(state=State.DRAFT, author=user, last_decision=False)
    return list(
        Campaign.objects.alone()
        .annotate(
            last_decision=Subquery(decisions.values("approved")[:1]), returned_note=Subquery(decisions.values("note")[:1])
        )
        .filter(Q(state__in=NOT_OVER) | returned)
        .select_related("author")
        .order_by("starts_at", "id")[:MOST_CAMPAIGNS]
    )  # fmt: skip


def _sending_is_off(user: Any, planned: bool) -> list[tasks.Task]:
    """Asked only where it matters: of those who run campaigns, once there is a campaign."""
    if not planned or not (user.has_perm("campaigns.run_campaign") or user.has_perm("campaigns.switch_sending")):
        return []
    reason = permission.status()["reason"]
    return [tasks.sending_is_off(user, reason)] if reason else []


def _imports() -> list[ImportBatch]:
    return list(ImportBatch.objects.select_related("source").order_by("-id")[:10])


def _loading(imports: list[ImportBatch]) -> list[Progress]:
    return [
        Progress(
            _("Import from “%(source)s”") % {"source": batch.source},
            reverse("admin:segments_importbatch_change", args=[batch.pk]),
            batch.get_state_display(),
            batch.rows_done,
            batch.rows_total,
        )
        for batch in imports
        if batch.state == ImportBatch.State.LOADING
    ]


def _sending(campaigns: list[Campaign]) -> list[Progress]:
    if not campaigns:
        return []
    runs = {run.campaign_id: run for run in Run.objects.filter(campaign__in=campaigns).order_by("id")}
    done = dict(
        Outcome.objects.filter(run_id__in=[run.pk for run in runs.values()])
        .values_list("run_id")
        .annotate(Count("message_id"))
    )
    return [
        Progress(
            campaign.name,
            reverse("admin:campaigns_campaign_change", args=[campaign.pk]),
            campaign.get_state_display(),
            done.get(run.pk, 0),
            run.audience - sum(run.left_out.values()),
        )
        for campaign in campaigns
        if (run := runs.get(campaign.pk))
    ]


def _unknown(now: datetime) -> Iterable[tuple[int, str, int]]:
    """(campaign's id, its name, messages) whose fate nobody knows, of the runs of this month and the last one."""
    month = now.replace(day=1) - timedelta(days=1)
    resolved = Resolution.objects.filter(run_id=OuterRef("run_id"), message_id=OuterRef("message_id"))
    unknown: QuerySet[Outcome] = Outcome.objects.filter(
        ~Exists(resolved), kind=OutcomeKind.UNKNOWN, run_id__gte=(month.year * 100 + month.month) * 10**6
    )
    return unknown.values_list("run__campaign", "run__campaign__name").annotate(Count("message_id")).order_by("run_id")


def _week(campaigns: list[Campaign], now: datetime) -> list[Campaign]:
    """Approved ones that start within a week, and those in review, which may."""
    waiting = (State.SCHEDULED, State.IN_REVIEW)
    return [
        campaign
        for campaign in campaigns
        if campaign.state in waiting and (campaign.starts_at is None or campaign.starts_at <= now + WEEK)
    ]


def _day_counts(now: datetime, field: str, of: str = "pk") -> dict[str, Count]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "today": Count(of, distinct=of != "pk", filter=Q(**{f"{field}__gte": today})),
        "yesterday": Count(of, distinct=of != "pk", filter=Q(**{f"{field}__lt": today})),
    }


def _yesterday(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _calls(now: datetime) -> dict[str, Any]:
    """Calls of yesterday and today: together, and by the number that was called, most first."""
    numbers = list(
        Call.objects.filter(started_at__gte=_yesterday(now), direction="in")
        .values("virtual_number", "campaign", "campaign__name")
        .annotate(lost=Count("pk", filter=Q(is_lost=True)), **_day_counts(now, "started_at"))
        .order_by("-today", "-yesterday")
    )
    return {
        "numbers": numbers[:6],
        "today": sum(number["today"] for number in numbers),
        "yesterday": sum(number["yesterday"] for number in numbers),
        "lost": sum(number["lost"] for number in numbers),
    }


def _figures(now: datetime) -> dict[str, dict[str, int]]:
    """Visits, sales and opt-outs: {name: {today, yesterday}}."""
    kinds = (Interaction.Kind.VISIT, Interaction.Kind.SALE)
    happened = {
        row["kind"]: row
        for row in Interaction.objects.filter(kind__in=kinds, happened_at__gte=_yesterday(now), happened_at__lte=now)
        .values("kind")
        .annotate(**_day_counts(now, "happened_at"))
    }
    none = {"today": 0, "yesterday": 0}
    withdrawn = ConsentState.objects.filter(given=False, origin=Origin.PERSON, changed_at__gte=_yesterday(now))
    return {
        "visits": happened.get(Interaction.Kind.VISIT, none),
        "sales": happened.get(Interaction.Kind.SALE, none),
        "opt_outs": Consent.objects.filter(pk__in=withdrawn.values("log_id")).aggregate(
            **_day_counts(now, "recorded_at", of="customer")  # people: one answer closes many channels
        ),
    }


def _base_size() -> int:
    """People in the base: the planner's estimate, or a count while the base is small."""
    with connection.cursor() as cursor:
        cursor.execute(BASE_SIZE, [COUNT_EXACTLY_BELOW])
        return cursor.fetchone()[0]
