"""What comes back: reports that wait for their message, and what people answered."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channels.models import Account, IncomingMessage
from segments.models import ContactPoint, Customer
from segments.models.loose import Loose


class ParkedReport(models.Model):
    """A delivery report of a message that we do not know yet (`campaigns.parked`)."""

    account = Loose(Account, db_index=False)
    provider_key = models.CharField(max_length=120)
    fact = models.CharField(max_length=12)
    happened_at = models.DateTimeField()
    failure = models.CharField(max_length=40, blank=True)
    message_id = models.BigIntegerField(default=0)
    parked_at = models.DateTimeField(db_default=Now(), db_index=True)
    due_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("account", "provider_key", "fact", "happened_at", name="parked_once"),
        ]


class Reply(models.Model):
    """A message that a person sent to us, and what we made of it. Who she is may be found out later.

    `address` is the sender as a contact point has it, empty where the sender is no address but an id of the platform.
    `keyword` says that it was an order which was carried out: nobody needs to answer it. `answers` is our message that
    she probably answers: the last one to this address over this channel.
    """

    class Keyword(models.TextChoices):
        STOP = "stop", _("refused advertising")

    incoming = models.OneToOneField(IncomingMessage, models.CASCADE, primary_key=True, related_name="reply")
    address = models.CharField(max_length=254, blank=True)
    customer = Loose(Customer, null=True, verbose_name=_("customer"))
    contact_point = Loose(ContactPoint, null=True)
    answers = models.BigIntegerField(null=True)
    keyword = models.CharField(max_length=8, choices=Keyword, blank=True)
    answered_at = models.DateTimeField(_("dealt with"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by whom")
    )

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        default_permissions = ("view", "change")
        indexes = [
            models.Index("incoming", name="reply_open", condition=models.Q(answered_at=None, keyword="")),
            models.Index("address", name="reply_of_nobody", condition=models.Q(customer=None) & ~models.Q(address="")),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"
