"""Delivery reports of providers, tied to our messages.

Reports come twice, late and before our own commit: facts are kept apart from outcomes; a report of a message that we
do not know is parked (`campaigns.parked`) until it is recorded, and `settle` resolves what was unknown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns import parked
from campaigns.delivery import Fact, record_all
from campaigns.models import Message
from campaigns.pump.consequences import OWNS_ITS_ADDRESS
from campaigns.report_keys import Named, find
from segments.consents import Decision, record_for_holders
from segments.models.people import Origin, Purpose
from segments.reachability import mark_unreachable

# A failure by which the address is dead; anything else may have failed for another reason.
BOUNCED = "bounced"
# A provider's normalised status and the fact it stands for; any other status tells us nothing. Clicks are our own to
# count (`tracking`), so that a scanner's are told from a person's.
FACTS = {
    "delivered": "delivered",
    "opened": "opened",
    "replied": "replied",
    "failed": "failed",
    "bounced": BOUNCED,
    "expired": "failed",
    "unsubscribed": "unsubscribed",
    "complained": "complained",
}
OPT_OUTS = ("unsubscribed", "complained")

SETTLE = """
INSERT INTO campaigns_resolution (run_id, message_id, kind, evidence, resolved_at)
SELECT o.run_id, o.message_id, 'accepted', 'delivery report', clock_timestamp()
FROM campaigns_outcome AS o
JOIN campaigns_deliverystate AS d ON d.run_id = o.run_id AND d.message_id = o.message_id
WHERE o.kind = 'unknown' AND COALESCE(d.delivered_at, d.failed_at, d.opened_at, d.clicked_at, d.complained_at,
                                      d.unsubscribed_at) IS NOT NULL
ORDER BY o.run_id, o.message_id
ON CONFLICT (run_id, message_id) DO NOTHING
"""


def take(sender: object, reports: Iterable[dict[str, Any]], **kwargs: object) -> None:
    """Receiver of `channels.signals.delivery_reported`."""
    told = [
        Named(
            account_id=report.get("account_id"),
            key=report["provider_key"],
            fact=FACTS[report["status"]],
            at=report["happened_at"],
            failure=report.get("reason", "") or report["status"],
            message_id=report.get("message_id", 0),
        )
        for report in reports
        if report["status"] in FACTS
    ]
    parked.park(apply(told))


def apply(told: Sequence[Named]) -> list[Named]:
    """Record what these say of messages that we know; returns the others."""
    found = find(told)
    facts = [
        Fact(run_id, message_id, fact, named.at, named.failure if fact == "failed" else "")
        for named in told
        for message_id, run_id in found.get(named, ())
        if (fact := "failed" if named.fact == BOUNCED else named.fact)
    ]
    news = record_all(facts)
    bounced = {pk: named.failure for named in told if named.fact == BOUNCED for pk, _run in found.get(named, ())}
    _mark({message_id: why for message_id, why in bounced.items() if message_id in news})
    _withdraw([fact for fact in facts if fact.fact in OPT_OUTS and fact.message_id in news])
    return [named for named in told if named not in found]


def _mark(bounced: Mapping[int, str]) -> None:
    """The addresses of these messages (with what the provider said) are not written to again."""
    if not bounced:
        return
    sent = Message.objects.filter(pk__in=bounced, channel__in=OWNS_ITS_ADDRESS, contact_point__isnull=False)
    mark_unreachable({point: bounced[pk] for pk, point in sent.values_list("pk", "contact_point_id").order_by("pk")})


def _withdraw(facts: Sequence[Fact]) -> None:
    """Whoever told the provider to stop has told us: the consent of that channel goes, for all brands."""
    if not facts:
        return
    rows = Message.objects.filter(pk__in=[fact.message_id for fact in facts], contact_point__isnull=False)
    messages = {row[0]: row[1:] for row in rows.values_list("pk", "channel", "contact_point_id", "customer_id")}
    said: dict[tuple[str, str, datetime], list[tuple[int, int | None]]] = defaultdict(list)
    for fact in facts:
        if fact.message_id in messages:
            channel, *holder = messages[fact.message_id]
            said[channel, fact.fact, fact.at].append((holder[0], holder[1]))
    for (channel, fact_name, at), holders in sorted(said.items()):
        decision = Decision(
            purpose=Purpose.ADVERTISING,
            given=False,
            origin=Origin.PERSON,
            decided_at=at,
            evidence=f"delivery report: {fact_name}",
        )
        record_for_holders(decision, holders, [channel])


def settle() -> int:
    """Resolve unknown messages that a report has since been heard of; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE)
        return cursor.rowcount
