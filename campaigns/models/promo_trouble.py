"""“The promo code does not work”: pictures that show how it is used, and what people say went wrong."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.campaign import Campaign
from campaigns.models.promo import PromoCode, PromoPool
from segments.models import Customer
from segments.models.loose import Loose


class PromoPicture(models.Model):
    """A picture of a pool's instruction, as it was uploaded; small ones, so they stay in the database."""

    pool = models.ForeignKey(PromoPool, models.CASCADE, related_name="pictures")
    caption = models.CharField(_("what it shows"), max_length=160)
    kind = models.CharField(max_length=20, editable=False)  # its media type, by its own first bytes
    content = models.BinaryField()

    class Meta:
        ordering = ["id"]
        verbose_name = _("picture of the instruction")
        verbose_name_plural = _("pictures of the instruction")
        default_permissions = ()

    def __str__(self) -> str:
        return self.caption


class PromoTrouble(models.Model):
    """Why a code does not work, by whoever has it: one word a message, the last. `cause` is what was wrong with the code
    then (`campaigns.promo.judging.Why`), '' for a good one."""

    class Reason(models.TextChoices):
        NOT_KNOWN = "not_known", _("The site or the cashier says that there is no such code")
        WHERE = "where", _("I do not see where to type it")
        NO_DISCOUNT = "no_discount", _("The code was taken, but the price is the same")
        OVER = "over", _("They say that it has expired")
        USED = "used", _("They say that it has been used")
        OTHER = "other", pgettext_lazy("why a promo code does not work", "Something else")

    pool = models.ForeignKey(PromoPool, models.PROTECT, related_name="troubles")
    code = Loose(PromoCode, null=True)
    customer = Loose(Customer, null=True, db_index=False)
    campaign = Loose(Campaign, null=True, db_index=False)
    message_id = models.BigIntegerField(unique=True)
    reason = models.CharField(max_length=12, choices=Reason)
    comment = models.CharField(max_length=500, blank=True)
    cause = models.CharField(max_length=12, blank=True)
    reported_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("promo code that does not work")
        verbose_name_plural = _("promo codes that do not work")
        default_permissions = ()
