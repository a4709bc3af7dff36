"""What stands in the showrooms and who walks in: cars in stock with their prices, visitor counters."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models.catalogue import Brand, CarModel, Centre
from segments.models.history import Interaction
from segments.models.loose import Loose


class CarInStock(models.Model):
    """A car that a centre can sell, until `gone_on`. One row per car of a source; the key is its VIN, without one
    the source's own number. Prices are roubles. `details` keeps the brand and model that no value table knew."""

    source = Loose("segments.Source", db_index=False)
    external_key = models.CharField(max_length=80)
    vin = models.CharField("VIN", max_length=17, blank=True)
    brand = Loose(Brand, null=True, verbose_name=_("brand"), db_index=False)
    model = Loose(CarModel, null=True, verbose_name=_("model"), db_index=False)
    trim = models.CharField(_("trim"), max_length=120, blank=True)
    car_class = models.CharField(_("class"), max_length=12, blank=True)
    condition = models.CharField(_("condition"), max_length=4, choices=Interaction.Condition, blank=True)
    year = models.SmallIntegerField(_("year"), null=True)
    mileage = models.IntegerField(_("mileage, km"), null=True)
    colour = models.CharField(_("colour"), max_length=40, blank=True)
    price = models.DecimalField(_("price, ₽"), max_digits=14, decimal_places=2, null=True)
    centre = Loose(Centre, null=True, verbose_name=_("dealer centre"), db_index=False)
    arrived_on = models.DateField(_("arrived"), null=True)
    gone_on = models.DateField(_("gone"), null=True)
    details = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    content_hash = models.BinaryField(max_length=32)
    first_batch_id = models.BigIntegerField(null=True)
    last_batch_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("car in stock")
        verbose_name_plural = _("cars in stock")
        constraints = [models.UniqueConstraint("source", "external_key", name="car_in_stock_once")]
        indexes = [
            models.Index("brand", "model", name="stock_by_model", condition=models.Q(gone_on__isnull=True)),
            models.Index("vin", name="stock_by_vin"),
        ]

    def __str__(self) -> str:
        return self.vin or self.external_key


class CarPrice(models.Model):
    """The price of a car in stock from a day on."""

    car = Loose(CarInStock, related_name="prices", db_index=False)
    since = models.DateField(_("since"))
    price = models.DecimalField(_("price, ₽"), max_digits=14, decimal_places=2)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-since"]
        constraints = [models.UniqueConstraint("car", "since", name="car_price_once")]


class CentreTraffic(models.Model):
    """How many people walked into a centre in a day, as its counter saw them; nobody is named."""

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="traffic", verbose_name=_("dealer centre"))
    day = models.DateField(_("day"))
    visitors = models.IntegerField(_("visitors"))
    source = models.ForeignKey("segments.Source", models.CASCADE, related_name="+", verbose_name=_("source"))
    first_batch_id = models.BigIntegerField(null=True)
    last_batch_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-day", "centre__name"]
        verbose_name = _("visitors of a day")
        verbose_name_plural = _("visitor counters")
        constraints = [models.UniqueConstraint("centre", "day", "source", name="traffic_once")]

    def __str__(self) -> str:
        return f"{self.day:%d.%m.%Y}"
