"""What goes out on which day: campaigns and calendar events of a month or a week."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns.models import Campaign, ProductLaunch, Run
from campaigns.models.policy import Policy
from campaigns.quiet_hours import is_off
from segments.rules.days import midnight

CHANNELS = dict(Campaign._meta.get_field("channel").flatchoices)  # those of messages, and ad accounts
MONTH, WEEK = "month", "week"
VIEWS = (MONTH, WEEK)
YEARS = range(2000, 2101)  # that can be leafed to
LONGEST_RUN = timedelta(days=31)  # a run that never ended does not fill the calendar for ever
MOST_UNDATED = 20

State = Campaign.State
# In these a start may still be moved; past the draft only by taking the approval back.
APPROVED = frozenset({State.IN_REVIEW, State.SCHEDULED, State.OVERDUE})
MOVABLE = APPROVED | {State.DRAFT}


@dataclass(frozen=True)
class Shown:
    """What of the calendar is asked for. `brand` None: of all; `channel` '': all."""

    view: str
    day: date
    brand: int | None = None
    channel: str = ""

    @property
    def first(self) -> date:
        start = self.day.replace(day=1) if self.view == MONTH else self.day
        return start - timedelta(days=start.weekday())

    @property
    def last(self) -> date:
        end = (_month_after(self.day) if self.view == MONTH else self.day + timedelta(days=1)) - timedelta(days=1)
        return end + timedelta(days=6 - end.weekday())

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> date:
        return (self.day.replace(day=1) if self.view == MONTH else self.day) - timedelta(
            days=1 + 6 * (self.view == WEEK)
        )

    @property
    def after(self) -> date:
        return _month_after(self.day) if self.view == MONTH else self.day + timedelta(days=7)

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From the first midnight to the one after the last day, of the site's zone."""
        return midnight(self.first), midnight(self.last + timedelta(days=1))


@dataclass(frozen=True)
class Entry:
    """A campaign on the calendar. `ends` is None where nothing has gone out yet: it takes one day. `again` is the number of
    a run that was not the campaign's first."""

    campaign: Campaign
    begins: datetime
    ends: datetime | None = None
    again: int | None = None

    @property
    def first(self) -> date:
        return timezone.localdate(self.begins)

    @property
    def last(self) -> date:
        return timezone.localdate(min(self.ends, self.begins + LONGEST_RUN)) if self.ends else self.first

    @property
    def is_movable(self) -> bool:
        return self.ends is None and self.campaign.state in MOVABLE

    @property
    def is_approved(self) -> bool:
        """To move it takes its approval, or the request for one, back."""
        return self.campaign.state in APPROVED


@dataclass
class Day:
    """`entries`: (campaign, whether it began earlier), in the order of their hours."""

    date: date
    is_today: bool
    is_outside: bool  # of the month that is shown
    is_off: bool  # by the policy: channels with hours send nothing
    launches: list[ProductLaunch] = field(default_factory=list)
    entries: list[tuple[Entry, bool]] = field(default_factory=list)

    @property
    def is_weekend(self) -> bool:
        return self.date.weekday() > 4


def entries(shown: Shown) -> list[Entry]:
    """Campaigns of these days: by their runs once they have any, else by the start they are planned for."""
    begin, end = shown.moments
    chosen = _chosen(Campaign.objects.alone().select_related("brand", "account", "author"), shown)
    planned = chosen.filter(runs=None, starts_at__gte=begin, starts_at__lt=end)
    runs = Run.objects.filter(campaign__in=_chosen(Campaign.objects.alone(), shown), started_at__lt=end)
    runs = _with_end(runs.filter(started_at__gte=begin - LONGEST_RUN)).filter(Q(over=None) | Q(over__gte=begin))
    runs = runs.select_related("campaign__brand", "campaign__account", "campaign__author")
    found = [Entry(campaign, campaign.starts_at) for campaign in planned] + [_of_run(run) for run in runs]
    return sorted(found, key=lambda entry: (entry.begins, entry.campaign.pk))


def entries_of(campaign: Campaign) -> list[Entry]:
    """All of one campaign: its runs, or the start it is planned for; none while it has no start."""
    runs = _with_end(campaign.runs.select_related("campaign__brand", "campaign__account").order_by("pk"))
    return [_of_run(run) for run in runs] or ([Entry(campaign, campaign.starts_at)] if campaign.starts_at else [])


def launches(shown: Shown) -> QuerySet[ProductLaunch]:
    """Events that touch these days: of the brand, and those that concern every brand."""
    found = ProductLaunch.objects.select_related("brand").annotate(over=Coalesce("ends_on", "starts_on"))
    found = found.filter(starts_on__lte=shown.last, over__gte=shown.first)
    if shown.brand:
        found = found.filter(Q(brand=shown.brand) | Q(brand=None))
    return found.order_by("starts_on", "pk")


def undated(shown: Shown) -> QuerySet[Campaign]:
    """Drafts that wait for a day, the newest first."""
    drafts = (
        Campaign.objects.alone().filter(state=State.DRAFT, starts_at=None, runs=None).select_related("brand", "author")
    )
    return _chosen(drafts, shown).order_by("-pk")[:MOST_UNDATED]


def days(shown: Shown, campaigns: Iterable[Entry], events: Iterable[ProductLaunch]) -> list[Day]:
    """The days of the calendar, filled in."""
    policy, today = Policy.now(), timezone.localdate()
    board = {
        day: Day(day, day == today, shown.view == MONTH and day.month != shown.day.month, is_off(policy, day))
        for day in shown.days
    }
    for event in events:
        for day in _within(event.starts_on, event.last_day, shown):
            board[day].launches.append(event)
    for entry in campaigns:
        for day in _within(entry.first, entry.last, shown):
            board[day].entries.append((entry, day > entry.first))
    return list(board.values())


def read(asked: dict[str, str]) -> Shown:
    """What a page's address asks for; what it says wrongly is as if it were not said."""
    view, brand, channel = asked.get("view", ""), asked.get("brand", ""), asked.get("channel", "")
    return Shown(
        view=view if view in VIEWS else MONTH,
        day=_day(asked.get("day", "")),
        brand=int(brand) if brand.isascii() and brand.isdecimal() and len(brand) < 18 else None,
        channel=channel if channel in CHANNELS else "",
    )


def _with_end(runs: QuerySet[Run]) -> QuerySet[Run]:
    earlier = Run.objects.filter(campaign=OuterRef("campaign"), pk__lt=OuterRef("pk"))
    return runs.annotate(over=Coalesce("finished_at", F("campaign__finished_at")), is_again=Exists(earlier))


def _of_run(run: Any) -> Entry:
    ends = max(run.over or timezone.now(), run.started_at)
    return Entry(run.campaign, run.started_at, ends, run.pk if run.is_again else None)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()
    return day if day.year in YEARS else timezone.localdate()


def _chosen(campaigns: QuerySet[Campaign], shown: Shown) -> QuerySet[Campaign]:
    """A brand has its own campaigns, and those of the whole holding."""
    if shown.brand:
        campaigns = campaigns.filter(Q(brand=shown.brand) | Q(brand=None))
    return campaigns.filter(channel=shown.channel) if shown.channel else campaigns


def _within(first: date, last: date, shown: Shown) -> list[date]:
    start, end = max(first, shown.first), min(last, shown.last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
