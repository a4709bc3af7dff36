"""Segments, who is in them, who came and went, and what is measured of them over time."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from segments.models.loose import Loose
from segments.models.people import Customer


class Segment(models.Model):
    """A cut of the base by a rule (`{"format": 1, "rule": NODE}`, see `segments.rules.tree`).

    `plan` says in a line what its people get, `plan_reason` why. Columns that are not editable are written by
    `segments.refreshing`.
    """

    class Policy(models.TextChoices):
        """When who belongs to it is worked out anew."""

        ON_CHANGE = "on_change", _("as soon as the base changes, and every night")
        HOURLY = "hourly", _("every hour")
        NIGHTLY = "nightly", _("every night")
        FROZEN = "frozen", _("never: it stays a list as it is")

    class Cause(models.TextChoices):
        """Why a refresh is due."""

        FIRST = "first", pgettext_lazy("cause of a refresh", "first count")
        RULE = "rule", pgettext_lazy("cause of a refresh", "the rule was changed")
        BASE = "base", pgettext_lazy("cause of a refresh", "the base has changed")
        SEGMENT = "segment", pgettext_lazy("cause of a refresh", "another segment has changed")
        TIME = "time", pgettext_lazy("cause of a refresh", "by the clock")
        PERSON = "person", pgettext_lazy("cause of a refresh", "somebody asked for it")

    name = models.CharField(_("name"), max_length=120, unique=True)
    slug = models.SlugField(_("code"), max_length=60, unique=True)
    description = models.TextField(_("who these people are"), blank=True)
    plan = models.CharField(
        _("what they get"), max_length=160, blank=True,
        help_text=_("The plan in one line: which message or offer, by which channel, how often."),
    )  # fmt: skip
    plan_reason = models.TextField(
        _("why they get it"), blank=True, help_text=_("What should change in what these people do, and how it is seen.")
    )
    rule = models.JSONField(_("rule"), default=dict)
    policy = models.CharField(_("when it is refreshed"), max_length=10, choices=Policy, default=Policy.ON_CHANGE)
    is_archived = models.BooleanField(_("archived"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    size = models.IntegerField(_("size"), null=True, editable=False)
    refreshed_at = models.DateTimeField(_("refreshed"), null=True, editable=False)
    refresh_due_at = models.DateTimeField(null=True, editable=False, default=timezone.now)
    refresh_cause = models.CharField(
        max_length=8, choices=Cause, default=Cause.FIRST, db_default=Cause.TIME, editable=False
    )
    changed_at = models.DateTimeField(null=True, editable=False)  # when somebody last came or went
    entered_last_at = models.DateTimeField(null=True, editable=False)  # when somebody last came
    error = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    history = HistoricalRecords(
        excluded_fields=[
            "size", "refreshed_at", "refresh_due_at", "refresh_cause", "changed_at", "entered_last_at", "error",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["name"]
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        indexes = [models.Index("refresh_due_at", name="segment_due", condition=models.Q(refresh_due_at__isnull=False))]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Who is in a segment now, and since when."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="memberships", db_constraint=False, db_index=False
    )
    customer = Loose(Customer, related_name="memberships", db_index=False)
    entered_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint("segment", "customer", name="membership_once")]
        indexes = [models.Index("customer", name="membership_of_customer")]


class MembershipChange(models.Model):
    """Who came into a segment and who left it, one row a refresh that moved anybody; kept `membership.KEPT_DAYS`.

    `entered` and `gone` are ids of customers, in order. The first fill lists nobody: `Membership.entered_at` of each
    says it.
    """

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="changes")
    happened_at = models.DateTimeField(default=timezone.now)
    cause = models.CharField(max_length=8, choices=Segment.Cause)
    entered_count = models.IntegerField(default=0)
    gone_count = models.IntegerField(default=0)
    entered = ArrayField(models.BigIntegerField(), default=list)
    gone = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [
            models.Index(fields=["segment", "-happened_at"], name="membershipchange_of_segment"),
            models.Index("happened_at", name="membershipchange_by_time"),
        ]


class SegmentSize(models.Model):
    """The size of a segment at the end of a day, and how many came and went in it."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes")
    day = models.DateField()
    size = models.IntegerField()
    entered = models.IntegerField(default=0, db_default=0)
    gone = models.IntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint("segment", "day", name="segment_size_once")]


class SegmentSnapshot(models.Model):
    """The people of a segment as a roaring bitmap of 64-bit ids, as they were at `changed_at` of the segment."""

    segment = models.OneToOneField(Segment, models.CASCADE, primary_key=True, related_name="snapshot")
    changed_at = models.DateTimeField()
    bitmap = models.BinaryField()


class SegmentShare(models.Model):
    """What part of the whole a segment has by one measure (`segments.shares`): roubles, messages."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="shares")
    measure = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=18, decimal_places=2)
    total = models.DecimalField(max_digits=18, decimal_places=2)
    measured_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("segment", "measure", name="segment_share_once")]


class SegmentTwin(models.Model):
    """Two segments that are almost the same people; `share` = common / together, of 1. Each pair stands twice."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="twins")
    other = models.ForeignKey(Segment, models.CASCADE, related_name="+")
    share = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint("segment", "other", name="segment_twin_once")]
