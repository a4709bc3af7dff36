"""How ready people are to recommend us: the answers to one question of 0 to 10, and why."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Run
from segments.models import Brand, Centre, Customer
from segments.models.loose import Loose


class NpsAnswer(models.Model):
    """One for each message that asked: a later answer by the same link replaces the earlier.

    `answered_by` is whom the message was written to; `customer` the living one, which follows merges (`tracking.nps`).
    `centre` and `brand` are those of what she did with us last before the first answer.
    """

    class Reason(models.TextChoices):
        PEOPLE = "people", _("how I was treated")
        QUALITY = "quality", _("quality of the work or of the car")
        PRICE = "price", _("prices")
        TIME = "time", _("waiting and dates")
        EASE = "ease", _("how easy it was to agree")
        OTHER = "other", _("something else")

    run = Loose(Run, verbose_name=_("run"))
    campaign = Loose(Campaign, verbose_name=_("campaign"), db_index=False)
    message_id = models.BigIntegerField(unique=True)
    answered_by = Loose(Customer, null=True)
    customer = Loose(Customer, null=True, verbose_name=_("customer"), db_index=False)
    score = models.SmallIntegerField(_("score"), validators=[MaxValueValidator(10)])
    reason = models.CharField(_("reason"), max_length=8, choices=Reason, blank=True)
    comment = models.TextField(_("comment"), blank=True, max_length=2000)
    may_call = models.BooleanField(_("asks for a call"), default=False)
    centre = Loose(Centre, null=True, verbose_name=_("dealer centre"))
    brand = Loose(Brand, null=True, verbose_name=_("brand"))
    answered_at = models.DateTimeField(_("answered"), default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("score of readiness to recommend")
        verbose_name_plural = _("scores of readiness to recommend")
        indexes = [
            models.Index("campaign", name="scores_of_campaign"),
            models.Index("customer", "answered_at", name="scores_of_customer"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(score__range=(0, 10)), name="score_of_ten")]

    def __str__(self) -> str:
        return f"{self.score} · {date_format(timezone.localtime(self.answered_at), 'd.m.Y H:i')}"
