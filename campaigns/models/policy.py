"""How often and when people are written to, over all campaigns: the limits, and the days that are taken."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from channels.models import Channel
from segments.models import Brand


def ringing() -> list[str]:
    """Letters wait in a mailbox; everything else rings."""
    return [channel for channel in Channel.values if channel != Channel.EMAIL]


class Policy(models.Model):
    """One row of the installation (`Policy.now()`); without a row the defaults are in force.

    `per_channel` = {channel: messages in 30 days}, for channels with a limit of their own. `days_off` are "MM-DD" (every
    year) or "YYYY-MM-DD". Hours and days are the recipient's; messages over `quiet_channels` keep to them, whatever their
    purpose. Limits count advertising only.
    """

    ONLY = 1

    per_month = models.PositiveSmallIntegerField(
        _("messages to a person in 30 days"), default=4, validators=[MinValueValidator(1)],
        help_text=_("Advertising over all channels together. Service messages are not counted."),
    )  # fmt: skip
    per_month_fewer = models.PositiveSmallIntegerField(
        _("the same, for those who asked for fewer"), default=1,
        help_text=_("Who chose “fewer messages” in the survey. 0: they get no advertising at all."),
    )  # fmt: skip
    wanted_per_month = models.PositiveSmallIntegerField(
        _("wanted in 30 days"), default=3, db_default=3, validators=[MinValueValidator(1)],
        help_text=_("Who may be written to and got fewer is shown in “Forgotten people”. Nothing is sent by itself."),
    )  # fmt: skip
    per_channel = models.JSONField(_("of these over one channel"), default=dict, blank=True)
    discounts = models.PositiveSmallIntegerField(
        _("messages with a discount to a person"), null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Advertising with a promo code that gives a discount. Empty: as many as of any other."),
    )  # fmt: skip
    discount_days = models.PositiveSmallIntegerField(
        _("in so many days"), default=90, db_default=90, validators=[MinValueValidator(7), MaxValueValidator(365)],
    )  # fmt: skip
    trained_percent = models.PositiveSmallIntegerField(
        _("too many purchases with a discount, %"), default=30, db_default=30,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("A segment that buys with a discount more often than that, and ever more often, is told of on its page and before a launch."),
    )  # fmt: skip
    hours_from = models.TimeField(_("messages go from"), default=time(9))
    hours_until = models.TimeField(
        _("until"), default=time(22), help_text=_("By the recipient's clock. The rest goes the next day.")
    )
    quiet_channels = ArrayField(
        models.CharField(max_length=12, choices=Channel), default=ringing, blank=True,
        verbose_name=_("channels that keep to these hours"),
    )  # fmt: skip
    days_off = ArrayField(models.CharField(max_length=10), default=list, blank=True, verbose_name=_("days off"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contact policy")
        verbose_name_plural = _("contact policy")

    def __str__(self) -> str:
        return gettext("for the whole holding")

    @classmethod
    def now(cls) -> "Policy":
        return cls.objects.filter(pk=cls.ONLY).first() or cls(pk=cls.ONLY)


class CadenceCount(models.Model):
    """How many living people, whom advertising may reach over `channel` (''; over any), got so many advertising messages in
    the 30 days before `counted_at`, over whatever channel. `brand`: that of the last car. Replaced as a whole by
    `campaigns.cadence`."""

    channel = models.CharField(max_length=12, blank=True)
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, related_name="+")
    got = models.SmallIntegerField()
    people = models.IntegerField()
    counted_at = models.DateTimeField()


class ContactSlot(models.Model):
    """An advertising message takes a day of its person and of its address: nobody gets two on one day, nor two who share
    an address. `holder` is a customer's id, or minus a contact point's. A message that is not accepted gives back what it
    took. The rows of a person are her history of contacts, by which the limits are counted.
    """

    pk = models.CompositePrimaryKey("holder", "day")
    holder = models.BigIntegerField()
    day = models.DateField()  # the recipient's
    channel = models.CharField(max_length=12)
    message_id = models.BigIntegerField()
    is_discount = models.BooleanField(default=False, db_default=False)  # the message offers a discount

    class Meta:
        indexes = [
            BrinIndex(fields=["day"], name="slot_by_day"),
            models.Index("day", name="slot_of_discount", condition=models.Q(is_discount=True)),
        ]
