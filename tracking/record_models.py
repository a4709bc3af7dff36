"""What channels brought, for forecasts."""

from django.db import models

from channels.models import Channel
from segments.models.people import Purpose


class ChannelRecord(models.Model):
    """What our finished campaigns of a channel and a purpose brought in a year, counted every night
    (`tracking.track_record`). `people` and `control` are the arms of those whose time to buy is over."""

    channel = models.CharField(max_length=12, choices=Channel)
    purpose = models.CharField(max_length=12, choices=Purpose)
    campaigns = models.IntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    opened = models.BigIntegerField(default=0)
    clicked = models.BigIntegerField(default=0)
    replied = models.BigIntegerField(default=0)
    opted_out = models.BigIntegerField(default=0)
    people = models.BigIntegerField(default=0)
    deals = models.BigIntegerField(default=0)
    margin = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    control = models.BigIntegerField(default=0)
    control_deals = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("channel", "purpose", name="record_of_channel_once")]
