"""Bonus points: a ledger to which entries are added and of which none is changed. A balance is the sum of a person's entries."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import Customer
from segments.models.loose import Loose


class PointsEntry(models.Model):
    """Points given (more than 0) or taken (less). `key` says what it is for, so that the same thing told again is one entry;
    `expires_on` is the first day on which points that were given are gone. Whoever reads follows `merged_into`."""

    class Kind(models.TextChoices):
        ACCRUED = "accrued", pgettext_lazy("bonus points", "given")
        SPENT = "spent", pgettext_lazy("bonus points", "spent")
        EXPIRED = "expired", pgettext_lazy("bonus points", "expired")
        RETURNED = "returned", pgettext_lazy("bonus points", "taken back")

    customer = Loose(Customer, db_index=False, verbose_name=_("customer"))
    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    points = models.IntegerField(_("points"))
    why = models.CharField(_("what for"), max_length=160, blank=True)
    key = models.CharField(max_length=80, unique=True)
    expires_on = models.DateField(_("gone from"), null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who")
    )
    happened_at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = _("entry of bonus points")
        verbose_name_plural = _("bonus points")
        default_permissions = ("view", "add")
        indexes = [
            models.Index("customer", name="points_of_customer"),
            models.Index("happened_at", name="points_since"),
            models.Index("expires_on", name="points_expire", condition=models.Q(kind="accrued")),
        ]

    def __str__(self) -> str:
        return f"{self.points:+}"
