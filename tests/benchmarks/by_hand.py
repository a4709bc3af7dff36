"""The ready-made segments as SQL over facts, written by hand as well as we know how: what the benches measure against."""

import datetime as dt
from typing import Any

from django.db import connection

from segments.ready_made import Names
from segments.rules.compile import business_day

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
REACHED = """f.customer_id IN (
    SELECT h.customer_id FROM segments_consentstate AS said
    JOIN segments_contactpoint AS a ON a.id = said.contact_point_id
    JOIN segments_cardcontact AS h ON h.contact_point_id = a.id
    WHERE said.purpose = 'advertising' AND said.brand_id IS NULL AND said.given
      AND a.validity = 'valid' AND NOT a.is_shared AND a.reachability <> 'unreachable'
      AND (a.kind = 'email' AND said.channel = 'email' OR a.kind = 'phone' AND said.channel IN ('sms', 'whatsapp', 'vk'))
)"""
OFTEN_WRITTEN_TO = """f.customer_id IN (
    SELECT t.customer_id FROM campaigns_touch AS t JOIN campaigns_campaign AS g ON g.id = t.campaign_id
    WHERE g.purpose = 'advertising' AND t.failed_at IS NULL AND t.sent_at >= %(today)s::date - 30
    GROUP BY 1 HAVING count(*) >= 3
)"""
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
    "rarely_written": f"{REACHED} AND NOT {OFTEN_WRITTEN_TO}",
    "only_phone": "has_phone AND NOT has_email",
    **dict.fromkeys(("rfm_vip", "rfm_newcomers", "rfm_loyal", "rfm_whales", "rfm_attention", "rfm_sleeping", "rfm_lost"), SCORED),
}  # fmt: skip
CODES = {
    "rfm_vip": "444 443 434", "rfm_newcomers": "414 424 413 412 411", "rfm_loyal": "442 441 433 432 431 423 422 421",
    "rfm_whales": "144 143 134", "rfm_lost": "111 112 121", "rfm_sleeping": "113 114 122 123 124 131 132 133 141 142",
    "rfm_attention": " ".join(f"{r}{f}{m}" for r in "23" for f in "1234" for m in "1234"),
}  # fmt: skip
BRANDS = "SELECT id FROM segments_brand WHERE name = ANY(%s)"


def answers(cut: Any) -> dict[str, Any]:
    """The usual ones; where a brand must be chosen, Toyota."""
    values = cut.defaults()
    return values | {
        each.name: ["Toyota"] for each in cut.questions if isinstance(each, Names) and not values[each.name]
    }


def params(cut: Any, values: dict[str, Any]) -> dict[str, Any]:
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


def _of_the_month(month: int, days: list[dt.date]) -> list[int]:
    """Those of `days`; 29 February is kept on the 28th."""
    found = {each.day for each in days if each.month == month}
    return sorted(found | {29} if month == 2 and 28 in found else found)
