"""A campaign, its approval, and the permission of this installation to send."""

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from channels.audiences.base import ADVERTISING_PLATFORMS as ADS
from channels.models import Account, Channel
from segments.models import Brand, Segment
from segments.models.people import Purpose


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def alone(self) -> "CampaignQuerySet":
        """Without steps of scenarios, for whom their scenario speaks: it has the list, the approval and the page."""
        return self.exclude(kind=Campaign.Kind.TRIGGER)


class Campaign(models.Model):
    """What is sent to whom, when. `state` is written only by `campaigns.approval` and `campaigns.running`."""

    class Kind(models.TextChoices):
        MASS = "mass", _("mass")
        TRIGGER = "trigger", _("trigger")
        CASCADE = "cascade", _("cascade")
        AUDIENCE = "audience", _("audience export")  # into an ad account (`AdAudience`): no messages, no sender

    class Priority(models.IntegerChoices):
        """Which of two campaigns gets the day of a person that both want (`campaigns.priority`)."""

        LOW = 1, pgettext_lazy("priority of a campaign", "low")
        NORMAL = 2, pgettext_lazy("priority of a campaign", "normal")
        HIGH = 3, pgettext_lazy("priority of a campaign", "high")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("campaign", "draft")  # may be edited
        IN_REVIEW = "in_review", pgettext_lazy("campaign", "in review")  # waits for a second person
        SCHEDULED = "scheduled", pgettext_lazy("campaign", "scheduled")  # approved; starts when due
        OVERDUE = "overdue", pgettext_lazy("campaign", "overdue")  # due, but past its lateness window: asks a person
        RUNNING = "running", pgettext_lazy("campaign", "running")
        PAUSED = "paused", pgettext_lazy("campaign", "paused")  # keeps its place
        FINISHED = "finished", pgettext_lazy("campaign", "finished")  # nothing pending
        STOPPED = "stopped", pgettext_lazy("campaign", "stopped")  # the rest was cancelled

    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MASS, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, default=Purpose.ADVERTISING)
    brand = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"),
        help_text=_("Empty: the whole holding. Consent is checked for this brand."),
    )  # fmt: skip
    channel = models.CharField(
        _("channel"), max_length=12, choices=[*Channel.choices, (ADS, _("Ad accounts"))], default=Channel.EMAIL
    )
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name=_("account"))
    segments_in = models.ManyToManyField(Segment, related_name="campaigns_in", verbose_name=_("send to segments"))
    segments_out = models.ManyToManyField(
        Segment, related_name="campaigns_out", blank=True, verbose_name=_("except segments")
    )
    needs_version = models.BooleanField(
        _("whoever has no version"), default=False, db_default=False,
        choices=[(False, _("gets the main version")), (True, _("gets nothing"))],
    )  # fmt: skip
    control_percent = models.PositiveSmallIntegerField(
        _("control group, %"), default=10, validators=[MaxValueValidator(50)]
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL, db_default=Priority.NORMAL
    )
    starts_at = models.DateTimeField(_("start"), null=True, blank=True, help_text=_("Empty: right after approval."))
    on_local_clock = models.BooleanField(
        _("the hour of the start is"), default=False, db_default=False,
        choices=[(False, _("by the clock of the holding")), (True, _("by each recipient's own clock"))],
    )  # fmt: skip
    lateness_hours = models.PositiveSmallIntegerField(_("may be late by, hours"), default=12)
    spread_hours = models.PositiveSmallIntegerField(
        _("spread over, hours"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(48)]
    )
    ceiling = models.PositiveIntegerField(
        _("no more than, messages"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    ceiling_roubles = models.PositiveIntegerField(
        _("no more than, roubles"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    salt = models.CharField(max_length=32, editable=False)  # of the control group's draw
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"), editable=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    history = HistoricalRecords()
    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        indexes = [
            models.Index("starts_at", name="campaign_due", condition=models.Q(state="scheduled")),
            models.Index(
                "priority", name="campaign_goes_first",
                condition=models.Q(state__in=["scheduled", "running", "paused"]),
            ),
        ]  # fmt: skip
        permissions = [
            ("approve_campaign", _("Can approve a campaign")),
            ("run_campaign", _("Can start, pause and stop a campaign")),
            ("switch_sending", _("Can turn sending on and off")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def local_hour(self) -> time | None:
        """The hour by the recipient's own clock at which it goes; None: as soon as it may."""
        return timezone.localtime(self.starts_at).time() if self.on_local_clock and self.starts_at else None

    @property
    def is_step(self) -> bool:
        """Whether a scenario says to whom it goes and when."""
        return self.kind == self.Kind.TRIGGER

    @property
    def is_audience(self) -> bool:
        """Whether its people are shown advertisements by an ad account, and nobody is written to."""
        return self.kind == self.Kind.AUDIENCE


class Approval(models.Model):
    """A second person's decision, bound to a SHA-256 of what was approved (texts, audience, plan)."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="approvals")
    fingerprint = models.CharField(max_length=64)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved = models.BooleanField()
    note = models.TextField(blank=True)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]


class CampaignEvent(models.Model):
    """Append-only diary of a campaign: who moved it where, and why."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="events")
    verb = models.CharField(max_length=20)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.TextField(blank=True)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]


class SendingPermit(models.Model):
    """One row: which installation may send (`campaigns.permission`). No row or another fingerprint: none may."""

    fingerprint = models.CharField(max_length=64)
    is_on = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
