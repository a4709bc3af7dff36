"""Everybody's code in every line of business, set-wise: at night over the base, at once for whoever changed.

A code is by the day of the holding; only what changed is written, and a change of a code is a row of history. What was
bought tomorrow, by a slip of a clerk, is not bought yet.
"""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from segments.lines import HAPPENED, IS_PURCHASE, IS_REFUND, LINE_OF_PURCHASE
from segments.models import Customer, RfmLine, RfmMove, RfmScore
from segments.rfm.cutoffs import as_thresholds, in_force, measured
from segments.rules.compile import business_day
from segments.rules.days import midnight
from segments.whom import EVERYBODY, Whom

KEPT_MONTHS = 36  # of history
LOCK = "SELECT pg_advisory_xact_lock(hashtext('segments.rfm'))"

# By sorting, so that rows come in the order of the customers: into the unique index of scores from its left to its right
# end, which costs a third of what it does in the order of a hash.
BOUGHT = f"""
DROP TABLE IF EXISTS pg_temp.rfm_bought;
SET LOCAL enable_hashagg = off;
CREATE TEMPORARY TABLE rfm_bought ON COMMIT DROP AS
WITH lined AS (
    SELECT i.customer_id, {LINE_OF_PURCHASE.format(row="i")} AS line, {IS_REFUND.format(row="i")} AS is_refund,
        i.happened_at, i.amount
    FROM segments_interaction AS i JOIN segments_customer AS c ON c.id = i.customer_id AND c.merged_into_id IS NULL
    WHERE {IS_PURCHASE.format(row="i")} AND {HAPPENED.format(row="i")} AND i.happened_at < %(tomorrow)s AND {{chosen}}
), counted AS (
    SELECT customer_id, line, GROUPING(line) = 1 AS is_all, max(happened_at) FILTER (WHERE NOT is_refund) AS last_at,
        count(*) FILTER (WHERE NOT is_refund) AS purchases, coalesce(sum(amount), 0) AS money
    FROM lined GROUP BY customer_id, ROLLUP (line)
)
SELECT CASE WHEN is_all THEN 'all' ELSE line END AS line, customer_id,
    (last_at AT TIME ZONE %(zone)s)::date AS last_day, purchases::int AS purchases, money
FROM counted WHERE purchases > 0 AND (is_all OR line = ANY(%(lines)s));
SET LOCAL enable_hashagg = on;
ANALYZE rfm_bought
"""
# The scores 4, 3 and 2 by rising thresholds: of days, the first that is too many; of the others, the least that is enough.
WANTED = """
WITH wanted AS (
    SELECT b.line, b.customer_id, b.last_day, b.purchases, b.money,
        (4 - width_bucket(%(today)s - b.last_day, t.recency))::text || (1 + width_bucket(b.purchases, t.frequency))::text
        || (1 + width_bucket(b.money, t.money))::text AS code
    FROM rfm_bought AS b
    JOIN jsonb_to_recordset(%(thresholds)s::jsonb) AS t (line text, recency int[], frequency int[], money numeric[])
    USING (line)
)"""
MOVED = f"""
{WANTED}
INSERT INTO segments_rfmmove (line, customer_id, before, after, cause, moved_at)
SELECT line, customer_id, coalesce(s.code, ''), coalesce(w.code, ''),
    CASE WHEN line = ANY(%(changed)s) THEN %(by_cut_offs)s ELSE %(by_base)s END, %(now)s
FROM (SELECT line, customer_id, code FROM segments_rfmscore AS s WHERE {{chosen}}) AS s
FULL JOIN wanted AS w USING (line, customer_id)
WHERE s.code IS DISTINCT FROM w.code AND line = ANY(%(counted)s)
AND EXISTS (SELECT FROM segments_customer AS c WHERE c.id = customer_id AND c.merged_into_id IS NULL)
"""
FORGET = """
DELETE FROM segments_rfmscore AS s WHERE {chosen}
AND NOT EXISTS (SELECT FROM rfm_bought AS b WHERE b.customer_id = s.customer_id AND b.line = s.line)
"""
WRITE = f"""
{WANTED}
MERGE INTO segments_rfmscore AS s USING wanted AS w ON s.customer_id = w.customer_id AND s.line = w.line
WHEN MATCHED AND (s.code, s.last_day, s.purchases, s.money) IS DISTINCT FROM (w.code, w.last_day, w.purchases, w.money)
THEN UPDATE SET code = w.code, last_day = w.last_day, purchases = w.purchases, money = w.money,
    since = CASE WHEN s.code = w.code THEN s.since ELSE %(today)s END
WHEN NOT MATCHED THEN INSERT (line, customer_id, code, last_day, purchases, money, since)
    VALUES (w.line, w.customer_id, w.code, w.last_day, w.purchases, w.money, %(today)s)
"""
FORGET_GONE = """
DELETE FROM segments_rfmmove AS m WHERE {chosen}
AND NOT EXISTS (SELECT FROM segments_customer AS c WHERE c.id = m.customer_id)
"""
FORGET_OLD = "DELETE FROM segments_rfmmove WHERE moved_at < %(now)s - make_interval(months => %(kept)s)"
COUNT = "SELECT count(*) FROM rfm_bought WHERE line = 'all'"
DROP = "DROP TABLE rfm_bought"


def refresh_rfm(customer_ids: Sequence[int] | None = None) -> dict[str, Any]:
    """Score these customers, or all; of all, the quarters of the base and the history's retention as well.

    Returns `{customers, changed, moves, seconds}`: rows of lines written or gone, and changes of codes.
    """
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(LOCK)  # two at once would write one move twice
        counts = _Run(cursor, customer_ids).done()
    return {**counts, "seconds": round(time.monotonic() - started, 3)}


class _Run:
    def __init__(self, cursor: Any, customer_ids: Sequence[int] | None) -> None:
        self.cursor = cursor
        self.lines = list(RfmLine.objects.all())
        # There are no quarters, and no first codes, before everybody has been scored once.
        self.everybody = customer_ids is None or any(each.computed_at is None for each in self.lines)
        self.whom = EVERYBODY if self.everybody else Whom(_with_merged(customer_ids or ()))
        self.parameters: dict[str, Any] = self.whom.parameters | {
            "now": timezone.now(),
            "today": business_day(),
            "tomorrow": midnight(business_day() + timedelta(days=1)),
            "zone": settings.TIME_ZONE,
            "lines": [each.line for each in self.lines],
            "counted": [each.line for each in self.lines if each.applied_at and _anybody(each)],
            "changed": [each.line for each in self.lines if self.everybody and _is_changed(each)],
            "by_base": RfmMove.Cause.BASE,
            "by_cut_offs": RfmMove.Cause.CUT_OFFS,
            "kept": KEPT_MONTHS,
        }

    def done(self) -> dict[str, int]:
        self._run(BOUGHT, chosen=self.whom.among("i.customer_id"))
        if self.everybody:
            self._measure()
        self.parameters["thresholds"] = json.dumps([as_thresholds(each.line, in_force(each)) for each in self.lines])
        # First codes are no moves.
        moves = self._run(MOVED, chosen=self.whom.among("s.customer_id")) if self.parameters["counted"] else 0
        gone = self._run(FORGET, chosen=self.whom.among("s.customer_id"))
        written = self._run(WRITE)
        self._run(FORGET_GONE, chosen=self.whom.among("m.customer_id"))
        self._run(COUNT)
        customers = self.cursor.fetchone()[0]
        self._run(DROP)
        if self.everybody:
            self._settle()
        return {"customers": customers, "changed": written + gone, "moves": moves}

    def _run(self, sql: str, **parts: str) -> int:
        self.cursor.execute(sql.format(**parts) if parts else sql, self.parameters)
        return self.cursor.rowcount

    def _measure(self) -> None:
        """The quarters of the base, where they are in force."""
        wanting = [each for each in self.lines if each.mode == RfmLine.Mode.QUANTILE]
        for line, quartiles in measured(self.cursor, wanting, today=self.parameters["today"]).items():
            line.quartiles = quartiles

    def _settle(self) -> None:
        self._run(FORGET_OLD)
        now = self.parameters["now"]
        for line in self.lines:
            line.computed_at = now
            if _is_changed(line):  # whoever saved others meanwhile, a moment before `now`, still waits for them
                RfmLine.objects.filter(pk=line.pk, changed_at=line.changed_at).update(applied_at=now)
        RfmLine.objects.bulk_update(self.lines, ["computed_at", "quartiles"])


def _with_merged(customer_ids: Sequence[int]) -> list[int]:
    """These and those who were merged into them: their codes go."""
    merged = Customer.objects.filter(merged_into__in=customer_ids).values_list("pk", flat=True)
    return sorted({*customer_ids, *merged})


def _anybody(line: RfmLine) -> bool:
    """Whether somebody has a code; the first codes of a base, as of a first load of documents, are no moves."""
    ordered = RfmScore.objects.filter(line=line.line).order_by("code")  # by its index: rows lie line by line
    return ordered.first() is not None


def _is_changed(line: RfmLine) -> bool:
    """Whether codes are still by other cut-offs than a person has set since."""
    return line.applied_at is None or line.changed_at > line.applied_at
