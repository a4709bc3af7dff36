"""A friend's request as it comes in: one row, whoever she is. The page answers all alike, so that nobody learns by it whose phone
is in the base; who she is, is found out later (`taking_in`)."""

from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from campaigns import bell, links
from campaigns.models import ReferralProgramme
from segments.models import Customer

# Of a hundred at once one is written, the others are counted on it. A request that was refused long ago may be told again.
WRITE = """
INSERT INTO campaigns_referral (programme_id, referrer_id, phone, name, agreed, advertising, state, why)
VALUES (%(programme)s, %(referrer)s, %(phone)s, %(name)s, %(agreed)s, %(advertising)s, 'waiting', '')
ON CONFLICT (phone) WHERE NOT phone = '' DO UPDATE SET times = campaigns_referral.times + 1
RETURNING times = 1
"""
FOLLOWED = """
INSERT INTO campaigns_referralday AS d (programme_id, day, followed) VALUES (%(programme)s, %(day)s, 1)
ON CONFLICT (programme_id, day) DO UPDATE SET followed = d.followed + 1
"""


class Invitation(NamedTuple):
    """Whose link it is (the living customer), and what she invites to; None: no programme is in use."""

    referrer: int
    programme: ReferralProgramme | None


class Request(NamedTuple):
    """`phone` as contact points have it; `wants_advertising`: the second tick."""

    name: str
    phone: str
    wants_advertising: bool


def programme_in_use() -> ReferralProgramme | None:
    return ReferralProgramme.objects.filter(is_active=True).select_related("brand").first()


def find(token: str) -> Invitation | None:
    """None for what is no link of ours, or of somebody who was erased."""
    customer_id = links.read_friend(token)
    found = Customer.objects.filter(pk=customer_id).values_list("pk", "merged_into").first() if customer_id else None
    return Invitation(found[1] or found[0], programme_in_use()) if found else None


def followed(programme: ReferralProgramme) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FOLLOWED, {"programme": programme.pk, "day": timezone.localdate()})


@transaction.atomic
def ask(referrer: int, programme: ReferralProgramme, request: Request) -> bool:
    """Keep a request; False: the phone has left one before, and the first link counts."""
    written = {
        "programme": programme.pk, "referrer": referrer, "phone": request.phone, "name": request.name,
        "agreed": programme.consent, "advertising": programme.advertising if request.wants_advertising else "",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WRITE, written)
        is_new = bool(cursor.fetchone()[0])
    if is_new:
        transaction.on_commit(bell.ring_referrals, robust=True)
    return is_new
