"""How: accounts at providers, what they tell us, and the letters of the built-in inbox."""

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    PUSH = "push", _("Push")
    WHATSAPP = "whatsapp", "WhatsApp"
    TELEGRAM = "telegram", "Telegram"
    MAX = "max", "MAX"
    VK = "vk", "VK"


def new_hook() -> str:
    """128 random bits for an address that nobody can guess (OWASP ASVS 5, 11.5.1)."""
    return secrets.token_urlsafe(16)


class Account(models.Model):
    """Credentials and limits at one provider. `provider` is a key of `channels.providers.REGISTRY`.

    `hook` is the path of its webhook: whoever knows it may knock, so that it is shown like a secret.

    `options` are the provider's own settings (its `Options` schema checks them); `secret` is sealed
    (`channels.sealing`), never shown, never exported.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    provider = models.CharField(_("provider"), max_length=20)
    sender_name = models.CharField(_("sender's name"), max_length=80, blank=True)
    sender_address = models.CharField(_("sender's address"), max_length=254, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    secret = models.TextField(blank=True, editable=False)
    hook = models.CharField(max_length=32, unique=True, editable=False, default=new_hook)
    per_second = models.PositiveIntegerField(
        _("messages a second"), default=50, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    cost = models.DecimalField(_("cost of a message, ₽"), max_digits=8, decimal_places=4, default=0)
    is_default = models.BooleanField(_("default for its channel"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["channel", "name"]
        constraints = [
            models.UniqueConstraint("channel", condition=models.Q(is_default=True), name="one_default_account")
        ]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.name


class InboxLetter(models.Model):
    """A letter that the built-in inbox took (RFC 5322 bytes as they came); it never left this machine."""

    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    mail_from = models.CharField(_("from"), max_length=320, blank=True)
    recipient = models.CharField(_("to"), max_length=320, db_index=True)
    subject = models.CharField(_("subject"), max_length=400, blank=True)
    raw = models.BinaryField()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("letter")
        verbose_name_plural = _("inbox")
        permissions = [("view_letter_addresses", _("Can see whom a letter went to"))]

    def __str__(self) -> str:
        return self.subject or "—"


class WebhookEvent(models.Model):
    """A call of a provider as it came, whatever we made of it; kept for `settings.WEBHOOK_DAYS`.

    `PARTITION BY RANGE (received_at)` (`channels.partitions`). No headers: some carry secrets.
    """

    id = models.BigAutoField(primary_key=True)
    received_at = models.DateTimeField()
    account = models.ForeignKey(Account, models.DO_NOTHING, related_name="+", db_constraint=False)
    query = models.TextField(blank=True)  # as in an address: a=1&b=2
    body = models.BinaryField()

    class Meta:
        managed = False
        db_table = "channels_webhookevent"


class DeliveryReport(models.Model):
    """One delivery update in our words. A repeat is the same row: unique on all but `reason` and `received_at`.

    `PARTITION BY RANGE (happened_at)`; kept for `settings.REPORT_DAYS`. `provider_key` is the primary key only in Django's state.
    """

    account = models.ForeignKey(Account, models.DO_NOTHING, related_name="+", db_constraint=False)
    provider_key = models.CharField(max_length=120, primary_key=True)
    status = models.CharField(max_length=12)
    happened_at = models.DateTimeField()
    message_id = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "channels_deliveryreport"


class IncomingMessage(models.Model):
    """What a person wrote to us over an account. `provider_key` tells repeats apart."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    provider_key = models.CharField(max_length=120)
    sender = models.CharField(_("from"), max_length=254, db_index=True)
    text = models.TextField(_("text"), blank=True)
    happened_at = models.DateTimeField(_("when"))
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("account", "provider_key", name="incoming_once")]
        default_permissions = ()
