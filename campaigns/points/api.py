"""Points at tills: `POST /points/balance/` and `/points/spend/`, with a till's key, of the person with this phone."""

from typing import Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from campaigns.models import PromoTill
from campaigns.points import ledger
from campaigns.promo.api import door
from campaigns.refusals import Refused
from channels.json_calls import Closed
from segments.cleaning.phones import parse_phone
from segments.models import CardContact


class Whose(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    phone: str = Field(min_length=1, max_length=40)


class Spent(Whose):
    """`receipt` is the till's own number: told again it is the same."""

    points: int = Field(gt=0, lt=10**7)
    receipt: str = Field(min_length=1, max_length=40)


def _balance(till: PromoTill, asked: Whose) -> dict[str, Any]:
    return {"ok": True, "points": ledger.balance(_person(asked.phone))}


def _spend(till: PromoTill, asked: Spent) -> dict[str, Any]:
    person, key = _person(asked.phone), f"till:{till.pk}:{asked.receipt}"
    try:
        is_new = ledger.spend(person, asked.points, key, why=f"{till.name}, {asked.receipt}")
    except Refused as refusal:
        raise Closed(409, refusal.sentence, "points") from refusal
    return {"ok": True, "repeated": not is_new, "points": ledger.balance(person)}


balance, spend = door(Whose, _balance), door(Spent, _spend)


def _person(written: str) -> int:
    """Whose phone it is. A family's is nobody's: points are not to be spent by another. Raises Closed."""
    phone = parse_phone(written)
    held = CardContact.objects.filter(contact_point__kind="phone", contact_point__value=phone or "")
    people = set(held.values_list("customer", flat=True)[:3])
    people = {ledger.living(person) for person in people if person}
    if len(people) != 1:
        sentence = _("Several people have this phone.") if people else _("Nobody in the base has this phone.")
        raise Closed(404, sentence, "phone")
    return people.pop()
