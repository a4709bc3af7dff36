"""Devices that take push messages: how they come, are found for sending, and go.

Who they belong to is not known here: `channels.signals.devices_changed` tells each change upward, in its transaction.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from channels.models import Account, Device
from channels.signals import devices_changed

GONE_DAYS = 90  # a device that takes nothing is kept so long
LONGEST_ORIGIN = 120

# Only where the address is still the one that was tried: the device may have a new one by now. Held in the order of their
# ids: two workers that mark the same devices cannot deadlock.
MARK_GONE = """
WITH held AS MATERIALIZED (
    SELECT d.id FROM channels_device AS d
    JOIN unnest(%(keys)s::text[], %(addresses)s::text[]) AS told (key, address) USING (key, address)
    WHERE d.gone_at IS NULL ORDER BY d.id FOR NO KEY UPDATE OF d
)
UPDATE channels_device AS d SET gone_at = clock_timestamp() FROM held WHERE d.id = held.id
"""


class Introduced(NamedTuple):
    """What a device said: the address its service wants, and what of it tells the device from others."""

    address: str
    identity: str


@dataclass(frozen=True, slots=True)
class Saying:
    """What came with it: the address of a person that the site has signed, the site, the key it had before. `agreed`: the
    person has just asked for it, so that it is more than the device being there."""

    person: str = ""
    origin: str = ""
    replaces: str = ""
    agreed: bool = False


class Known(NamedTuple):
    """`is_ours`: it subscribed to this account, and to the provider that the account has now."""

    address: str
    is_ours: bool


@transaction.atomic
def register(account: Account, told: Introduced, saying: Saying, *, text: str = "") -> Device:
    """Keep a device, or that it was seen again. `text` is what its owner agrees to when she asks for it.

    A device that subscribed anew (another address, the old key) keeps its key, so that what is planned finds it. It may do
    so by itself, and therefore says nothing of a consent that was withdrawn meanwhile.
    """
    digest = hashlib.sha256(told.identity.encode()).digest()
    device, is_new = _held(account, digest, saying.replaces)
    was_gone = device.gone_at is not None
    now = timezone.now()
    if saying.person and saying.person != device.person:
        device.person, device.person_at, device.is_tied = saying.person, now, False
    device.address, device.digest, device.service = told.address, digest, account.provider
    device.origin = saying.origin[:LONGEST_ORIGIN] or device.origin
    device.seen_at, device.gone_at = now, None
    device.save()
    if saying.agreed:
        _tell(device, "subscribed", text=text)
    else:
        _tell(device, "came" if is_new or was_gone else "seen")
    return device


def _held(account: Account, digest: bytes, replaces: str) -> tuple[Device, bool]:
    """The device's row, locked, and whether it is new."""
    rows = Device.objects.select_for_update(no_key=True).filter(account=account)
    known = rows.filter(digest=digest).first() or (rows.filter(key=replaces).first() if replaces else None)
    if known:
        return known, False
    defaults = {"service": account.provider, "address": ""}
    return rows.get_or_create(account=account, digest=digest, defaults=defaults)  # another request may be as quick


@transaction.atomic
def unsubscribe(account: Account, key: str) -> bool:
    """The person wants no more of it on this device. False: it is not known, or was gone already."""
    device = Device.objects.select_for_update(no_key=True).filter(account=account, key=key, gone_at=None).first()
    if device is None:
        return False
    device.gone_at = timezone.now()
    device.save(update_fields=["gone_at"])
    _tell(device, "unsubscribed")
    return True


def addresses(account: Account, keys: Collection[str]) -> dict[str, Known]:
    """Those of these devices that take messages, by their keys, in one query."""
    rows = Device.objects.filter(key__in=keys, gone_at=None).values_list("key", "address", "account", "service")
    return {
        key: Known(address, (account_id, service) == (account.pk, account.provider))
        for key, address, account_id, service in rows
    }


def takes_sql(key: str, account: str) -> str:
    """SQL predicate: the device with this key takes messages of this account (SQL expressions, never a user's text)."""
    return f"EXISTS (SELECT FROM channels_device AS d WHERE d.key = {key} AND d.account_id = {account} AND d.gone_at IS NULL)"


def seen_sql(key: str) -> str:
    """SQL: when the device with this key was seen last."""
    return f"(SELECT d.seen_at FROM channels_device AS d WHERE d.key = {key})"


def mark_gone(tried: Mapping[str, str]) -> int:
    """Their services do not know them any more: {key: the address that was tried}. Returns how many were not marked yet."""
    if not tried:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(MARK_GONE, {"keys": list(tried), "addresses": list(tried.values())})
        return cursor.rowcount


def tied(keys: Iterable[str]) -> None:
    """These belong to people from now on."""
    Device.objects.filter(key__in=list(keys)).update(is_tied=True)


def erase(keys: Collection[str], persons: Collection[str]) -> int:
    """Drop the devices with these keys, and those that sites have signed for these phones and e-mails, with their notices."""
    found = Device.objects.filter(key__in=keys) | Device.objects.filter(person__in=[p for p in persons if p])
    return found.delete()[1].get("channels.Device", 0)


def forget_gone() -> int:
    """Drop those that have taken nothing for `GONE_DAYS`."""
    before = timezone.now() - timedelta(days=GONE_DAYS)
    return Device.objects.filter(gone_at__lt=before).delete()[1].get("channels.Device", 0)


def _tell(device: Device, state: str, *, text: str = "") -> None:
    news: dict[str, Any] = {
        "account_id": device.account_id,
        "key": device.key,
        "state": state,
        "person": device.person,
        "origin": device.origin,
        "text": text,
        "happened_at": device.gone_at or device.seen_at,
    }
    devices_changed.send(sender=register, devices=[news])
