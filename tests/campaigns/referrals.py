"""Referral programmes, and friends who have come by a link."""

from itertools import count
from typing import Any

from campaigns.models import Referral, ReferralProgramme
from segments.models import Customer

_numbers = count(1)
CONSENT, ADVERTISING = "Согласен на обработку имени и телефона и на звонок", "Согласен получать предложения"


def make_programme(**fields: Any) -> ReferralProgramme:
    number = next(_numbers)
    usual = {
        "name": f"Друзья {number}", "points": 500, "sender": "Автохолдинг", "title": "Вас пригласил друг", "consent": CONSENT,
        "advertising": ADVERTISING,
    }  # fmt: skip
    return ReferralProgramme.objects.create(**(usual | fields))


def make_referral(customer: Customer, programme: ReferralProgramme | None = None, **fields: Any) -> Referral:
    """Of a friend who has been taken in."""
    usual = {"state": "newcomer", "name": "Друг", "agreed": CONSENT, "due_at": None}
    return Referral.objects.create(programme=programme or make_programme(), customer=customer, **(usual | fields))
