"""Who a friend is: somebody new gets a card, whoever the base has does not count. By a job, since cards wait for imports.

A phone that somebody has is nobody new, whatever name stands beside it: the inviting customer's own, one of her household, or
of anybody else. No consent is written of such a phone: who typed it is not known, and a withdrawal must not be raised so.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns.models import Referral
from segments import leads
from segments.consents import Decision, record_for_holders
from segments.erasing import erased
from segments.identity.merging import Refused
from segments.leads import Lead
from segments.models import ConsentState, ContactPoint
from segments.models.people import Origin, Purpose

SOURCE = "Рекомендации друзей"  # in the data, where the installation's language is the users'
AT_ONCE = 500
CALLED = ("call", "sms")  # by what a request is answered
Why = Referral.Why

WAITING = """
SELECT r.id, r.phone, r.name, p.brand_id, r.agreed, r.advertising
FROM campaigns_referral AS r JOIN campaigns_referralprogramme AS p ON p.id = r.programme_id
WHERE r.state = 'waiting' AND r.due_at <= now() ORDER BY r.id LIMIT %(most)s FOR UPDATE OF r SKIP LOCKED
"""
# What is against each, whose phone it is (the only living customer who has it), and the dealer centre of somebody new.
JUDGED = """
SELECT r.id, CASE
    WHEN inviting.id IS NULL THEN 'nobody'
    WHEN bool_or(h.id = inviting.id) THEN 'own'
    WHEN bool_or(h.household_id = inviting.household_id) THEN 'household'
    WHEN count(h.id) > 0 OR bool_or(p.is_shared) THEN 'existing' ELSE '' END,
    CASE WHEN min(h.id) = max(h.id) THEN min(h.id) END, COALESCE(g.centre_id, f.home_centre_id)
FROM campaigns_referral AS r JOIN campaigns_referralprogramme AS g ON g.id = r.programme_id
LEFT JOIN segments_customer AS named ON named.id = r.referrer_id
LEFT JOIN segments_customer AS inviting ON inviting.id = COALESCE(named.merged_into_id, named.id)
LEFT JOIN segments_customerfacts AS f ON f.customer_id = inviting.id
LEFT JOIN segments_contactpoint AS p ON p.kind = 'phone' AND p.value = r.phone
LEFT JOIN segments_cardcontact AS cc ON cc.contact_point_id = p.id
LEFT JOIN segments_customer AS held ON held.id = cc.customer_id
LEFT JOIN segments_customer AS h ON h.id = COALESCE(held.merged_into_id, held.id)
WHERE r.id = ANY(%(ids)s) GROUP BY r.id, inviting.id, g.centre_id, f.home_centre_id
"""
SETTLE = """
UPDATE campaigns_referral AS r
SET state = CASE WHEN t.why = '' THEN 'newcomer' ELSE 'refused' END, why = t.why, customer_id = t.customer_id, judged_at = now(),
    due_at = CASE WHEN t.why = '' THEN now() END
FROM unnest(%(ids)s::bigint[], %(whys)s::text[], %(customers)s::bigint[]) AS t (id, why, customer_id) WHERE r.id = t.id
"""


def take_in() -> int:
    """All who wait; while an import is at work they wait on. Returns how many."""
    taken = 0
    try:
        while done := _take_in():
            taken += done
    except Refused:
        pass
    return taken


@transaction.atomic
def _take_in() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"most": AT_ONCE})
        waiting = cursor.fetchall()
        if not waiting:
            return 0
        cursor.execute(JUDGED, {"ids": [row[0] for row in waiting]})
        found = {pk: told for pk, *told in cursor.fetchall()}
    gone = erased("phone", [row[1] for row in waiting])
    new = [row for row in waiting if not found[row[0]][0] and row[1] not in gone]
    people = [Lead(f"{pk}", name, phone, found[pk][2]) for pk, phone, name, *_texts in new]
    customers = leads.take_in(SOURCE, people)
    _consent(new, customers)
    rows = [(row[0], *_verdict(row, found[row[0]], customers)) for row in waiting]
    names = ("ids", "whys", "customers")
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    return len(rows)


def _verdict(row: tuple, found: Sequence[Any], customers: dict[str, int]) -> tuple[str, int | None]:
    """Why she does not count ('' when she does), and which customer she is. Whoever was erased was one once."""
    why, holder, _centre = found
    customer = customers.get(f"{row[0]}")
    return ("", customer) if customer else (why or Why.EXISTING, holder)


def _consent(new: Sequence[tuple], customers: dict[str, int]) -> None:
    """What those who are new agreed to, by the very text that they read. An address that a list stopped before stays stopped."""
    points = dict(
        ContactPoint.objects.filter(kind="phone", value__in=[row[1] for row in new]).values_list("value", "pk")
    )
    said = set(ConsentState.objects.filter(contact_point__in=points.values()).values_list("contact_point", flat=True))
    with override(settings.LANGUAGE_CODE):
        evidence = _("request by the link of a friend")
    by_text: dict[tuple[str, str, int | None], list[tuple[int, int | None]]] = defaultdict(list)
    for pk, phone, _name, brand_id, agreed, advertising in new:
        if points[phone] in said:
            continue
        holder = (points[phone], customers[f"{pk}"])
        by_text[Purpose.SERVICE, agreed, brand_id].append(holder)
        if advertising:
            by_text[Purpose.ADVERTISING, advertising, brand_id].append(holder)
    for (purpose, text, brand_id), holders in by_text.items():
        fields: dict[str, Any] = {"brand_id": brand_id, "text": text, "evidence": evidence}
        record_for_holders(Decision(purpose=purpose, given=True, origin=Origin.PERSON, **fields), holders, CALLED)
