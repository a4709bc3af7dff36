"""Counting each ready-made rule against hand-written SQL over facts; filling and refreshing a segment of 100,000.

`BENCH_PEOPLE` makes the base smaller for a quick look.
"""

import datetime as dt
from collections.abc import Callable
from itertools import count
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase

from segments.models import Segment
from segments.ready_made import Names, cuts
from segments.refreshing import refresh
from segments.rules.bounded import bounded
from segments.rules.compile import business_day, matching
from tests.benchmarks.measure import Bench, seconds
from tests.benchmarks.segment_base import PEOPLE, fill
from tests.segments.builders import make_source

COUNT_LIMIT, FILL_LIMIT = 1.3, 1.5
MEMBERS = min(100_000, PEOPLE // 2)
REPS = 5
COUNT_REPS = 15  # the shortest counts take a few milliseconds

STILL = "left_without_purchase >= %(today)s::date - {days} AND left_without_purchase < %(today)s::date + 1 AND NOT bought_since_leaving"
OWNS = (
    "EXISTS (SELECT FROM segments_vehicle AS v WHERE v.customer_id = f.customer_id AND v.brand_id = ANY(%({brands})s))"
)
SCORED = "EXISTS (SELECT FROM segments_rfmscore AS s WHERE s.customer_id = f.customer_id AND s.line = 'all' AND s.code = ANY(%(codes)s))"
OFTEN = (
    "f.customer_id IN (SELECT customer_id FROM segments_interaction WHERE kind = '{kind}' AND condition = 'new' "
    "AND happened_at >= %(today)s::date - {days} AND customer_id IS NOT NULL GROUP BY customer_id HAVING count(*) >= {times})"
)
# Two weeks lie in two months at most; those rule out nearly everybody. By to_char it would take half as long again.
OF_A_YEAR = (
    "extract(month FROM {column}) = ANY(%(months)s::numeric[]) "
    "AND (extract(month FROM {column}) = %(month)s AND extract(day FROM {column}) = ANY(%(days)s::numeric[]) "
    "OR extract(month FROM {column}) = %(next_month)s AND extract(day FROM {column}) = ANY(%(next_days)s::numeric[]))"
)
TURNED = "car_since BETWEEN (%(turning)s::date - interval '{years} years')::date AND (%(turned)s::date - interval '{years} years')::date"
# The best that we can write by hand for the question of each cut, with its usual answers.
BY_HAND: dict[str, str] = {
    "owners": OWNS.format(brands="some"),
    "bought": "last_purchase >= %(today)s::date - 365 AND last_purchase <= %(today)s::date",
    "price": "last_price BETWEEN 1500000 AND 3000000",
    "turns": f"NOT car_since_estimated AND ({' OR '.join(TURNED.format(years=years) for years in (3, 4, 5))})",
    "expensive": f"{OWNS.format(brands='expensive')} AND NOT {OWNS.format(brands='japanese')}",
    "japanese": OWNS.format(brands="japanese"),
    "enthusiasts": (
        "birth_date > %(today)s::date - interval '41 years' AND birth_date <= %(today)s::date - interval '18 years' "
        f"AND ({OFTEN.format(kind='sale', days=2190, times=2)} OR {OFTEN.format(kind='visit', days=730, times=3)})"
    ),
    "sold_to_us": (
        "last_buyout >= %(today)s::date - 365 AND last_buyout <= %(today)s::date "
        "AND (last_purchase IS NULL OR last_purchase < %(today)s::date - 365)"
    ),
    "left_week": STILL.format(days=7),
    "left_month": STILL.format(days=30),
    "left_price": f"{STILL.format(days=90)} AND (upper(left_reason) LIKE '%%ЦЕН%%' OR upper(left_reason) LIKE '%%ДОРОГ%%')",
    "came_again": f"purchases >= 1 AND {STILL.format(days=60)}",
    "new_to_used": f"{STILL.format(days=90)} AND left_condition = 'new'",
    "used_to_new": f"{STILL.format(days=90)} AND left_condition = 'used'",
    "serviced": "last_service >= %(today)s::date - 365 AND last_service <= %(today)s::date",
    "insurance": "insurance_end >= %(today)s::date AND insurance_end <= %(today)s::date + 30",
    "service_due": "service_due >= %(today)s::date AND service_due <= %(today)s::date + 30",
    "accessories_due": "accessories_due >= %(today)s::date AND accessories_due <= %(today)s::date + 14",
    "birthday": OF_A_YEAR.format(column="birth_date"),
    "anniversary": f"last_purchase < %(today)s AND {OF_A_YEAR.format(column='last_purchase')}",
    "silent_email": (
        "(phone_reachable OR sms_reachable) AND EXISTS (SELECT FROM campaigns_engagementfacts AS e "
        "WHERE e.customer_id = f.customer_id AND e.email_unopened >= 3)"
    ),
    "only_phone": "has_phone AND NOT has_email",
    **dict.fromkeys(("rfm_vip", "rfm_newcomers", "rfm_loyal", "rfm_whales", "rfm_attention", "rfm_sleeping", "rfm_lost"), SCORED),
}  # fmt: skip
COUNT = "SELECT count(*) FROM segments_customerfacts AS f WHERE {where}"
CODES = {
    "rfm_vip": "444 443 434", "rfm_newcomers": "414 424 413 412 411", "rfm_loyal": "442 441 433 432 431 423 422 421",
    "rfm_whales": "144 143 134", "rfm_lost": "111 112 121", "rfm_sleeping": "113 114 122 123 124 131 132 133 141 142",
    "rfm_attention": " ".join(f"{r}{f}{m}" for r in "23" for f in "1234" for m in "1234"),
}  # fmt: skip
BRANDS = "SELECT id FROM segments_brand WHERE name = ANY(%s)"
# Into the very table, which is logged and grows: a temporary one would take half the time.
INSERT = """
INSERT INTO segments_membership (segment_id, customer_id, entered_at)
SELECT %s, customer_id, now() FROM segments_customerfacts WHERE has_phone ORDER BY customer_id
"""


def _of_the_month(month: int, days: list[dt.date]) -> list[int]:
    """Those of `days`; 29 February is kept on the 28th."""
    found = {each.day for each in days if each.month == month}
    return sorted(found | {29} if month == 2 and 28 in found else found)


@pytest.mark.bench
@pytest.mark.timeout(1800)
class SegmentBench(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        fill(make_source().pk)

    def answers(self, cut: Any) -> dict[str, Any]:
        """The usual ones; where a brand must be chosen, Toyota."""
        values = cut.defaults()
        return values | {
            each.name: ["Toyota"] for each in cut.questions if isinstance(each, Names) and not values[each.name]
        }

    def params(self, cut: Any, values: dict[str, Any]) -> dict[str, Any]:
        def ids(names: list[str]) -> list[int]:
            with connection.cursor() as cursor:
                cursor.execute(BRANDS, [names])
                return [pk for (pk,) in cursor.fetchall()]

        japanese = values.get("loyal") or values.get("brands") or []
        today, *_ = fortnight = [business_day() + dt.timedelta(days=each) for each in range(15)]
        month, next_month = today.month, fortnight[-1].month
        return {
            "today": today, "turning": today + dt.timedelta(days=30), "turned": today + dt.timedelta(days=60),
            "months": [month, next_month], "month": month, "days": _of_the_month(month, fortnight),
            "next_month": next_month, "next_days": _of_the_month(next_month, fortnight),
            "some": ids(["Toyota"]), "expensive": ids(values.get("brands", [])), "japanese": ids(japanese),
            "codes": CODES.get(cut.key, "").split(),
        }  # fmt: skip

    def test_every_cut_has_its_question_by_hand(self) -> None:
        self.assertEqual({each.key for each in cuts()}, set(BY_HAND))

    def test_counts(self) -> None:
        missed, ours_all, theirs_all = [], [], []
        for cut in cuts():
            values = self.answers(cut)
            rule = cut.document(values)
            by_hand = self.by_hand(cut, values)
            self.assertEqual(matching(rule).count(), by_hand(), cut.key)
            with bounded(600):
                pairs = [
                    (seconds(by_hand), seconds(lambda rule=rule: matching(rule).count())) for _ in range(COUNT_REPS)
                ]
            theirs, ours = zip(*pairs, strict=True)
            line = Bench(f"count of the ready-made segment {cut.key}", limit=COUNT_LIMIT, n=PEOPLE).tell(ours, theirs)
            missed += [] if line["ok"] else [line]
            ours_all.append(median(ours))
            theirs_all.append(median(theirs))
        for name, of in (("median", median), ("worst", max)):
            bench = Bench(f"counts of all ready-made segments, {name}", limit=COUNT_LIMIT, n=PEOPLE)
            line = bench.tell([of(ours_all)], [of(theirs_all)])
            missed += [] if line["ok"] else [line]
        self.assertEqual(missed, [])

    def by_hand(self, cut: Any, values: dict[str, Any]) -> Callable[[], int]:
        params, sql = self.params(cut, values), COUNT.format(where=BY_HAND[cut.key])

        def count() -> int:
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                return cursor.fetchone()[0]

        return count

    def test_a_segment_is_filled_and_refreshed(self) -> None:
        half = {"any": [{"field": "has_phone", "op": "is", "value": True}]}
        with connection.cursor() as cursor:
            cursor.execute("UPDATE segments_customerfacts SET has_phone = customer_id <= %s", [MEMBERS])
            cursor.execute("ANALYZE segments_customerfacts")
        waiting = [
            Segment.objects.create(name=f"bench {n}", slug=f"bench-{n}", rule={"format": 1, "rule": half})
            for n in range(REPS)
        ]
        last: list[Segment] = []
        free = count(Segment.objects.latest("pk").pk + 1)

        def by_hand() -> None:
            with connection.cursor() as cursor:
                cursor.execute(INSERT, [next(free)])
                self.assertEqual(cursor.rowcount, MEMBERS)

        def fill_one() -> None:
            last[:] = [waiting.pop()]
            self.assertEqual(refresh(last[0])["added"], MEMBERS)

        Bench("fill a segment, against INSERT … SELECT", limit=FILL_LIMIT, n=MEMBERS, reps=REPS).compare(
            fill_one, by_hand
        )

        def again() -> None:
            self.assertEqual(refresh(last[0])["added"], 0)

        Bench("refresh of a segment where nobody moved", limit=FILL_LIMIT, n=MEMBERS, reps=REPS).compare(again, by_hand)
