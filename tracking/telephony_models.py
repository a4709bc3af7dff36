"""Accounts at call-tracking providers, what each pull from them brought, and what they told without being asked."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.models import new_hook
from segments.models.loose import Loose

HISTORY = timedelta(days=31)  # what a new account reads first


def first_day() -> Any:
    return timezone.localdate() - HISTORY


class CallTrackingAccount(models.Model):
    """Credentials at a call-tracking provider; `provider` is a key of `tracking.telephony.REGISTRY`, `options`, `secret`
    and `hook` are kept as those of `channels.Account`.

    `read_until` is the cursor: all before it has been read at least once. `key_prefix` keeps numbers of calls of
    different providers apart; it is never changed once calls have come (`tracking.telephony.accounts`).
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    provider = models.CharField(_("provider"), max_length=20)
    options = models.JSONField(_("options"), default=dict, blank=True)
    secret = models.TextField(blank=True, editable=False)
    hook = models.CharField(max_length=32, unique=True, editable=False, default=new_hook)
    time_zone = models.CharField(_("time zone of the account"), max_length=40, default="Europe/Moscow")
    is_active = models.BooleanField(_("calls are read"), default=True)
    since = models.DateField(_("read calls since"), default=first_day)
    every = models.PositiveSmallIntegerField(
        _("read every, minutes"), default=30, validators=[MinValueValidator(5), MaxValueValidator(1440)]
    )
    overlap = models.PositiveSmallIntegerField(
        _("read again the last, days"), default=3, validators=[MinValueValidator(1), MaxValueValidator(14)],
        help_text=_("Calls end late, and tags are put on them later."),
    )  # fmt: skip
    key_prefix = models.CharField(max_length=24, blank=True, db_default="", editable=False)
    read_until = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    pulled_at = models.DateTimeField(null=True, editable=False)  # the last pull that came to its end
    reconcile_at = models.DateTimeField(default=timezone.now, editable=False)
    reconciled_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveSmallIntegerField(db_default=0, editable=False)  # in a row
    problem = models.CharField(max_length=300, blank=True, db_default="", editable=False)
    check_answer = models.CharField(max_length=300, blank=True, db_default="", editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("account of call tracking")
        verbose_name_plural = _("accounts of call tracking")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.since and self.since > timezone.localdate():
            raise ValidationError({"since": gettext("This day is still to come: choose today or an earlier one.")})


class CallPull(models.Model):
    """One pull: which days it read and what came of it. Without `finished_at` it is under way, or was killed."""

    account = models.ForeignKey(CallTrackingAccount, models.CASCADE, related_name="pulls")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    read_until = models.DateTimeField()
    new = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list)  # the first ones, in words
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        default_permissions = ()

    @property
    def percent(self) -> int:
        """How far it is, by time."""
        whole = (self.until - self.since).total_seconds()
        return round(100 * (self.read_until - self.since).total_seconds() / whole) if whole > 0 else 100


class CallNotice(models.Model):
    """A notification of a provider as it came, kept for `settings.WEBHOOK_DAYS`. The same body is the same row.

    `call_key` says which call it is about, within the account: what is known of a call is what all its notices say together.
    """

    account = Loose(CallTrackingAccount, db_index=False)
    digest = models.BinaryField(max_length=16)
    call_key = models.CharField(max_length=40)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("account", "digest", name="call_notice_once")]
        indexes = [
            models.Index("account", "call_key", name="notices_of_call"),
            models.Index("id", name="notices_that_wait", condition=models.Q(applied_at=None)),
            models.Index("received_at", name="notice_by_time"),
        ]


class CallDifference(models.Model):
    """Where the provider's report and what was known here said different things; the report was believed.

    `fields`: {field of `Call`: [ours, the report's]}.
    """

    class Kind(models.TextChoices):
        MISSING_HERE = "missing_here", _("was missing here, is loaded now")
        MISSING_THERE = "missing_there", _("the report does not know it")
        DIFFERS = "differs", _("was different, is corrected")

    account = models.ForeignKey(CallTrackingAccount, models.CASCADE, related_name="differences")
    external_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=14, choices=Kind)
    started_at = models.DateTimeField()
    fields = models.JSONField(default=dict)
    found_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-started_at"]
        default_permissions = ()
        constraints = [models.UniqueConstraint("account", "external_id", "kind", name="call_difference_once")]


class CallFileMapping(models.Model):
    """Which columns of exported files say what (`tracking.calls.mapping`), as people left it last: {field: header}.

    `whose`: the number of the account, "own" for files in our words without one, "other" for those of any other provider.
    """

    whose = models.CharField(max_length=20, unique=True)
    columns = models.JSONField(default=dict)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
