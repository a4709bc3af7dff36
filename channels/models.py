"""How: accounts at providers, what they tell us, and the letters of the built-in inbox."""

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.letter_models import IncomingLetter as IncomingLetter  # noqa: PLC0414
from channels.price_models import FormerPrice as FormerPrice  # noqa: PLC0414
from channels.push_models import Device as Device  # noqa: PLC0414
from channels.push_models import Notice as Notice  # noqa: PLC0414


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


class AccountPurpose(models.TextChoices):
    """What an account may carry; the values are those of a campaign's purpose."""

    BOTH = "both", _("advertising and service messages")
    ADVERTISING = "advertising", _("advertising only")
    SERVICE = "service", _("service messages only")


class Account(models.Model):
    """Credentials and limits at one provider. `provider` is a key of `channels.providers.REGISTRY`.

    `hook` is the path of its webhook: whoever knows it may knock, so that it is shown like a secret.

    `options` are the provider's own settings (its `Options` schema checks them); `secret` is sealed
    (`channels.sealing`), never shown, never exported.
    """

    class Mode(models.TextChoices):
        JOURNAL = "journal", _("journal")  # all is recorded, nothing leaves
        LIVE = "live", _("live")

    name = models.CharField(_("name"), max_length=80, unique=True)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode, default=Mode.JOURNAL, editable=False)
    provider = models.CharField(_("provider"), max_length=20)
    sender_name = models.CharField(_("sender's name"), max_length=80, blank=True)
    sender_address = models.CharField(_("sender's address"), max_length=254, blank=True)
    other_senders = models.TextField(_("may also send as"), blank=True, default="", db_default="")
    options = models.JSONField(_("options"), default=dict, blank=True)
    secret = models.TextField(blank=True, editable=False)
    hook = models.CharField(max_length=32, unique=True, editable=False, default=new_hook)
    per_second = models.PositiveIntegerField(
        _("messages a second"), default=50, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    per_minute = models.PositiveIntegerField(
        _("messages a minute"), null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Empty: only the limit a second holds."),
    )  # fmt: skip
    per_day = models.PositiveIntegerField(
        _("messages a day"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty: no limit.")
    )
    warmup_from = models.DateField(
        _("warm-up since"), null=True, blank=True,
        help_text=_("The day of the first messages from a new address or number. Empty: no warm-up."),
    )  # fmt: skip
    warmup_first = models.PositiveIntegerField(
        _("messages on the first day"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    warmup_days = models.PositiveSmallIntegerField(
        _("days until the full volume"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Moscow")
    purpose = models.CharField(_("carries"), max_length=12, choices=AccountPurpose, default=AccountPurpose.BOTH)
    priority = models.PositiveSmallIntegerField(
        _("stands in, in order"), null=True, blank=True,
        help_text=_("When another account of this channel fails, this one goes on in its place; the smallest number first. Empty: never."),
    )  # fmt: skip
    test_recipients = models.TextField(
        _("test recipients"), blank=True, help_text=_("One address a line: who gets test messages of this account.")
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
        permissions = [("switch_mode", _("Can let an account send for real"))]

    def __str__(self) -> str:
        return self.name


class DomainLimit(models.Model):
    """How many messages a minute an e-mail account may send to addresses of one domain."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="domain_limits")
    domain = models.CharField(_("domain of the recipient"), max_length=120)
    per_minute = models.PositiveIntegerField(_("messages a minute"), validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["domain"]
        constraints = [models.UniqueConstraint("account", "domain", name="one_limit_of_a_domain")]
        verbose_name = _("limit of a domain")
        verbose_name_plural = _("limits of recipients' domains")
        default_permissions = ()  # whoever may change the account

    def __str__(self) -> str:
        return self.domain


class Allowance(models.Model):
    """How far a limit is used up, by all workers together (`channels.limits` names the scopes).

    `next_at` is the first moment that nobody has reserved; `taken` counts what was reserved since `window`.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    scope = models.CharField(max_length=130)
    next_at = models.DateTimeField(db_default=Now())
    window = models.DateTimeField(db_default=Now())
    taken = models.IntegerField(db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint("account", "scope", name="one_allowance_of_a_scope")]
        default_permissions = ()


class AccountHealth(models.Model):
    """How an account does; a row appears with its first message or fault. Written by `channels.health` only."""

    class Pause(models.TextChoices):
        NONE = "", _("works")
        PROBE = "probe", _("waits for the next try")  # tried again at `paused_until`
        PERSON = "person", _("waits for a person")

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="health")
    pause = models.CharField(max_length=8, choices=Pause, blank=True, db_default="")
    paused_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, db_default="")
    failures = models.PositiveSmallIntegerField(db_default=0)  # in a row, since the last message that was accepted
    last_sent_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    check_answer = models.CharField(max_length=300, blank=True, db_default="")  # what `Provider.check` said

    class Meta:
        default_permissions = ()


class AccountHour(models.Model):
    """Messages of an account in one hour, by what became of them."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    sent = models.IntegerField(db_default=0)  # all that were answered or on the wire
    failed = models.IntegerField(db_default=0)  # of these: refused, or nobody knows

    class Meta:
        constraints = [models.UniqueConstraint("account", "hour", name="one_hour_of_an_account")]
        default_permissions = ()


class JournalEntry(models.Model):
    """A message of an account in journal mode: what would have been sent. Kept for `settings.JOURNAL_DAYS`."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("account"))
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    recipient = models.CharField(_("to"), max_length=320)
    body = models.BinaryField()
    at = models.DateTimeField(_("recorded"), db_default=Now(), db_index=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index("recipient", "id", name="journal_of_a_recipient")]
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"


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
        indexes = [models.Index("happened_at", name="incoming_by_time")]
        default_permissions = ()


class ListAccount(models.Model):
    """Credentials at a service that keeps lists of addresses; `provider` is a key of `channels.audiences.SERVICES`.

    `options` and `secret` are kept as those of an `Account`, `mode` too: in the journal nothing leaves; `check_answer` is
    what the last check said.
    """

    mode = models.CharField(_("mode"), max_length=8, choices=Account.Mode, default=Account.Mode.JOURNAL, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    provider = models.CharField(_("provider"), max_length=20)
    options = models.JSONField(_("options"), default=dict, blank=True)
    secret = models.TextField(blank=True, editable=False)
    is_active = models.BooleanField(_("in use"), default=True)
    check_answer = models.TextField(_("last check"), blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("account of a list service")
        verbose_name_plural = _("accounts of list services")

    def __str__(self) -> str:
        return self.name
