"""Devices that take push messages: whose they are, and what their owners have agreed to.

A device is a contact point of the kind "device". Asking for push messages is the person's consent, taking it back withdraws
it; a device that comes by itself agrees to nothing. It is tied to the one customer who has the phone or e-mail that the site has signed; while nobody has, or
several have (a family's phone), the device stays nobody's and is looked at again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from channels import devices
from channels.models import Channel
from segments.binding import bind
from segments.consents import record_consent
from segments.identity.merging import Refused
from segments.models import ContactPoint
from segments.models.people import ContactKind, Origin, Purpose
from segments.reachability import mark_reachable, mark_unreachable

# The device is not tied, or not since the site has named somebody else.
TO_TIE = """
SELECT d.key, min(whose.customer_id)
FROM channels_device AS d
JOIN segments_contactpoint AS p ON p.kind = CASE WHEN strpos(d.person, '@') > 0 THEN 'email' ELSE 'phone' END
    AND p.value = d.person AND NOT p.is_shared
JOIN LATERAL (
    SELECT DISTINCT COALESCE(c.merged_into_id, c.id) AS customer_id FROM segments_cardcontact AS h
    JOIN segments_customer AS c ON c.id = h.customer_id WHERE h.contact_point_id = p.id
) AS whose ON true
WHERE NOT d.is_tied AND d.person <> '' AND (%(keys)s::text[] IS NULL OR d.key = ANY(%(keys)s::text[]))
GROUP BY d.id, d.key HAVING count(*) = 1 ORDER BY d.id LIMIT %(limit)s
"""
AT_ONCE = 1000


def take(sender: object, **news: Any) -> None:
    """Receiver of `channels.signals.devices_changed`."""
    for device in news["devices"]:
        HEARD[device["state"]](device)


def _subscribed(device: dict[str, Any]) -> None:
    _decide(_came(device), device, given=True)


def _came(device: dict[str, Any]) -> ContactPoint:
    point, is_new = ContactPoint.objects.get_or_create(kind=ContactKind.DEVICE, value=device["key"])
    if not is_new:
        mark_reachable([point.pk])
    _seen(device)
    return point


def _seen(device: dict[str, Any]) -> None:
    if device["person"]:
        _tie([device["key"]])


def _unsubscribed(device: dict[str, Any]) -> None:
    point, _is_new = ContactPoint.objects.get_or_create(kind=ContactKind.DEVICE, value=device["key"])
    _decide(point, device, given=False)
    mark_unreachable({point.pk: "unsubscribed"})


HEARD: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "subscribed": _subscribed,
    "came": _came,
    "seen": _seen,
    "unsubscribed": _unsubscribed,
}


def _decide(point: ContactPoint, device: dict[str, Any], *, given: bool) -> None:
    for purpose in (Purpose.ADVERTISING, Purpose.SERVICE):
        record_consent(
            contact_point_ids=[point.pk],
            channels=[Channel.PUSH],
            given=given,
            origin=Origin.PERSON,
            purpose=purpose,
            decided_at=device["happened_at"],
            text=device["text"][:300],
            evidence=f"device at {device['origin'] or 'an application'}"[:120],
        )


def tie_later() -> int:
    """Those that nobody had when they came: an import, or a merge, may have told since. Returns how many."""
    return _tie(None)


def _tie(keys: Sequence[str] | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(TO_TIE, {"keys": keys, "limit": AT_ONCE})
        found = cursor.fetchall()
    return sum(_bind(key, customer_id) for key, customer_id in found)


def _bind(key: str, customer_id: int) -> bool:
    try:
        with transaction.atomic():
            bind(customer_id, ContactKind.DEVICE, key)
            devices.tied([key])
    except Refused:  # an import is at work: the sweep comes again
        return False
    return True
