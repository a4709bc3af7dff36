"""What was sent to a device, kept for the notification centre of a site."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from channels.models import Account, Notice

SHOWN = 20
LONGEST_TITLE = 200

KEEP = """
INSERT INTO channels_notice (device_id, title, body, link)
SELECT d.id, told.title, told.body, told.link
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS told (key, title, body, link, place)
JOIN channels_device AS d ON d.key = told.key
ORDER BY told.place
"""


class Sent(NamedTuple):
    key: str
    title: str
    body: str
    link: str


def keep(sent: Sequence[Sent]) -> None:
    """In one statement, for devices that are still there."""
    if sent:
        with connection.cursor() as cursor:
            cursor.execute(KEEP, [list(column) for column in zip(*sent, strict=True)])


def of_device(account: Account, key: str) -> QuerySet[Notice]:
    return Notice.objects.filter(device__account=account, device__key=key).order_by("-id")


def of_person(account: Account, person: str) -> QuerySet[Notice]:
    """Of all devices that the site has signed for this phone or e-mail, since it did: somebody else may have used one
    before."""
    hers = Notice.objects.filter(device__account=account, device__person=person)
    return hers.filter(sent_at__gte=F("device__person_at")).order_by("-id")


def mark_read(notices: QuerySet[Notice], ids: Collection[int] | None = None) -> int:
    """Those of them with these ids, or all. Returns how many were unread."""
    chosen = notices.filter(read_at=None) if ids is None else notices.filter(read_at=None, pk__in=ids)
    return chosen.order_by().update(read_at=timezone.now())


def forget(days: int) -> int:
    """Drop those older than that; returns how many."""
    return Notice.objects.filter(sent_at__lt=timezone.now() - timedelta(days=days)).delete()[0]
