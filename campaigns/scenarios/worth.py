"""What a message of each channel brings in roubles, counted every night over a year of messages.

A reaction is a link that was followed, or an answer; of a reaction are the deals of its person within `WINDOW` of it. The
deals of whoever reacted over two channels count for both: the figures put channels in order, they are no attribution.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import ChannelWorth
from segments.lines import SHE_DID

SINCE = timedelta(days=365)
WINDOW = timedelta(days=90)
MARGIN = Decimal("0.05")  # of a sum whose margin the source does not tell

COUNT = f"""
WITH touched AS MATERIALIZED (
    SELECT channel, customer_id, least(clicked_at, replied_at) AS reacted_at FROM campaigns_touch
    WHERE sent_at >= %(since)s AND failed_at IS NULL
), brought AS (
    SELECT t.channel, sum(i.roubles) AS roubles
    FROM (SELECT channel, customer_id, min(reacted_at) AS since, max(reacted_at) AS until FROM touched
          WHERE reacted_at IS NOT NULL GROUP BY 1, 2) AS t
    CROSS JOIN LATERAL (
        SELECT sum(COALESCE(i.margin, i.amount * %(margin)s)) AS roubles FROM segments_interaction AS i
        WHERE i.customer_id = t.customer_id AND i.kind IN ('sale', 'service', 'insurance')
          AND i.happened_at > t.since AND i.happened_at <= t.until + %(window)s AND {SHE_DID.format(row="i")}
    ) AS i GROUP BY 1
)
INSERT INTO campaigns_channelworth (channel, contacts, reactions, roubles, counted_at)
SELECT t.channel, count(*), count(t.reacted_at), COALESCE(max(b.roubles), 0), %(now)s
FROM touched AS t LEFT JOIN brought AS b USING (channel) GROUP BY 1
"""


def count() -> dict[str, Any]:
    """Nightly; returns {contacts}."""
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        ChannelWorth.objects.all().delete()
        cursor.execute(COUNT, {"since": now - SINCE, "window": WINDOW, "margin": MARGIN, "now": now})
        cursor.execute("SELECT COALESCE(sum(contacts), 0) FROM campaigns_channelworth")
        return {"contacts": int(cursor.fetchone()[0])}
