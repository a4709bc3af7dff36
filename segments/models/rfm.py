"""RFM: the cut-offs of each line of business, the named segments, everybody's code now, and how codes changed."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models.loose import Loose
from segments.models.people import Customer


class RfmLine(models.Model):
    """How the purchases of one line of business are scored. `_4` is what the best score asks for, `_2` the score 2;
    who has less has 1. Recency is at most so many days, frequency and money (roubles) at least so much.

    In the quantile mode `quartiles` are in force: `{"recency": [4, 3, 2], "frequency": […], "money": ["…"]}`,
    computed from the base every night.
    """

    class Line(models.TextChoices):
        ALL = "all", pgettext_lazy("line of business", "everything together")
        NEW = "new", pgettext_lazy("line of business", "new cars")
        USED = "used", pgettext_lazy("line of business", "used cars")
        SERVICE = "service", pgettext_lazy("line of business", "service")
        INSURANCE = "insurance", pgettext_lazy("line of business", "insurance")

    class Mode(models.TextChoices):
        FIXED = "fixed", _("by the cut-offs below")
        QUANTILE = "quantile", _("by quarters of the base, computed every night")

    line = models.CharField(_("line of business"), max_length=10, choices=Line, primary_key=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    mode = models.CharField(_("how scores are given"), max_length=8, choices=Mode, default=Mode.FIXED)
    recency_4 = models.PositiveIntegerField(_("4: not more than"), default=30)
    recency_3 = models.PositiveIntegerField(_("3: not more than"), default=60)
    recency_2 = models.PositiveIntegerField(_("2: not more than"), default=90)
    frequency_4 = models.PositiveIntegerField(_("4: at least"), default=10, validators=[MinValueValidator(1)])
    frequency_3 = models.PositiveIntegerField(_("3: at least"), default=5, validators=[MinValueValidator(1)])
    frequency_2 = models.PositiveIntegerField(_("2: at least"), default=2, validators=[MinValueValidator(1)])
    money_4 = models.DecimalField(_("4: at least"), max_digits=16, decimal_places=2, default=100_000)
    money_3 = models.DecimalField(_("3: at least"), max_digits=16, decimal_places=2, default=50_000)
    money_2 = models.DecimalField(_("2: at least"), max_digits=16, decimal_places=2, default=10_000)
    quartiles = models.JSONField(null=True, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)  # mode or cut-offs, by a person
    applied_at = models.DateTimeField(null=True, editable=False)  # since when all codes are by them
    computed_at = models.DateTimeField(null=True, editable=False)  # the last time over everybody

    class Meta:
        ordering = ["position"]
        verbose_name = _("RFM cut-offs")
        verbose_name_plural = _("RFM")

    def __str__(self) -> str:
        return str(self.get_line_display())


class RfmSegment(models.Model):
    """A named segment: codes as patterns ("444 43X 2XX"); of two that name one code the lower `number` has it."""

    class Priority(models.TextChoices):
        HIGH = "high", pgettext_lazy("priority", "high")
        MIDDLE = "middle", pgettext_lazy("priority", "middle")
        LOW = "low", pgettext_lazy("priority", "low")

    number = models.PositiveSmallIntegerField(_("order"), primary_key=True, editable=False)
    slug = models.SlugField(max_length=40, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60, unique=True)
    codes = models.CharField(
        _("codes"), max_length=260,
        help_text=_("Three scores from 1 to 4 (recency, frequency, money); X is any score. A code that two segments name belongs to the upper one."),
    )  # fmt: skip
    priority = models.CharField(_("priority"), max_length=6, choices=Priority, default=Priority.MIDDLE)
    advice = models.TextField(_("what to do"), max_length=400)
    vip_risk_from = models.PositiveSmallIntegerField(
        _("mark “VIP at risk” from F + M"), null=True, blank=True,
        help_text=_("Empty: nobody of this segment carries the mark."),
    )  # fmt: skip

    class Meta:
        ordering = ["number"]
        verbose_name = _("RFM segment")
        verbose_name_plural = _("RFM segments")

    def __str__(self) -> str:
        return self.name


class RfmScore(models.Model):
    """The code of a living customer in a line where she bought; who did not has no row. Money is net of refunds."""

    line = models.CharField(max_length=10, choices=RfmLine.Line)
    customer = Loose(Customer, related_name="rfm_scores", db_index=False)
    code = models.CharField(max_length=3)
    last_day = models.DateField()
    purchases = models.IntegerField()
    money = models.DecimalField(max_digits=16, decimal_places=2)
    since = models.DateField()  # the day of this code

    class Meta:
        constraints = [models.UniqueConstraint("customer", "line", name="rfm_score_once")]
        indexes = [models.Index("line", "code", "customer", name="rfm_score_of_code")]


class RfmMove(models.Model):
    """A change of a code; "" is "no purchases". The first codes of a line are no changes."""

    class Cause(models.TextChoices):
        BASE = "base", _("purchases and time")
        CUT_OFFS = "cut_offs", _("other cut-offs")

    line = models.CharField(max_length=10, choices=RfmLine.Line)
    customer = Loose(Customer, db_index=False)
    before = models.CharField(max_length=3, blank=True)
    after = models.CharField(max_length=3, blank=True)
    cause = models.CharField(max_length=8, choices=Cause)
    moved_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("line", "moved_at", name="rfm_move_by_time"),
            models.Index("customer", "moved_at", name="rfm_move_of_customer"),
        ]
