"""Segments, who is in them, and their sizes over time."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from segments.models.loose import Loose
from segments.models.people import Customer


class Segment(models.Model):
    """A cut of the base by a rule (`{"format": 1, "rule": NODE}`, see `segments.rules.tree`)."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    slug = models.SlugField(_("code"), max_length=60, unique=True)
    description = models.TextField(_("what it is for"), blank=True)
    rule = models.JSONField(_("rule"), default=dict)
    is_archived = models.BooleanField(_("archived"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    size = models.IntegerField(_("size"), null=True, editable=False)
    refreshed_at = models.DateTimeField(_("refreshed"), null=True, editable=False)
    refresh_due_at = models.DateTimeField(null=True, editable=False, default=timezone.now)
    error = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    history = HistoricalRecords(excluded_fields=["size", "refreshed_at", "refresh_due_at", "error"])

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


class SegmentSize(models.Model):
    """The size of a segment at the end of a day."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes")
    day = models.DateField()
    size = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("segment", "day", name="segment_size_once")]
