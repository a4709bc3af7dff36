"""What people do on the holding's websites: the sites that tell us, whose the devices are, and the events."""

import secrets
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import Brand, CarModel, Customer
from segments.models.loose import Loose


def new_public_key() -> str:
    """It stands in the pages of the site: no secret."""
    return secrets.token_hex(10)


class EventKind(models.TextChoices):
    PAGE_VIEW = "page_view", pgettext_lazy("website event", "viewed a page")
    PRODUCT_VIEW = "product_view", pgettext_lazy("website event", "viewed a car or a product")
    CATEGORY_VIEW = "category_view", pgettext_lazy("website event", "viewed a category")
    SEARCH = "search", pgettext_lazy("website event", "searched")
    CART_ADD = "cart_add", pgettext_lazy("website event", "put into the cart")
    CART_REMOVE = "cart_remove", pgettext_lazy("website event", "took out of the cart")
    CART = "cart", pgettext_lazy("website event", "the cart as it is now")  # the whole of it; empty: cleared
    FAVOURITE = "favourite", pgettext_lazy("website event", "put among favourites")
    ORDER = "order", pgettext_lazy("website event", "placed an order or a request")
    REGISTRATION = "registration", pgettext_lazy("website event", "registered")
    LOGIN = "login", pgettext_lazy("website event", "logged in")
    SUBSCRIPTION = "subscription", pgettext_lazy("website event", "subscribed")
    FORM = "form", pgettext_lazy("website event", "sent a form")


class Site(models.Model):
    """A website that tells us events. Of its server's keys only hashes are kept (`website_events.sites`).

    `origins` are those whose scripts may call, as browsers say them ("https://www.example.ru"). `operations` are names of
    Mindbox operations of this site, each with our kind of event.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    public_key = models.CharField(_("public key"), max_length=32, unique=True, default=new_public_key, editable=False)
    origins = ArrayField(models.CharField(max_length=120), default=list, blank=True, verbose_name=_("addresses"))
    operations = models.JSONField(_("operations of Mindbox"), default=dict, blank=True)
    is_active = models.BooleanField(_("events are taken"), default=True)
    secret_hash = models.CharField(max_length=64, blank=True, db_default="", db_index=True, editable=False)
    secret_made_at = models.DateTimeField(null=True, editable=False)
    # The key before this one: it opens for a day, so that a site changes over without a gap.
    old_secret_hash = models.CharField(max_length=64, blank=True, db_default="", db_index=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("website")
        verbose_name_plural = _("websites")

    def __str__(self) -> str:
        return self.name


class SiteDevice(models.Model):
    """Whose a device of a site is, since when and by whose word. Devices that nobody has named have no row.

    `key` is the id that the site's script gave the device; a person whom a server names without a device gets one made of
    her address. Without a customer the site's server has named somebody whom the base does not have: `contact_*` wait, and
    the sweep looks again. `customer` is whom it was tied to: whoever reads follows `merged_into`.
    """

    class How(models.TextChoices):
        LINK = "link", _("by the link of a letter")
        SERVER = "server", _("by the site's server")  # it beats a link: a letter is passed on

    site = models.ForeignKey(Site, models.CASCADE, related_name="devices")
    key = models.CharField(max_length=64)
    customer = Loose(Customer, null=True, db_index=False)
    how = models.CharField(max_length=6, choices=How)
    tied_at = models.DateTimeField()
    contact_kind = models.CharField(max_length=8, blank=True, db_default="")
    contact_value = models.CharField(max_length=254, blank=True, db_default="")
    looked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("site", "key", name="site_device_once")]
        indexes = [
            models.Index("customer", name="site_device_of_customer"),
            models.Index("tied_at", name="site_device_by_time"),
            models.Index("looked_at", name="site_device_waits", condition=models.Q(customer__isnull=True)),
        ]
        default_permissions = ()


class WebsiteEvent(models.Model):
    """One thing that somebody did on a site. `PARTITION BY RANGE (received_at)` month by month (`website_events.months`);
    `id` is the primary key only in Django's state. Each month is unique on (site, key): `key` is the site's own id of the event.

    `customer` is whom the device was tied to, empty while nobody knows: whoever reads follows `merged_into`. `product` is
    the site's own number of a product, `amount` roubles: the price of what was viewed, the sum of a cart or an order.
    """

    id = models.BigAutoField(primary_key=True)
    site = Loose(Site, verbose_name=_("website"))
    key = models.CharField(max_length=64)
    kind = models.CharField(_("what"), max_length=14, choices=EventKind)
    happened_at = models.DateTimeField(_("when"))
    received_at = models.DateTimeField()
    device = models.CharField(max_length=64)
    customer = Loose(Customer, null=True, verbose_name=_("customer"))
    product = models.CharField(max_length=64)
    vin = models.CharField("VIN", max_length=17)
    brand = Loose(Brand, null=True, verbose_name=_("brand"))
    model = Loose(CarModel, null=True, verbose_name=_("model"))
    category = models.CharField(_("category"), max_length=64)
    amount = models.DecimalField(_("sum, ₽"), max_digits=14, decimal_places=2, null=True)
    page = models.CharField(_("page"), max_length=300)
    details: Any = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "tracking_websiteevent"
        default_permissions = ("view",)
