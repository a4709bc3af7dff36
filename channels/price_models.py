"""What messages of an account used to cost."""

from django.db import models


class FormerPrice(models.Model):
    """A message of the account cost this much until then, from the price before it on. Written by `channels.prices`."""

    account = models.ForeignKey("channels.Account", models.CASCADE, related_name="former_prices")
    cost = models.DecimalField(max_digits=8, decimal_places=4)
    until = models.DateTimeField()

    class Meta:
        ordering = ["until"]
        default_permissions = ()
        indexes = [models.Index("account", "until", name="price_by_time")]
