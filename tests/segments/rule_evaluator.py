"""A second reading of rules, in plain Python, written against the documentation and not against the compiler.

The logic has three values: True, False and None, "not known". A rule holds of those of whom it is True.
"""

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import Any

from django.utils import timezone

from segments.models import Brand, CarModel, Interaction, RfmSegment
from segments.rules.fields import EVENTS, FIELDS, Field
from tests.segments.rule_people import Person

Truth = bool | None
KINDS = {
    "bought": "sale", "serviced": "service", "visited": "visit", "sold_to_us": "buyout", "insured": "insurance",
    "booked": "booking", "called": "call",
}  # fmt: skip
MOMENTS = {
    "received": "sent_at", "advertised": "sent_at", "opened": "opened_at", "clicked": "clicked_at", "replied": "replied_at",
    "not_delivered": "failed_at", "unsubscribed": "opted_out_at",
}  # fmt: skip
AGES = {"age": 12, "car_age": 12, "car_months": 1, "months_owned": 1}  # field → months in a unit
JOINED = ("engagement__", "response__", "loyalty__", "zone__")  # tables beside the facts
RESPONSES = {"called_in": "call", "answered": "answer", "visited_site": "site", "visited_after_message": "visit"}
AGREED_ON = {  # channel → kinds of addresses whose holder may have agreed to it
    "email": {"email"}, "sms": {"phone"}, "call": {"phone"}, "whatsapp": {"phone"}, "vk": {"phone"},
    "telegram": {"phone", "telegram"}, "max": {"phone", "max"}, "push": {"device"}, "ads": {"email", "phone"},
}  # fmt: skip
# channel → what it is sent to; not push: here are no sites that would know a device
SENT_TO = {"email": "email", "sms": "phone", "whatsapp": "phone", "vk": "phone", "telegram": "telegram", "max": "max"}


# nearest to being written to first
NEAREST = ("nothing", "suppressed", "some_brands", "never_agreed", "opted_out", "shared", "invalid", "no_contact")


def holds(node: dict, person: Person, today: dt.date) -> Truth:
    if "not" in node:
        inside = holds(node["not"], person, today)
        return None if inside is None else not inside
    if "all" in node or "any" in node:
        wanted = "any" in node  # one True decides an OR, one False an AND
        found = [holds(each, person, today) for each in node.get("all", node.get("any"))]
        if wanted in found:
            return wanted
        return None if None in found else not wanted
    if "event" in node:
        return event_holds(node, person, today)
    return field_holds(node, person, today)


def event_holds(node: dict, person: Person, today: dt.date) -> bool:
    where = EVENTS[node["event"]].where
    rows = [
        row
        for row, when in happened(node["event"], person)
        if (node["days"] is None or (when is not None and when >= today - dt.timedelta(days=node["days"])))
        and all(row_holds(where[leaf["field"]], leaf, row, today) for leaf in node["where"])
    ]
    return len(rows) >= node["value"]


def happened(event: str, person: Person) -> list[tuple[Any, dt.date | None]]:
    """The rows of an event, with the day of each."""
    if event == "owns_car":
        return [(car, car.owned_since) for car in person.vehicles]
    if event in KINDS:
        return [(each, local_day(each.happened_at)) for each in person.interactions if each.kind == KINDS[event]]
    if event in RESPONSES:
        return [(each, local_day(each.at)) for each in person.responses if each.kind == RESPONSES[event]]
    if event == "rated":
        return [(each, local_day(each.answered_at)) for each in person.scores]
    moment = MOMENTS[event]
    touches = [each for each in person.touches if getattr(each, moment) is not None]
    if event in ("received", "advertised"):
        touches = [each for each in touches if each.failed_at is None]
    if event == "advertised":
        touches = [each for each in touches if each.campaign.purpose == "advertising"]
    return [(each, local_day(getattr(each, moment))) for each in touches]


def local_day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(timezone.get_default_timezone()).date()


def row_holds(field: Field, leaf: dict, row: Any, today: dt.date) -> Truth:
    if field.name == "age":
        has = None if row.year is None else today.year - row.year
    elif field.name == "classmate_of":
        has = row.model
        if has is not None and leaf["op"] in ("any_of", "none_of"):
            return is_classmate(has, leaf["value"]) == (leaf["op"] == "any_of")
    else:
        has = value_at(row, field.path)
    return compared(leaf["op"], named(has, field), leaf["value"], today=today)


def field_holds(leaf: dict, person: Person, today: dt.date) -> Truth:
    field, op, wanted = FIELDS[leaf["field"]], leaf["op"], leaf["value"]
    if field.name in AGES:
        since = getattr(person.facts, field.path)
        return compared(op, None if since is None else elapsed(since, today) // AGES[field.name], wanted, today=today)
    special = SPECIAL.get(field.name) or next(
        (rule for prefix, rule in FAMILIES.items() if field.name.startswith(prefix)), None
    )
    special = CONSENT if field.type == "consent" else special
    if special is not None:
        return special(field, op, wanted, person)
    has = value_at(person, field.path) if field.path.startswith(JOINED) else value_at(person.facts, field.path)
    if has is None and field.type == "number":
        has = 0
    return compared(op, named(has, field), wanted, today=today, yearly=field.type == "anniversary")


def value_at(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name, None)  # also of a row that is absent from a joined table
    return row


def named(value: Any, field: Field) -> Any:
    """A value as rules name it: models of a dictionary by name; "" is a missing word."""
    if isinstance(value, CarModel):
        return f"{value.brand.name} {value.name}"
    if hasattr(value, "_meta"):
        return str(value.pk) if value._meta.model_name == "campaign" else value.name
    return None if value == "" else value


def elapsed(since: dt.date, today: dt.date) -> int:
    """Whole months."""
    months = (today.year - since.year) * 12 + today.month - since.month
    return months - (today.day < since.day)


def compared(op: str, has: Any, wanted: Any, *, today: dt.date, yearly: bool = False) -> Truth:
    if op in ("is_known", "is_empty"):
        return (has is not None) == (op == "is_known")
    if has is None:
        return None
    if isinstance(has, dt.datetime):
        has = local_day(has)
    if isinstance(has, dt.date):
        return dated(op, has, wanted, today, yearly=yearly)
    if isinstance(has, str):
        return worded(op, has, wanted)
    return numbered(op, has, wanted)


def numbered(op: str, has: Any, wanted: Any) -> bool:
    if op == "is":
        return has is wanted
    low, high = wanted if isinstance(wanted, list) else (wanted, wanted)
    low, high = type(has)(low), type(has)(high)
    return {"at_least": has >= low, "at_most": has <= high, "equals": has == low, "between": low <= has <= high}[op]


def worded(op: str, has: str, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return (has in wanted) == (op == "any_of")
    has, wanted = has.lower(), wanted.lower()
    return {
        "contains": wanted in has, "not_contains": wanted not in has, "starts_with": has.startswith(wanted),
        "equals": has == wanted,
    }[op]  # fmt: skip


def dated(op: str, day: dt.date, wanted: Any, today: dt.date, *, yearly: bool) -> bool:
    ago, parsed = (today - day).days, [iso(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
    if op == "in_months":
        return day.month in wanted
    if op == "of_the_year":
        return of_the_year(day, *wanted)
    if yearly or op.startswith("anniversary"):
        first = 0 if op.endswith("in_next_days") else wanted or 0
        days = [today + dt.timedelta(days=each) for each in range(first, (wanted or 0) + 1)]
        return any(celebrated(day, each) for each in days) and (yearly or day < today)
    simple: dict[str, Callable[[], bool]] = {
        "within_days": lambda: 0 <= ago <= wanted,
        "earlier_than_days": lambda: ago > wanted,
        "days_ago": lambda: ago == wanted,
        "between_days_ago": lambda: wanted[0] <= ago <= wanted[1],
        "in_next_days": lambda: 0 <= -ago <= wanted,
        "in_days": lambda: -ago == wanted,
        "between_days_ahead": lambda: wanted[0] <= -ago <= wanted[1],
        "before": lambda: day < parsed[0],
        "since": lambda: day >= parsed[0],
        "on": lambda: day == parsed[0],
        "between": lambda: parsed[0] <= day <= parsed[1],
    }
    return simple[op]()


def iso(value: Any) -> Any:
    return dt.date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else value


def of_the_year(day: dt.date, first: str, last: str) -> bool:
    at = f"{day.month:02}-{day.day:02}"
    return first <= at <= last if first <= last else at >= first or at <= last


def celebrated(born: dt.date, day: dt.date) -> bool:
    """29 February is kept on the 28th of other years."""
    if (born.month, born.day) == (2, 29) and (day + dt.timedelta(days=1)).month == 3:
        return (day.month, day.day) in ((2, 28), (2, 29))
    return (born.month, born.day) == (day.month, day.day)


def is_classmate(model: CarModel, brands: list[str]) -> bool:
    return model.brand.name not in brands and any(
        other.car_class == model.car_class != "" and other.price_band == model.price_band
        for other in CarModel.objects.filter(brand__name__in=brands)
    )


def some_of(op: str, found: bool) -> bool:
    return found == (op == "any_of")


def _bought(field: Field, op: str, wanted: list[str], person: Person) -> bool:
    sales = [each.brand for each in person.interactions if each.kind == Interaction.Kind.SALE]
    return some_of(op, any(brand is not None and brand.name in wanted for brand in sales))


def _owns(field: Field, op: str, wanted: list[str], person: Person) -> bool:
    return some_of(op, any(car.brand is not None and car.brand.name in wanted for car in person.vehicles))


def _classmate(field: Field, op: str, wanted: Any, person: Person) -> Truth:
    model = person.facts.last_model
    if op in ("is_known", "is_empty"):
        return (model is not None) == (op == "is_known")
    return None if model is None else some_of(op, is_classmate(model, wanted))


def _reachable(field: Field, op: str, wanted: list[str], person: Person) -> bool:
    return some_of(op, any(getattr(person.facts, f"{channel}_reachable") for channel in wanted))


def _consent(field: Field, op: str, wanted: Any, person: Person) -> bool:
    channel = field.name.removesuffix("_consent")
    said = [each for point, each in person.addresses if point.kind in AGREED_ON[channel] and point.validity == "valid"]
    if op == "withdrawn":
        return any(each.get((channel, None)) is False for each in said)

    def may_write(brand: int | None) -> bool:
        answers = [[each[channel, of] for of in {None, brand} if (channel, of) in each] for each in said]
        return any(any(each) and all(each) for each in answers)

    if op == "is":
        return may_write(None) == wanted
    brands = Brand.objects.filter(name__in=wanted).values_list("pk", flat=True)
    return any(map(may_write, brands)) == (op == "for_brand")


def _advertising(field: Field, op: str, wanted: list[str], person: Person) -> bool:
    return some_of(op, any(_is_reached(channel, *each) for channel in wanted for each in person.addresses))


def _is_reached(channel: str, point: Any, said: dict[tuple[str, int | None], bool]) -> bool:
    is_usable = point.validity == "valid" and not point.is_shared and point.reachability != "unreachable"
    return is_usable and point.kind == SENT_TO.get(channel) and said.get((channel, None)) is True


def _barrier(field: Field, op: str, wanted: list[str], person: Person) -> bool:
    channel = field.name.removesuffix("_barrier")
    hers = [_why(channel, *address) for address in person.addresses if address[0].kind == SENT_TO.get(channel)]
    return some_of(op, min(hers, key=NEAREST.index, default="no_contact") in wanted)


def _why(channel: str, point: Any, said: dict[tuple[str, int | None], bool]) -> str:
    """What keeps advertising from this address."""
    answers = {brand: given for (of, brand), given in said.items() if of == channel}
    if point.validity != "valid":
        return "invalid"
    if point.is_shared:
        return "shared"
    if answers.get(None) is True:
        return "suppressed" if point.reachability == "unreachable" else "nothing"
    if any(answers.values()) and None not in answers:
        return "some_brands"
    return "opted_out" if answers else "never_agreed"


@cache
def _owner(code: str) -> RfmSegment:
    """The first named segment with a pattern of this code; the table is that of the migrations."""
    return next(
        each
        for each in RfmSegment.objects.order_by("number")
        if any(all(p in ("X", c) for p, c in zip(pattern, code, strict=True)) for pattern in each.codes.split())
    )


def _rfm(field: Field, op: str, wanted: Any, person: Person) -> Truth:
    what, _, line = field.name.removeprefix("rfm_").replace("vip_risk", "vip").partition("_")
    code = person.codes.get(line or "all")
    if op in ("is_known", "is_empty"):
        return (code is not None) == (op == "is_known")
    owner = _owner(code) if code else None
    if what == "vip":
        risky = (
            owner is not None and owner.vip_risk_from is not None and int(code[1]) + int(code[2]) >= owner.vip_risk_from
        )
        return risky == wanted
    if code is None:
        return True if what == "segment" and op == "any_of" and "none" in wanted else None
    has = {
        "segment": owner.slug, "priority": owner.priority, "code": code, "recency": code[0], "frequency": code[1],
        "money": code[2],
    }[what]  # fmt: skip
    return some_of(op, has in wanted)


Special = Callable[[Field, str, Any, Person], Truth]
CONSENT: Special = _consent
FAMILIES: dict[str, Special] = {"rfm_": _rfm} | {f"{channel}_barrier": _barrier for channel in (*SENT_TO, "push")}
SPECIAL: dict[str, Special] = {
    "brand_bought": _bought,
    "owned_brand": _owns,
    "classmate_of": _classmate,
    "reachable": _reachable,
    "advertising": _advertising,
    "segment": lambda field, op, wanted, person: some_of(op, bool(person.segments & set(wanted))),
    "in_list": lambda field, op, wanted, person: some_of(op, bool(person.lists & set(wanted))),
    "is_buyer": lambda field, op, wanted, person: (person.facts.purchases > 0) == wanted,
    "is_seller": lambda field, op, wanted, person: (person.facts.buyouts > 0) == wanted,
}
