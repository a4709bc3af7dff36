"""Delivery reports of providers, tied to our messages.

A report names a message by the Message-ID we gave it (`campaigns.rendering.letter`); one that does not verify
is not ours and is left alone. Reports come twice, late and before our own commit: facts are kept apart from
outcomes, and `settle` resolves what was unknown whenever both are there.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns import delivery, links
from campaigns.models import Message

# A provider's normalised status and the fact it stands for; any other status tells us nothing.
FACTS = {
    "delivered": "delivered",
    "opened": "opened",
    "replied": "replied",
    "bounced": "failed",
    "expired": "failed",
    "complained": "complained",
}

MESSAGE_ID = re.compile(r"<?krug\.(\d{1,12})\.([\w-]+)@")

SETTLE = """
INSERT INTO campaigns_resolution (run_id, message_id, kind, evidence, resolved_at)
SELECT o.run_id, o.message_id, 'accepted', 'delivery report', clock_timestamp()
FROM campaigns_outcome AS o
JOIN campaigns_deliverystate AS d ON d.run_id = o.run_id AND d.message_id = o.message_id
WHERE o.kind = 'unknown' AND COALESCE(d.delivered_at, d.failed_at, d.opened_at, d.clicked_at) IS NOT NULL
ORDER BY o.run_id, o.message_id
ON CONFLICT (run_id, message_id) DO NOTHING
"""


def take(sender: object, reports: Iterable[dict[str, Any]], **kwargs: object) -> None:
    """Receiver of `channels.signals.delivery_reported`."""
    told: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for report in reports:
        fact, message_id = FACTS.get(report["status"]), message_of(report["provider_key"])
        if fact and message_id is not None:
            told[fact, report["happened_at"]].append(message_id)
    for (fact, happened_at), message_ids in told.items():
        runs = dict(Message.objects.filter(pk__in=message_ids).values_list("pk", "run_id"))
        delivery.record(runs, fact, happened_at)


def message_of(key: str) -> int | None:
    """The message that a Message-ID of ours names; None for a stranger's or a forged one."""
    found = MESSAGE_ID.match(key.strip())
    if found is None:
        return None
    message_id = int(found[1])
    if message_id > links.MAX_ID:
        return None
    # A token starts with 7 characters that hold the id; the Message-ID carries the rest, which is the MAC.
    return links.read_track(links.tokens(message_id).track[:7] + found[2])


def settle() -> int:
    """Resolve unknown messages that a report has since been heard of; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE)
        return cursor.rowcount
