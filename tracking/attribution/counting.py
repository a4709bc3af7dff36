"""Attribution of all deals, or of those of some people: counted anew by one statement, of which only what differs is written.

Deals of the last months only (`definitions.MONTHS`): older rows stay as they were counted, and are still taken back, follow
merges and corrected sums. Whatever changes people's history (an import, its undoing, a merge, a call that was tied) asks for
their facts, and with them for this (`segments.facts_registry`); the night asks for everybody.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from segments.facts_registry import FactsTable, columns_for_writing, count_news, writing
from segments.lines import HAPPENED, IS_PURCHASE
from tracking.attribution.definitions import ENDS, MONTHS, NEAR_DAYS, WINDOWS
from tracking.attribution.evidence import FRESH
from tracking.models import AttributionWindow

NAME = "attribution"
COLUMNS = (
    "model", "deal_id", "begins", "share", "campaign_id", "run_id", "message_id", "channel", "variant", "customer_id", "line",
    "reason", "key", "touched_at", "dealt_at", "amount", "margin",
)  # fmt: skip
COUNT = """
CREATE TEMPORARY TABLE attribution_now ON COMMIT DROP AS {fresh} SELECT {columns} FROM fresh;
CREATE INDEX ON attribution_now (deal_id, model, begins);
ANALYZE attribution_now
"""
# Goes first: a part of a deal is given once. Deals are named too: one may have come from somebody else.
GONE = """
DELETE FROM tracking_attribution AS a
WHERE ({of_rows} OR a.deal_id IN (SELECT deal_id FROM attribution_now)) AND a.dealt_at >= %(since)s AND NOT EXISTS (
    SELECT FROM attribution_now AS f
    WHERE f.deal_id = a.deal_id AND f.model = a.model AND f.begins = a.begins AND f.share = a.share)
"""
NEW = """
INSERT INTO tracking_attribution AS old ({columns})
SELECT {fresh} FROM attribution_now AS fresh
LEFT JOIN tracking_attribution AS was
  ON was.model = fresh.model AND was.deal_id = fresh.deal_id AND was.begins = fresh.begins
WHERE ({fresh}) IS DISTINCT FROM ({was})
ORDER BY fresh.deal_id
ON CONFLICT (model, deal_id, begins) DO UPDATE SET ({columns}) = ({excluded})
"""
# Deals that are too old to be counted anew: cancelled or gone since, another's since a merge, of another sum.
OLD_GONE = f"""
DELETE FROM tracking_attribution AS a
WHERE a.dealt_at < %(since)s AND {{of_rows}} AND NOT EXISTS (
    SELECT FROM segments_interaction AS i
    WHERE i.id = a.deal_id AND i.customer_id IS NOT NULL AND {IS_PURCHASE.format(row="i")} AND {HAPPENED.format(row="i")})
"""
OLD_CHANGED = """
UPDATE tracking_attribution AS a SET customer_id = i.customer_id, amount = coalesce(i.amount, 0), margin = i.margin
FROM segments_interaction AS i
WHERE i.id = a.deal_id AND a.dealt_at < %(since)s AND {of_rows}
  AND (a.customer_id, a.amount, a.margin) IS DISTINCT FROM (i.customer_id, coalesce(i.amount, 0), i.margin)
"""
# A base that nobody was written to from has nothing to attribute, however many deals: an import waits for this.
ANYTHING = """
SELECT EXISTS (SELECT FROM campaigns_touch) OR EXISTS (SELECT FROM tracking_response)
    OR EXISTS (SELECT FROM campaigns_promoredemption) OR EXISTS (SELECT FROM tracking_attribution)
"""
# Whose deals may count for something else by what was told lately. A message, a call or a click can only bring a deal that
# comes after it: of those who did something now, whoever bought lately is enough.
NEWS = f"""
SELECT i.customer_id FROM segments_interaction AS i
WHERE {IS_PURCHASE.format(row="i")} AND i.happened_at >= %(since)s - interval '2 days' AND i.customer_id IS NOT NULL
UNION
SELECT coalesce(c.merged_into_id, c.id) FROM campaigns_promoredemption AS p JOIN segments_customer AS c ON c.id = p.customer_id
WHERE p.recorded_at >= %(since)s OR p.cancelled_at >= %(since)s
UNION
SELECT t.customer_id FROM (
    SELECT message_id FROM campaigns_deliverystate WHERE changed_at >= %(since)s AND failed_at IS NOT NULL
    UNION ALL SELECT message_id FROM campaigns_resolution WHERE resolved_at >= %(since)s
) AS told JOIN campaigns_touch AS t USING (message_id)
WHERE EXISTS (SELECT FROM segments_interaction AS i
              WHERE i.customer_id = t.customer_id AND {IS_PURCHASE.format(row="i")} AND i.happened_at > t.sent_at)
UNION
SELECT r.customer_id FROM tracking_call AS c JOIN tracking_response AS r ON r.kind = 'call' AND r.key = c.id
WHERE c.imported_at >= %(since)s
"""


def refresh(customer_ids: Sequence[int] | None = None) -> int:
    """Attribution of the deals of these customers, or of everybody; responses and touches must be right. Windows that were
    set since the last time are applied with everybody. Returns how many rows changed."""
    with writing(NAME, many=customer_ids is None) as cursor:
        if customer_ids is None:
            AttributionWindow.objects.exclude(days=F("days_applied")).update(days_applied=F("days"))
        return _count(cursor, customer_ids)


def catch_up(since: dt.datetime) -> int:
    """What was told from this moment on. Returns as `refresh` does."""
    return count_news(NAME, NEWS, since, _count)


def windows() -> dict[str, int]:
    """{line of business: days} that all rows are counted by."""
    return WINDOWS | dict(AttributionWindow.objects.values_list("line", "days_applied"))


def oldest(now: dt.datetime | None = None) -> dt.datetime:
    """Deals from here on are counted anew: the beginning of a month."""
    local = timezone.localtime(now, timezone.get_default_timezone())
    years, month = divmod(local.year * 12 + local.month - 1 - MONTHS, 12)
    return local.replace(year=years, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def asked() -> dict[str, Any]:
    """What `evidence.DEALS` asks for."""
    days = windows()
    return {"since": oldest(), "lines": list(days), "days": list(days.values())}


def _count(cursor: Any, people: Sequence[int] | None) -> int:
    cursor.execute(ANYTHING)
    if not cursor.fetchone()[0]:
        return 0
    listed = "true" if people is None else "{row}.customer_id = ANY(%(people)s)"
    bound = {**asked(), "people": people, "near": NEAR_DAYS, "ends": ENDS}
    names = columns_for_writing(COLUMNS, "fresh")
    deals = FRESH.format(of_deals="i.customer_id IS NOT NULL AND " + listed.format(row="i"))
    cursor.execute(COUNT.format(fresh=deals, columns=names["columns"]), bound)
    changed = 0
    for statement in (GONE, NEW, OLD_GONE, OLD_CHANGED):
        cursor.execute(statement.format(of_rows=listed.format(row="a"), **names), bound)
        changed += cursor.rowcount
    cursor.execute("DROP TABLE attribution_now")
    return changed


TABLE = FactsTable(name=NAME, refresh=refresh, catch_up=catch_up)
