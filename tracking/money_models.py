"""Money that no provider tells us: what was paid by hand, what a line of business earns, what advertising took."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from segments.models import Brand, Centre, Interaction

MOST_MONTHS = 36


class MoneyUpload(models.Model):
    """A file of sums that was taken in; undoing it takes away the rows that still are its own."""

    class Kind(models.TextChoices):
        COSTS = "costs", _("costs of campaigns")
        ADVERTISING = "advertising", _("advertising by source")

    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    name = models.CharField(_("file"), max_length=160)
    digest = models.CharField(max_length=64)  # sha256 of the file
    rows = models.IntegerField(_("rows"), default=0)
    refused = models.IntegerField(_("refused"), default=0)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(_("loaded"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("file of sums")
        verbose_name_plural = _("files of sums")
        constraints = [
            models.UniqueConstraint("kind", "digest", condition=models.Q(undone_at=None), name="file_of_sums_once")
        ]

    def __str__(self) -> str:
        return self.name


class Cost(models.Model):
    """Roubles that were paid for a campaign, beside its messages. Without a campaign: for all campaigns of its months.

    `month` is the first day of the month it belongs to; a sum for several months belongs to each of them alike.
    """

    class Kind(models.TextChoices):
        PRODUCTION = "production", _("production")  # texts, design, layout, photographs
        WAGES = "wages", _("wages, share")
        PLATFORM = "platform", _("platform")  # licences, servers, call tracking
        GIFTS = "gifts", _("gifts and discounts")
        OTHER = "other", _("other")

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="costs", verbose_name=_("campaign"),
        help_text=_("Empty: for all campaigns of the month, shared by the messages that they sent."),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(
        _("sum, ₽"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    month = models.DateField(_("month"))
    months = models.PositiveSmallIntegerField(
        _("for how many months"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)]
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    upload = models.ForeignKey(MoneyUpload, models.SET_NULL, null=True, editable=False, related_name="costs")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-month", "-id"]
        verbose_name = _("cost")
        verbose_name_plural = _("costs")
        indexes = [models.Index("month", name="cost_by_month")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {date_format(self.month, 'm.Y')}"


class AdSpend(models.Model):
    """What a source of advertising took in a month, and how many visitors came from it (`visitors` empty: not counted)."""

    source = models.CharField(_("source"), max_length=80)
    month = models.DateField(_("month"))
    centre = models.ForeignKey(
        Centre, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dealer centre")
    )
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"))
    amount = models.DecimalField(
        _("sum, ₽"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    visitors = models.PositiveIntegerField(_("visitors"), null=True, blank=True)
    upload = models.ForeignKey(MoneyUpload, models.SET_NULL, null=True, editable=False, related_name="spends")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        ordering = ["-month", "source"]
        verbose_name = _("advertising of a month")
        verbose_name_plural = _("advertising")
        constraints = [
            models.UniqueConstraint(
                "source", "month", "centre", "brand", nulls_distinct=False, name="advertising_of_month_once",
                violation_error_message=_("This source has a sum for that month already: change that one."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source} · {date_format(self.month, 'm.Y')}"


class LineMargin(models.Model):
    """What of a sum is earned in a line of business, where the deal itself does not say: an assumption, in per cent."""

    line = models.CharField(_("line of business"), max_length=12, choices=Interaction.Line, primary_key=True)
    percent = models.DecimalField(
        _("margin, per cent of the sum"), max_digits=5, decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )  # fmt: skip

    class Meta:
        ordering = ["line"]
        verbose_name = _("margin of a line")
        verbose_name_plural = _("margins by line of business")

    def __str__(self) -> str:
        return str(self.get_line_display())
