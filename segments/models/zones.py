"""Whose clock a customer lives by (`segments.time_zones`)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models.facts import CustomerFacts


class PhoneRange(models.Model):
    """Russian numbers from `first` to `last`, ten digits without +7, and the time zone of their region.

    Ranges do not overlap. Codes of towns come with the installation, mobile ones with the state's register
    (`manage.py load_phone_ranges`).
    """

    first = models.BigIntegerField(primary_key=True)
    last = models.BigIntegerField()
    time_zone = models.CharField(max_length=40)


class CustomerZone(models.Model):
    """The zone of a living customer, IANA name, and what it was told by. Refreshed with the facts."""

    class Source(models.TextChoices):
        CITY = "city", _("by the city")
        PHONE = "phone", _("by the region of the phone")
        CENTRE = "centre", _("by the dealer centre")
        HOLDING = "holding", _("nothing is known, so by the clock of the holding")

    facts = models.OneToOneField(
        CustomerFacts,
        models.DO_NOTHING,
        primary_key=True,
        related_name="zone",
        db_column="customer_id",
        db_constraint=False,
    )
    time_zone = models.CharField(_("time zone"), max_length=40)
    source = models.CharField(max_length=8, choices=Source)
