"""The discount guard: which messages offer a discount, how often people buy with one, and which segments are being trained to.

A message offers a discount when its campaign prints codes of a pool that gives one. A purchase is a day on which a person paid; it
had a discount when a code of such a pool was taken from her on it. Documents of the base carry no discount of their own.
"""

import datetime as dt
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from campaigns.contact_slots import NO_LIMIT
from campaigns.models import Campaign, PromoPool, SegmentDiscount
from campaigns.models.policy import Policy
from segments.guards import Guard
from segments.models import Customer, Segment
from segments.shares import PAID

KINDS = (PromoPool.Gives.PERCENT, PromoPool.Gives.ROUBLES)
SPAN = dt.timedelta(days=180)  # a half of a year is compared with the half before it
FEWEST = 20  # purchases in either half: of fewer nothing can be said

# Days on which living people paid: whose (`{of}`), when, whether with a discount.
PAID_DAYS = """
SELECT customer_id, day, bool_or(has_discount) AS has_discount FROM (
    SELECT i.customer_id, (i.happened_at AT TIME ZONE %(zone)s)::date AS day, false AS has_discount
    FROM segments_interaction AS i
    WHERE i.kind = ANY(%(paid)s) AND i.happened_at >= %(since)s AND i.amount > 0 AND i.customer_id IS NOT NULL {of_deals}
    UNION ALL
    SELECT COALESCE(c.merged_into_id, c.id), (r.happened_at AT TIME ZONE %(zone)s)::date, p.gives = ANY(%(kinds)s)
    FROM campaigns_promoredemption AS r JOIN segments_customer AS c ON c.id = r.customer_id
    JOIN campaigns_promocode AS k ON k.id = r.code_id JOIN campaigns_promopool AS p ON p.id = k.pool_id
    WHERE r.cancelled_at IS NULL AND r.happened_at >= %(since)s {of_codes}
) AS paid GROUP BY 1, 2
"""
COUNT = f"""
WITH people AS MATERIALIZED (
    SELECT customer_id, count(*) FILTER (WHERE day >= %(middle)s) AS now, count(*) FILTER (WHERE day < %(middle)s) AS before,
           count(*) FILTER (WHERE has_discount AND day >= %(middle)s) AS with_now,
           count(*) FILTER (WHERE has_discount AND day < %(middle)s) AS with_before
    FROM ({PAID_DAYS.format(of_deals="", of_codes="")}) AS days GROUP BY 1
)
INSERT INTO campaigns_segmentdiscount (segment_id, purchases, discounted, purchases_before, discounted_before, counted_at)
SELECT m.segment_id, sum(p.now), sum(p.with_now), sum(p.before), sum(p.with_before), clock_timestamp()
FROM people AS p JOIN segments_membership AS m USING (customer_id)
JOIN segments_segment AS s ON s.id = m.segment_id AND NOT s.is_archived GROUP BY 1
"""
OF_ONE = PAID_DAYS.format(
    of_deals="AND i.customer_id = ANY(%(people)s)", of_codes="AND r.customer_id = ANY(%(people)s)"
)
COUNT_ONE = f"SELECT count(*), count(*) FILTER (WHERE has_discount) FROM ({OF_ONE}) AS days"


class Bought(NamedTuple):
    """Days with purchases in a year, and those with a discount."""

    times: int
    with_discount: int


def is_offered(campaign: Campaign) -> bool:
    return PromoPool.objects.filter(campaigns=campaign.pk, gives__in=KINDS).exists()


def limits(policy: Policy, *, is_discount: bool) -> dict[str, Any]:
    """What the arbiter's statements take: none but messages with a discount are limited."""
    is_limited = is_discount and policy.discounts is not None
    return {
        "is_discount": is_discount,
        "discounts": policy.discounts if is_limited else NO_LIMIT,
        "discount_days": policy.discount_days,
    }


def of_person(customer: Customer) -> Bought:
    people = [customer.pk, *Customer.objects.filter(merged_into=customer.pk).values_list("pk", flat=True)]
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ONE, _asked() | {"people": people})
        return Bought(*cursor.fetchone())


@transaction.atomic
def count() -> dict[str, Any]:
    """Every night, of all segments in one statement."""
    SegmentDiscount.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _asked())
        return {"segments": cursor.rowcount}


def _asked() -> dict[str, Any]:
    today = timezone.localdate()
    since = timezone.make_aware(dt.datetime.combine(today - 2 * SPAN, dt.time.min))
    return {
        "zone": settings.TIME_ZONE, "paid": list(PAID), "kinds": list(KINDS), "since": since, "middle": today - SPAN,
    }  # fmt: skip


def trained() -> Any:
    """Which of the counted segments buy with a discount more often than the policy allows, and more often than half a year ago.
    Shares are compared as products: of no purchases there is no share."""
    now, before = _wide("discounted") * F("purchases_before"), _wide("discounted_before") * F("purchases")
    counted = SegmentDiscount.objects.annotate(part=_wide("discounted") * 100, growth=now - before)
    most = F("purchases") * Coalesce(Subquery(Policy.objects.values("trained_percent")[:1]), Policy().trained_percent)
    return counted.filter(Q(purchases_before=0) | Q(growth__gt=0), part__gt=most, purchases__gte=FEWEST)


def _wide(name: str) -> Cast:
    """Products of counts do not fit an integer."""
    return Cast(name, BigIntegerField())


def says(counted: SegmentDiscount) -> str:
    """What a page says of a segment that is being trained."""
    sentence = _(
        "It is getting used to discounts: %(now)s of its purchases in the last half-year had one, against %(before)s before. Write to it without a discount for a while, or offer a gift."
    )
    return sentence % {
        "now": _percent(counted.discounted, counted.purchases),
        "before": _percent(counted.discounted_before, counted.purchases_before),
    }


def warnings(campaign: Campaign) -> list[str]:
    """What is said before a message with a discount goes to segments that are being trained."""
    if not is_offered(campaign):
        return []
    found = trained().filter(segment__in=campaign.segments_in.all()).select_related("segment").order_by("segment__name")
    return [f"«{counted.segment.name}». {says(counted)}" for counted in found]


def _percent(part: int, whole: int) -> str:
    return f"{number_format(round(100 * part / whole)) if whole else 0} %"


def _is_trained() -> Q:
    return Q(Exists(trained().filter(segment=OuterRef("pk"))))


def _say_trained(segment: Segment) -> str:
    counted = SegmentDiscount.objects.filter(segment=segment).first()
    nothing = SegmentDiscount(purchases=0, discounted=0, purchases_before=0, discounted_before=0)
    return says(counted or nothing)


TRAINED = Guard("trained", pgettext_lazy("guard of segments", "used to discounts"), _is_trained, _say_trained)
