"""The staff."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models import Centre, Salesperson


class User(AbstractUser):
    """A member of staff. No foreign keys here: every app may point at it from its first migration."""


class Workplace(models.Model):
    """Where a member of staff works. Salespeople, their head and operators see only the customers of these centres."""

    user = models.OneToOneField(User, models.CASCADE, related_name="workplace")
    centres = models.ManyToManyField(
        Centre, blank=True, related_name="+", verbose_name=_("dealer centres"),
        help_text=_("A salesperson, a head of sales or an operator sees the customers of these centres only."),
    )  # fmt: skip
    salesperson = models.OneToOneField(
        Salesperson, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("salesperson"),
        help_text=_("Who this is in the documents of 1C: calls to the customers of this salesperson come to this person."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("workplace")
        verbose_name_plural = _("workplaces")

    def __str__(self) -> str:
        return ", ".join(centre.name for centre in self.centres.all()) or "—"
