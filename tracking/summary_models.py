"""Figures of large campaigns, kept so that no page has to go over hundreds of thousands of people."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from campaigns.models import Campaign


class CampaignSummary(models.Model):
    """What `tracking.reports.summaries` said of a campaign at a moment (`tracking.keeping`)."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="+")
    figures = models.JSONField(encoder=DjangoJSONEncoder)
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
