"""What happened between a person and the holding, and the cars."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models.catalogue import Brand, CarModel, Centre, Salesperson
from segments.models.loose import Loose
from segments.models.people import Card, Customer


class Vehicle(models.Model):
    """A car with its current owner. `vin` is 17 Latin characters or empty; without a VIN the plate names it."""

    vin = models.CharField("VIN", max_length=17, blank=True)
    plate = models.CharField(_("plate"), max_length=12, blank=True)
    brand = Loose(Brand, null=True, verbose_name=_("brand"), db_index=False)
    model = Loose(CarModel, null=True, verbose_name=_("model"), db_index=False)
    year = models.SmallIntegerField(_("year"), null=True)
    customer = Loose(Customer, null=True, related_name="vehicles", db_index=False)
    owned_since = models.DateField(_("owned since"), null=True)
    first_batch_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        constraints = [
            models.UniqueConstraint("vin", condition=~models.Q(vin=""), name="vehicle_by_vin"),
            models.UniqueConstraint("plate", condition=models.Q(vin=""), name="vehicle_by_plate"),
        ]
        indexes = [models.Index("customer", name="vehicle_by_owner")]

    def __str__(self) -> str:
        return self.vin or self.plate


class Interaction(models.Model):
    """Sale, service order, visit, buy-out, insurance, booking, call: one row each, whatever its source.

    `external_key` is the source's GUID where it has one, else number and year (1C renumbers yearly).
    `customer` is empty while the document's card is unknown (an orphan); `card_code` ties it later.
    Sums are roubles; `happened_at` is UTC, read in the source's time zone.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("sale")
        SERVICE = "service", _("service order")
        VISIT = "visit", _("visit")
        BUYOUT = "buyout", _("buy-out")
        INSURANCE = "insurance", _("insurance")
        BOOKING = "booking", _("booking")
        CALL = "call", _("call")

    class Line(models.TextChoices):
        """Line of business: recency runs in each by its own clock."""

        NEW = "new", _("new cars")
        USED = "used", _("used cars")
        SERVICE = "service", _("service")
        INSURANCE = "insurance", _("insurance")
        ACCESSORIES = "accessories", _("accessories")

    class Condition(models.TextChoices):
        NEW = "new", _("new")
        USED = "used", _("used")

    customer = Loose(Customer, null=True, related_name="interactions", db_index=False)
    card = Loose(Card, null=True, db_index=False)
    card_code = models.CharField(max_length=64, blank=True)
    source = Loose("segments.Source", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    external_key = models.CharField(max_length=80)
    number = models.CharField(_("number"), max_length=40, blank=True)
    status = models.CharField(_("status"), max_length=20, blank=True)
    happened_at = models.DateTimeField(_("when"))
    line = models.CharField(_("line of business"), max_length=12, choices=Line, blank=True)
    condition = models.CharField(_("condition"), max_length=4, choices=Condition, blank=True)
    centre = Loose(Centre, null=True, verbose_name=_("dealer centre"), db_index=False)
    salesperson = Loose(Salesperson, null=True, verbose_name=_("salesperson"), db_index=False)
    brand = Loose(Brand, null=True, verbose_name=_("brand"), db_index=False)
    model = Loose(CarModel, null=True, verbose_name=_("model"), db_index=False)
    vehicle = Loose(Vehicle, null=True, db_index=False)
    amount = models.DecimalField(_("sum, ₽"), max_digits=14, decimal_places=2, null=True)
    margin = models.DecimalField(_("margin, ₽"), max_digits=14, decimal_places=2, null=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    details = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    content_hash = models.BinaryField(max_length=32)
    first_batch_id = models.BigIntegerField(null=True)
    last_batch_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        constraints = [models.UniqueConstraint("source", "kind", "external_key", name="interaction_once")]
        indexes = [
            models.Index("customer", "kind", "happened_at", name="interaction_of_customer"),
            models.Index("kind", "happened_at", name="interaction_by_time"),
            models.Index("vehicle", name="interaction_of_vehicle"),
            models.Index("source", "card_code", name="interaction_orphans", condition=models.Q(customer=None)),
        ]
