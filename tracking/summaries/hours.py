"""When people open, click, call and come: by weekday and hour."""

from django.conf import settings
from django.db import connection, transaction

from segments.lines import HAPPENED
from tracking.models import HourFigures

MONTHS = 13
LOCAL = "({at} AT TIME ZONE %(zone)s)"
SINCE = f"date_trunc('month', now() AT TIME ZONE %(zone)s) - interval '{MONTHS} months'"
SOURCES = {
    "sent": ("campaigns_touch AS t", "t.sent_at", "t.channel", "true"),
    "opened": ("campaigns_touch AS t", "t.opened_at", "t.channel", "t.opened_at IS NOT NULL"),
    "clicked": ("campaigns_touch AS t", "t.clicked_at", "t.channel", "t.clicked_at IS NOT NULL"),
    "called": (
        "tracking_call AS t LEFT JOIN tracking_numberlease AS l ON l.id = t.lease_id", "t.started_at",
        "coalesce(l.channel, '')", "t.direction = 'in'",
    ),
    "visited": (
        "segments_interaction AS t LEFT JOIN tracking_response AS r ON r.kind = 'visit' AND r.key = t.id",
        "t.happened_at", "coalesce(r.channel, '')", f"t.kind = 'visit' AND {HAPPENED.format(row='t')}",
    ),
}  # fmt: skip
ONE = """
SELECT '{kind}', {channel}, date_trunc('month', {local})::date, extract(isodow FROM {local})::int, extract(hour FROM {local})::int,
       count(*)
FROM {source} WHERE {where} AND {at} >= ({since}) AT TIME ZONE %(zone)s GROUP BY 2, 3, 4, 5
"""


def refresh() -> int:
    """Of the last months; how many rows there are."""
    parts = [
        ONE.format(
            kind=kind, source=source, at=at, channel=channel, where=where, local=LOCAL.format(at=at), since=SINCE
        )
        for kind, (source, at, channel, where) in SOURCES.items()
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        HourFigures.objects.all().delete()
        cursor.execute(
            "INSERT INTO tracking_hourfigures (kind, channel, month, weekday, hour, number)" + "UNION ALL".join(parts),
            {"zone": settings.TIME_ZONE},
        )
        return int(cursor.rowcount)
