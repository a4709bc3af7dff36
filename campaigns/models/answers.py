"""What comes back: reports that wait for their message, what people wrote, and what we answered them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channels.models import Account, Channel, IncomingMessage
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
        START = "start", _("opened the bot")
        YES = "yes", _("agreed to advertising")
        RULE = "rule", _("answered by itself")

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
        permissions = [("answer_reply", _("Can answer what people write"))]
        indexes = [
            models.Index("incoming", name="reply_open", condition=models.Q(answered_at=None, keyword="")),
            models.Index("address", "incoming", name="reply_of_address"),
            models.Index("address", name="reply_of_nobody", condition=models.Q(customer=None) & ~models.Q(address="")),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"


class Answer(models.Model):
    """What we write back to a person, once, over the account that she wrote to (`campaigns.answering`).

    `form` is the form it was written in: the same form sent twice is one answer. QUEUED → SENDING is committed before the
    call to the provider; what is found in SENDING when nobody sends is UNKNOWN, and only a person may write it again.
    `recipient` is what the provider takes: an address, or the platform's own id. `campaigns.answer_states` moves it on.
    """

    class Origin(models.TextChoices):
        OPERATOR = "operator", _("operator")
        KEYWORD = "keyword", _("automatic answer")
        TREE = "tree", _("chat tree")
        GREETING = "greeting", _("greeting")
        REMINDER = "reminder", _("reminder of a scenario")

    class State(models.TextChoices):
        QUEUED = "queued", _("waits to be sent")
        SENDING = "sending", _("is being sent")
        ACCEPTED = "accepted", _("accepted by the provider")
        REJECTED = "rejected", _("not sent")
        UNKNOWN = "unknown", _("nobody knows whether it went")

    reply = models.ForeignKey("campaigns.Reply", models.CASCADE, related_name="sent")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.OPERATOR)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    form = models.UUIDField(unique=True, default=uuid.uuid4)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    buttons = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField())
    )  # words that a press sends back
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    provider_key = models.CharField(max_length=120, blank=True, db_default="")
    reason = models.CharField(max_length=40, blank=True, db_default="")
    note = models.CharField(max_length=300, blank=True, db_default="")  # the provider's sentence, or why it waits
    attempts = models.SmallIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    begun_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index("account", "due_at", name="answer_open", condition=models.Q(state__in=["queued", "sending"])),
            models.Index("account", "provider_key", name="answer_by_key", condition=~models.Q(provider_key="")),
            models.Index("recipient", "created_at", name="answer_to_whom"),
            models.Index("id", name="answer_unknown", condition=models.Q(state="unknown")),
        ]
        constraints = [
            models.UniqueConstraint(
                "reply", "origin", condition=~models.Q(origin="operator"), name="answered_by_itself_once"
            ),
        ]


class KeywordRule(models.Model):
    """A word that is answered by itself. `keywords` are compared folded (`campaigns.keywords.fold`), separated by commas."""

    keywords = models.CharField(
        _("words"), max_length=200,
        help_text=_("Separated by commas. The whole message must be one of them; case and punctuation do not matter."),
    )  # fmt: skip
    channel = models.CharField(
        _("channel"), max_length=12, choices=Channel, blank=True, help_text=_("Empty: all channels.")
    )
    text = models.TextField(_("answer"))
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["keywords", "channel"]
        verbose_name = _("automatic answer")
        verbose_name_plural = _("automatic answers")

    def __str__(self) -> str:
        return self.keywords
