"""What invitations add to registries: a placeholder, two occasions of scenarios, what is erased with a person, who stays."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import links
from campaigns.models import Referral, Run
from campaigns.referrals import asking
from campaigns.scenarios import occasions
from campaigns.scenarios.occasions import Asked, Occasion, Statement
from campaigns.slots import Slot, register
from segments import erasing
from segments.importing import undo_keeps
from segments.importing.undo_keeps import Keep
from segments.models import CardContact

NAME = "ссылка_другу"
ASKED = """
SELECT r.customer_id, 'friend:' || r.id AS occasion, r.asked_at AS happened_at FROM campaigns_referral AS r
WHERE r.state <> 'waiting' AND r.customer_id IS NOT NULL AND r.asked_at > %(since)s AND r.asked_at <= %(now)s
"""
BROUGHT = """
SELECT r.referrer_id AS customer_id, 'brought:' || r.id AS occasion, r.rewarded_at AS happened_at FROM campaigns_referral AS r
WHERE r.referrer_id IS NOT NULL AND r.rewarded_at > %(since)s AND r.rewarded_at <= %(now)s
"""
INVITED = Keep(
    "referrals",
    _("was brought by a friend, or has brought one"),
    customers="EXISTS (SELECT FROM campaigns_referral AS invited WHERE invited.referrer_id = {id}) "
    "OR EXISTS (SELECT FROM campaigns_referral AS came WHERE came.customer_id = {id})",
)


def _resolve(run: Run, rows: Sequence[Any]) -> dict[int, str]:
    """Nothing while no programme is in use: the link would lead to a page that says so."""
    if asking.programme_in_use() is None:
        return {}
    return {row.message_id: links.friend_url(row.customer_id) for row in rows}


def _occasion(name: str, label: Promise, told: str) -> Occasion:
    def statement(_entry: Mapping[str, Any], asked: Asked) -> Statement:
        return told, {"since": asked.since, "now": asked.now}

    return Occasion(name, label, lambda entry: {}, statement, lambda entry, names: str(label), is_frequent=True)


def erase(customer_ids: Sequence[int]) -> None:
    """Requests stay as figures, of nobody: those of these people, and of their phones; who invited is not known any more."""
    phones = CardContact.objects.filter(customer__in=customer_ids, contact_point__kind="phone").values(
        "contact_point__value"
    )
    hers = Referral.objects.filter(Q(customer__in=customer_ids) | Q(phone__in=phones))
    hers.update(customer=None, phone="", name="")
    Referral.objects.filter(referrer__in=customer_ids).update(referrer=None)


def register_all() -> None:
    label = _("the person's own link to invite a friend")
    register(Slot(NAME, label, f"https://example.ru/f/{'A' * 19}", _resolve, is_link=True))
    occasions.register(
        _occasion("friend_asked", _("left a request by the link of a friend"), ASKED),
        _occasion("friend_brought", _("brought a friend and was given points"), BROUGHT),
    )
    erasing.register(erase)
    undo_keeps.register(INVITED)
