"""Which campaign a deal counts for, by each model of attribution: a read model (`tracking.attribution`)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DecimalRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Campaign, Run
from segments.models import Customer, Interaction
from segments.models.loose import Loose

NO_LINE = ""  # of a sale whose document names no line


class Attribution(models.Model):
    """The share of one deal that a model gives to one campaign, by one piece of evidence.

    `share` parts of the deal from `begins` on: the parts of a deal lie side by side in [0, 1), and the database lets no two of
    a model overlap, so that a deal cannot count twice. All of a deal is given away by a model, or nothing of it.
    `amount` and `margin` are those of the whole deal, roubles; a campaign is given `share` of them. `customer` is the living one.
    `reason` and `key` name the evidence: the call, the use of a promo code, the click (`Hit`), the message; `touched_at` is its
    time. No message: she called the number of the campaign, which did not write to her.
    """

    class Model(models.TextChoices):
        NUMBER = "number", pgettext_lazy("attribution", "by substitute number")
        PROMO = "promo", pgettext_lazy("attribution", "by promo code")
        CLICK = "click", pgettext_lazy("attribution", "by click")
        LAST = "last", pgettext_lazy("attribution", "last touch")
        FIRST = "first", pgettext_lazy("attribution", "first touch")
        POSITION = "position", pgettext_lazy("attribution", "by position")

    class Reason(models.TextChoices):
        CALL = "call", _("call")
        PROMO = "promo", _("promo code")
        CLICK = "click", _("click")
        MESSAGE = "message", _("message")

    model = models.CharField(max_length=8, choices=Model)
    deal = Loose(Interaction, db_index=False)
    begins = models.DecimalField(max_digits=7, decimal_places=6, default=0)
    share = models.DecimalField(max_digits=7, decimal_places=6, default=1)
    campaign = Loose(Campaign, db_index=False)
    run = Loose(Run, null=True, db_index=False)
    message_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=12, blank=True)
    variant = models.CharField(max_length=1, blank=True)
    customer = Loose(Customer, db_index=False)
    line = models.CharField(max_length=12, choices=Interaction.Line, blank=True)
    reason = models.CharField(max_length=7, choices=Reason)
    key = models.BigIntegerField()
    touched_at = models.DateTimeField()
    dealt_at = models.DateTimeField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    margin = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            # All models but one give a deal to one campaign: with these two a deal has one row in each of them.
            models.UniqueConstraint("model", "deal", "begins", name="attributed_once"),
            models.CheckConstraint(condition=Q(model="position") | Q(begins=0, share=1), name="attributed_whole"),
            models.CheckConstraint(
                condition=Q(begins__gte=0, share__gt=0, begins__lte=1 - F("share")), name="attributed_within_deal"
            ),
            ExclusionConstraint(
                name="attributed_side_by_side",
                expressions=[
                    ("deal", RangeOperators.EQUAL),
                    (
                        Func("begins", F("begins") + F("share"), function="numrange", output_field=DecimalRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(model="position"),
            ),
        ]
        indexes = [
            models.Index("model", "dealt_at", name="attributed_by_time"),
            models.Index("campaign", "model", "dealt_at", name="attributed_to_campaign"),
            models.Index("customer", name="attributed_of_customer"),
        ]


class AttributionWindow(models.Model):
    """How long before a deal of a line something may have brought it. `days` is what people set; `days_applied`, what all
    rows are counted by, follows at night, so that no report mixes two rules."""

    line = models.CharField(
        _("line of business"), max_length=12, unique=True, blank=True, editable=False,
        choices=[*Interaction.Line.choices, (NO_LINE, _("a sale that names no line"))],
    )  # fmt: skip
    days = models.PositiveSmallIntegerField(
        _("days"), validators=[MinValueValidator(1), MaxValueValidator(395)],
        help_text=_("From a message, a call or a click to the deal. Counted anew at night."),
    )  # fmt: skip
    days_applied = models.PositiveSmallIntegerField(_("counted by now, days"), editable=False)

    class Meta:
        ordering = ["id"]
        default_permissions = ("view", "change")
        verbose_name = _("attribution window")
        verbose_name_plural = _("attribution windows")

    def __str__(self) -> str:
        return str(self.get_line_display())


class ArmSum(models.Model):
    """What the people of one arm of a campaign did in the windows after they were first written to, or left alone: sums, and
    sums of squares by the person, from which any difference of the arms and its interval follow (`tracking.attribution.lift`).

    `line` is that of the deals; ALL is all of them together. An arm has a row for ALL even where nobody bought."""

    ALL = "all"

    campaign = Loose(Campaign, db_index=False)
    is_control = models.BooleanField()
    line = models.CharField(max_length=12, blank=True)
    people = models.BigIntegerField()  # of the arm, whatever they did
    buyers = models.BigIntegerField()
    deals = models.BigIntegerField()
    deals_squared = models.FloatField()
    revenue = models.DecimalField(max_digits=18, decimal_places=2)
    revenue_squared = models.FloatField()
    margin = models.DecimalField(max_digits=18, decimal_places=2)
    margin_squared = models.FloatField()
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("campaign", "line", "is_control", name="arm_sum_once")]


class CampaignOffer(models.Model):
    """The line of business that a campaign offers; people may come for another."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="offer")
    line = models.CharField(_("offers"), max_length=12, choices=Interaction.Line)

    class Meta:
        default_permissions = ()
