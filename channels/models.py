"""How: accounts at providers, and the letters of the built-in inbox."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
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


class Account(models.Model):
    """Credentials and limits at one provider. `provider` is a key of `channels.providers.REGISTRY`.

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
