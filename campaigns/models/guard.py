"""What the wrong-name guard saw before a launch, and who said that it is right."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from campaigns.models.campaign import Campaign


class Inspection(models.Model):
    """One look of `campaigns.guard` at a campaign as it would be sent, bound to the fingerprint of texts, audience and plan.

    `findings` forbid a launch, `notes` do not: lists of `campaigns.guard.judging.Finding` as JSON arrays. A person with the
    right to approve may vouch for findings that can be right.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="inspections")
    fingerprint = models.CharField(max_length=64)
    people = models.PositiveIntegerField()  # to whom it would be sent
    rendered = models.PositiveIntegerField()  # messages that were made and read
    findings = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    inspected_at = models.DateTimeField(default=timezone.now)
    vouched_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    vouched_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
