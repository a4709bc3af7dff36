"""The facts of one person worked out in plain Python, document by document: what `segments.facts` is held against."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from segments.models import Card, ContactPoint, Customer, Interaction, Vehicle

MOSCOW = ZoneInfo("Europe/Moscow")
CANCELLED = ("отмен", "аннул", "удале", "возвр", "сторн", "cance", "refun")
PLURALS = {
    "new": "new_cars", "used": "used_cars", "service": "services", "insurance": "policies", "accessories": "accessories",
}  # fmt: skip
CARS = ("new", "used", "")


def day(document: Interaction) -> dt.date:
    return document.happened_at.astimezone(MOSCOW).date()


def a_year_after(start: dt.date | None) -> dt.date | None:
    if start is None:
        return None
    try:
        return start.replace(year=start.year + 1)
    except ValueError:
        return start.replace(year=start.year + 1, day=28)


def line_of(document: Interaction) -> str | None:
    """ "" of a sale that says neither line nor condition; None of what is no deal."""
    if document.kind in ("service", "insurance"):
        return document.kind
    return (document.line or document.condition) if document.kind == "sale" else None


def age(document: Interaction) -> tuple:
    return document.happened_at, document.external_key, document.pk


def is_refund(document: Interaction) -> bool:
    return document.amount is not None and document.amount < 0 and line_of(document) is not None


def happened(documents: Iterable[Interaction]) -> list[Interaction]:
    """Without the cancelled, and without deals that were given back whole, with their refunds. Oldest first."""
    left = sorted((each for each in documents if not each.status.lower().startswith(CANCELLED)), key=age)
    gone: set[int] = set()
    for refund in sorted(
        (each for each in left if (each.amount or 0) < 0), key=lambda each: (each.happened_at, each.pk)
    ):
        deals = [
            each for each in left
            if each.kind == refund.kind and each.amount == -refund.amount and each.happened_at <= refund.happened_at
        ]  # fmt: skip
        if deals and deals[-1].pk not in gone:
            gone |= {deals[-1].pk, refund.pk}
    return [each for each in left if each.pk not in gone]


def by_hand(
    customer: Customer,
    *,
    documents: list[Interaction],
    sales: list[Interaction],
    cars: list[Vehicle],
    contacts: list[ContactPoint],
    cards: list[Card],
) -> dict[str, Any]:
    """{column: value} of `CustomerFacts`. `documents` are hers; `sales` are those of her cars, whoever bought them."""
    kept = happened(documents)
    facts = (
        _purchases(kept) | _visits(kept) | _who(customer, kept, cards) | _reached(contacts) | _newest_car(cars, sales)
    )
    for line in PLURALS:
        facts |= _line(kept, line)
    facts["service_due"] = facts["service_due"] or a_year_after(facts["last_service"])
    facts["insurance_end"] = a_year_after(facts["last_insurance"])
    facts["insurance_end_estimated"] = facts["last_insurance"] is not None
    del facts["insurance_due"]
    return facts


def _deals(kept: list[Interaction], *lines: str) -> list[Interaction]:
    return [each for each in kept if line_of(each) in lines and not is_refund(each)]


def _sum(kept: list[Interaction], *lines: str) -> Any:
    return sum(each.amount or 0 for each in kept if line_of(each) in lines)


def _line(kept: list[Interaction], line: str) -> dict[str, Any]:
    deals = _deals(kept, line)
    days = sorted({day(each) for each in deals})
    gaps = [(later - earlier).days for earlier, later in zip(days, days[1:], strict=False)]
    return {
        PLURALS[line]: len(deals),
        f"{PLURALS[line]}_sum": _sum(kept, line),
        f"first_{line}": days[0] if days else None,
        f"last_{line}": days[-1] if days else None,
        f"{line}_due": days[-1] + dt.timedelta(days=round(median(gaps))) if gaps else None,
        f"{line}_brand_id": deals[-1].brand_id if deals else None,
        f"{line}_model_id": deals[-1].model_id if deals else None,
    }


def _purchases(kept: list[Interaction]) -> dict[str, Any]:
    deals = _deals(kept, *CARS)
    last = max(deals, key=lambda each: (each.happened_at, -CARS.index(line_of(each)), age(each))) if deals else None
    return {
        "purchases": len(deals),
        "purchases_sum": _sum(kept, *CARS),
        "first_purchase": min(map(day, deals), default=None),
        "last_purchase": max(map(day, deals), default=None),
        "last_brand_id": last and last.brand_id,
        "last_model_id": last and last.model_id,
        "last_car_condition": line_of(last) if last else "",
        "last_price": last and last.amount,
    }


def _visits(kept: list[Interaction]) -> dict[str, Any]:
    visits = [each for each in kept if each.kind == "visit"]
    sold = [day(each) for each in _deals(kept, *CARS)]
    left = [each for each in visits if not any(0 <= (sale - day(each)).days <= 3 for sale in sold)]
    last = left[-1] if left else None
    buyouts = [day(each) for each in kept if each.kind == "buyout"]
    return {
        "visits": len(visits),
        "last_visit": day(visits[-1]) if visits else None,
        "left_without_purchase": last and day(last),
        "left_reason": last.reason if last else "",
        "left_brand_id": last and last.brand_id,
        "left_model_id": last and last.model_id,
        "left_condition": last.condition if last else "",
        "bought_since_leaving": bool(last and any(sale > day(last) for sale in sold)),
        "buyouts": len(buyouts),
        "last_buyout": max(buyouts, default=None),
        "last_seen": max((day(each) for each in kept if not is_refund(each)), default=None),
    }


def _who(customer: Customer, kept: list[Interaction], cards: list[Card]) -> dict[str, Any]:
    served = [each for each in kept if each.salesperson_id and not is_refund(each)]
    served = [each for each in served if each.kind in ("visit", "buyout") or line_of(each) in CARS]
    last = max(served, key=lambda each: (int(each.happened_at.timestamp()), each.salesperson_id), default=None)
    return {
        "last_salesperson_id": last and last.salesperson_id,
        "home_centre_id": _most(each.centre_id for each in kept) or _most(each.centre_id for each in cards),
        "city_id": customer.city_id,
        "birth_date": customer.birth_date,
        "sex": customer.sex,
        "is_company": bool(customer.company) and not customer.last_name,
        "household_size": customer.household.size if customer.household else 1,
    }


def _most(values: Iterable[int | None]) -> int | None:
    counted = Counter(each for each in values if each is not None)
    return min(counted, key=lambda each: (-counted[each], each)) if counted else None


def _reached(contacts: list[ContactPoint]) -> dict[str, bool]:
    own = [each for each in contacts if each.validity == "valid" and not each.is_shared]

    def any_of(kind: str, test: Callable[[ContactPoint], bool]) -> bool:
        return any(each.kind == kind and test(each) for each in own)

    def reachable(contact: ContactPoint) -> bool:
        return contact.reachability != "unreachable"

    return {
        "has_email": any_of("email", lambda each: True),
        "has_phone": any_of("phone", lambda each: True),
        "email_reachable": any_of("email", reachable),
        "phone_reachable": any_of("phone", reachable),
        "sms_reachable": any_of("phone", lambda each: reachable(each) and each.is_mobile is not False),
    }


def _newest_car(cars: list[Vehicle], sales: list[Interaction]) -> dict[str, Any]:
    if not cars:
        nothing = {"cars": 0, "car_brand_id": None, "car_model_id": None, "car_since": None}
        return nothing | {"car_since_estimated": False, "owned_since": None}
    since = {each: _since(each, sales) for each in cars}

    def rank(car: Vehicle) -> tuple:
        known, owned = since[car][0], car.owned_since
        return known is not None, known or dt.date.min, owned is not None, owned or dt.date.min, car.pk

    newest = max(cars, key=rank)
    return {
        "cars": len(cars),
        "car_brand_id": newest.brand_id,
        "car_model_id": newest.model_id,
        "car_since": since[newest][0],
        "car_since_estimated": since[newest][1],
        "owned_since": newest.owned_since,
    }


def _since(car: Vehicle, sales: list[Interaction]) -> tuple[dt.date | None, bool]:
    """(the first day on the road, whether that is an estimate)."""
    hers = [each for each in sales if each.vehicle_id == car.pk and each.kind == "sale"]
    hers = [each for each in hers if not each.status.lower().startswith(CANCELLED)]
    if as_new := [day(each) for each in hers if each.condition == "new"]:
        return min(as_new), False
    known = dt.date(car.year, 1, 1) if car.year else min(map(day, hers), default=None)
    return known, known is not None
