"""What was bought with promo codes, and the tills that say so."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.promo import PromoCode
from segments.models import Centre, Customer
from segments.models.loose import Loose


class PromoTill(models.Model):
    """A till or a website that takes codes by our API. Of its keys only hashes are kept (`channels.server_keys`)."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    centre = models.ForeignKey(
        Centre, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dealer centre"),
        help_text=_("Where its purchases are made. Empty: no dealer centre, as on a website."),
    )  # fmt: skip
    is_active = models.BooleanField(_("in use"), default=True)
    secret_hash = models.CharField(max_length=64, blank=True, db_default="", db_index=True, editable=False)
    secret_made_at = models.DateTimeField(null=True, editable=False)
    old_secret_hash = models.CharField(max_length=64, blank=True, db_default="", db_index=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("point of sale")
        verbose_name_plural = _("points of sale")

    def __str__(self) -> str:
        return self.name


class PromoRedemption(models.Model):
    """A purchase with a code. `receipt` is the till's own number of it: the same one told twice is one purchase.

    `customer` and `campaign` are those of the code, so that whoever asks what a campaign brought reads one table:
    `filter(campaign=…, cancelled_at=None).values("customer", "happened_at", "amount")`. `discount`, roubles, where it is known.
    """

    class Door(models.TextChoices):
        CASHIER = "cashier", _("cashier")
        TILL = "till", _("till or website")
        FILE = "file", _("file")

    code = models.ForeignKey(PromoCode, models.PROTECT, related_name="redemptions", verbose_name=_("promo code"))
    customer = Loose(Customer, null=True, db_index=False, verbose_name=_("customer"))
    campaign = Loose(Campaign, null=True, db_index=False, verbose_name=_("campaign"))
    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    amount = models.DecimalField(_("sum of the purchase, ₽"), max_digits=12, decimal_places=2, null=True)
    discount = models.DecimalField(_("discount, ₽"), max_digits=12, decimal_places=2, null=True)
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, related_name="+", verbose_name=_("dealer centre"))
    receipt = models.CharField(_("receipt"), max_length=80)
    door = models.CharField(_("where from"), max_length=8, choices=Door)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who")
    )
    till = models.ForeignKey(PromoTill, models.PROTECT, null=True, related_name="+", verbose_name=_("point of sale"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    cancelled_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        ordering = ["-happened_at", "-id"]
        verbose_name = _("purchase with a promo code")
        verbose_name_plural = _("purchases with promo codes")
        permissions = [("redeem_promocode", _("Can take promo codes at the till"))]
        constraints = [
            models.UniqueConstraint("code", "receipt", name="promo_receipt_once", condition=models.Q(cancelled_at=None))
        ]
        indexes = [
            models.Index("campaign", name="promo_redeemed_of", condition=models.Q(campaign__isnull=False)),
            models.Index("recorded_at", name="promo_redeemed_since"),
            models.Index("cancelled_at", name="promo_cancelled_since", condition=models.Q(cancelled_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.receipt
