"""What came of the messages, by the person: read models of the outbox for rules and pages (`campaigns.engagement`).

They can be computed anew at any time; the outbox is the truth.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from channels.models import Channel
from segments.models import Customer, CustomerFacts
from segments.models.loose import Loose


class Touch(models.Model):
    """A message that was accepted for sending, and the first time of each thing that came of it.

    `customer` is the living one: a message stays with whom it was planned for, its touch follows merges. A step
    implies those before it: who clicked has opened. `opted_out_at`: unsubscribed by this message or called it spam.
    """

    message_id = models.BigIntegerField(primary_key=True)
    customer = Loose(Customer, db_index=False)
    campaign = Loose(Campaign, db_index=False)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    sent_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    opted_out_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("customer", name="touch_of_customer"),
            models.Index("sent_at", "customer", name="touch_sent", condition=models.Q(failed_at=None)),
            models.Index("opened_at", "customer", name="touch_opened", condition=models.Q(opened_at__isnull=False)),
            models.Index("clicked_at", "customer", name="touch_clicked", condition=models.Q(clicked_at__isnull=False)),
        ]


class EngagementFacts(models.Model):
    """One row for each living customer whom a campaign has written to; whoever has none was sent nothing.

    Numbers are of all time (recent ones are asked of `Touch`, so that they are right every day); days are those of
    settings.TIME_ZONE. `last_campaign` is that of the newest message. `email_unopened`: e-mails that arrived, as far
    as is known, since she last opened one.
    """

    customer = models.OneToOneField(
        CustomerFacts, models.DO_NOTHING, primary_key=True, related_name="engagement", db_constraint=False
    )
    sent = models.IntegerField()
    delivered = models.IntegerField()
    opened = models.IntegerField()
    clicked = models.IntegerField()
    replied = models.IntegerField()
    failed = models.IntegerField()
    first_sent = models.DateField()
    last_sent = models.DateField()
    first_delivered = models.DateField(null=True)
    last_delivered = models.DateField(null=True)
    first_opened = models.DateField(null=True)
    last_opened = models.DateField(null=True)
    first_clicked = models.DateField(null=True)
    last_clicked = models.DateField(null=True)
    last_replied = models.DateField(null=True)
    last_failed = models.DateField(null=True)
    opted_out = models.DateField(null=True)  # the last time
    last_campaign = Loose(Campaign, db_index=False)
    email_sent = models.IntegerField()
    email_opened = models.IntegerField()
    email_clicked = models.IntegerField()
    email_unopened = models.IntegerField()
    last_email_sent = models.DateField(null=True)
    last_email_opened = models.DateField(null=True)
    sms_sent = models.IntegerField()
    sms_clicked = models.IntegerField()
    last_sms_sent = models.DateField(null=True)
    computed_at = models.DateTimeField()
