"""Devices that take push messages, and what was shown on them."""

import secrets

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 4096  # of a message, at all push services alike


def new_key() -> str:
    """128 random bits; it says nothing of the device's address, which stays here."""
    return secrets.token_urlsafe(16)


class Device(models.Model):
    """A subscription of a browser, or an application on a phone, at one account. Written by `channels.devices` only.

    `key` is what others know it by: a contact point's value, a message's `to`. `address` is what the push service wants: the
    token of an application, or the JSON of a browser's subscription; `digest` is the sha-256 of what tells it from others.
    `service` is the account's provider when the device subscribed. `person` is the phone or e-mail that the site has signed
    for whoever uses it since `person_at`; whoever ties devices to people sets `is_tied`. `gone_at`: it takes nothing more.
    """

    account = models.ForeignKey("channels.Account", models.CASCADE, related_name="devices", verbose_name=_("account"))
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    service = models.CharField(max_length=20)
    address = models.TextField()
    digest = models.BinaryField(max_length=32)
    person = models.CharField(max_length=254, blank=True, db_default="")
    person_at = models.DateTimeField(null=True)
    is_tied = models.BooleanField(db_default=False)
    origin = models.CharField(max_length=120, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("account", "digest", name="device_once")]
        indexes = [
            models.Index("person", name="device_of_a_person", condition=~models.Q(person="")),
            models.Index("id", name="device_to_tie", condition=models.Q(is_tied=False) & ~models.Q(person="")),
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """A push message that its service took, for the notification centre of a site; kept for `settings.NOTICE_DAYS`."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="notices", db_index=False)
    title = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    link = models.TextField(blank=True)
    sent_at = models.DateTimeField(db_default=Now(), db_index=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["device", "-id"], name="notices_of_a_device")]
        default_permissions = ()

    def __str__(self) -> str:
        return self.title or self.body[:80]
