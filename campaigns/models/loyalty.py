"""What promo codes and bonus points a person has: a read model for rules (`campaigns.loyalty`)."""

from django.db import models

from segments.models import CustomerFacts


class LoyaltyFacts(models.Model):
    """One row for each living customer who was ever given a promo code or bonus points. Days are those of
    settings.TIME_ZONE.

    `codes` counts codes of her own; `used` her purchases with any code that were not taken back. `unused`: codes of her
    own that are still good and bought nothing, `unused_until` the nearest last day of one of them. `points` is the
    balance, `points_until` the last day on which she has all of it. `friends`: new customers who came by her link, `last_friend`
    the day of the last request; `came_by_friend` that of her own.
    """

    customer = models.OneToOneField(
        CustomerFacts, models.DO_NOTHING, primary_key=True, related_name="loyalty", db_constraint=False
    )
    codes = models.IntegerField()
    last_code = models.DateField(null=True)
    used = models.IntegerField()
    last_used = models.DateField(null=True)
    unused = models.IntegerField()
    unused_until = models.DateField(null=True)
    points = models.IntegerField()
    points_until = models.DateField(null=True)
    friends = models.IntegerField(default=0, db_default=0)
    last_friend = models.DateField(null=True)
    came_by_friend = models.DateField(null=True)
    computed_at = models.DateTimeField()
