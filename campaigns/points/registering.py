"""What bonus points add to registries: a placeholder, a panel of the customer's page, the work of the night; and invitations, which
they reward."""

from datetime import time
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from campaigns import links
from campaigns.models import PointsEntry, Referral
from campaigns.points import ledger
from campaigns.referrals import asking
from campaigns.referrals import registering as referrals
from campaigns.slots import Slot, register
from segments import nightly, profile
from segments.models import Customer

VIEW, ADJUST = "campaigns.view_pointsentry", "campaigns.add_pointsentry"
SHOWN = 8
# Empty where there are none: a default then says something else.
BALANCE = f"COALESCE(NULLIF({ledger.balance_sql('customer.id')}, 0)::text, '')"


def of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The balance and the latest entries; nothing for those who may not see them, or where there is nothing to do."""
    may_adjust = request.user.has_perm(ADJUST)
    if not request.user.has_perm(VIEW):
        return {}
    people = [customer.pk, *Customer.objects.filter(merged_into=customer).values_list("pk", flat=True)]
    entries = list(PointsEntry.objects.filter(customer__in=people)[:SHOWN])
    programme = asking.programme_in_use()
    if not (entries or may_adjust or programme):
        return {}
    balance = ledger.balance(customer.pk) if entries else 0
    told = {"entries": entries, "balance": balance, "may_adjust": may_adjust, "nonce": get_random_string(22)}
    if programme is None:
        return told
    friends = Referral.objects.filter(referrer__in=people, state=Referral.State.NEWCOMER).count()
    return told | {"friend_link": links.friend_url(customer.pk), "friends": friends}


def expire() -> dict[str, Any]:
    return {"people": ledger.expire()}


def register_all() -> None:
    register(Slot("баллы", _("balance of bonus points"), "1500", expression=BALANCE))
    title = _("Bonus points")
    profile.register(profile.Panel("points", 32, title, "campaigns/points/of_customer.html", of_customer))
    nightly.register("points", time(0, 10), expire)
    referrals.register_all()
