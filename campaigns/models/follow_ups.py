"""What a campaign goes after when it goes after an earlier run instead of to segments."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.outbox import Run


class FollowUp(models.Model):
    """The audience of `campaign` are people of `run`, of whom `campaigns.whom` says which.

    `origin` is the first run of a line of second tries (`run` itself for a correction): nobody gets the message twice
    within a line. `reasons` are fates (`campaigns.whom.FATE`), of a second try only.
    """

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("correction")  # to those whom a faulty message reached; once, outside the limits
        MISSED = "missed", _("second try")  # to those whom the message did not reach

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="follow_up")
    kind = models.CharField(max_length=10, choices=Kind)
    run = models.ForeignKey(Run, models.PROTECT, related_name="follow_ups")
    origin = models.ForeignKey(Run, models.PROTECT, related_name="line")
    reasons = ArrayField(models.CharField(max_length=40), default=list)

    @property
    def is_correction(self) -> bool:
        return self.kind == self.Kind.CORRECTION
