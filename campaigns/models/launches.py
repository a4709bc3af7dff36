"""What the holding itself does on its market: campaigns are planned around it."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from segments.models import Brand

MOST_DAYS = 366


class ProductLaunch(models.Model):
    """A day, or days in a row, of the calendar. Nothing is sent because of it."""

    class Kind(models.TextChoices):
        MODEL = "model", pgettext_lazy("calendar", "new model")
        SEASON = "season", pgettext_lazy("calendar", "season")
        HOLIDAY = "holiday", pgettext_lazy("calendar", "holiday")
        OTHER = "other", pgettext_lazy("calendar", "other")

    title = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MODEL)
    brand = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"),
        help_text=_("Empty: it concerns every brand."),
    )  # fmt: skip
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty: one day."))
    history = HistoricalRecords()

    class Meta:
        ordering = ["-starts_on", "-id"]
        verbose_name = _("calendar event")
        verbose_name_plural = _("calendar events")
        indexes = [models.Index("starts_on", name="launch_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="launch_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def last_day(self) -> date:
        return self.ends_on or self.starts_on

    def clean(self) -> None:
        if not self.starts_on or not self.ends_on:
            return
        if self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": _now("The last day is before the first.")})
        if (self.ends_on - self.starts_on).days >= MOST_DAYS:
            raise ValidationError({"ends_on": _now("An event lasts a year at most.")})
