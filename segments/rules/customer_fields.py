"""The fields and events of the customer base. Importing this module fills the registry."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import Count, Exists, Model, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.consents import may_write_sql
from segments.models import (
    Brand,
    Centre,
    City,
    ContactPoint,
    CustomerFacts,
    Interaction,
    Membership,
    Segment,
    Vehicle,
)
from segments.models.people import ContactKind, Purpose, Sex
from segments.rules.fields import Choices, Event, Field, register, register_event
from segments.rules.sql_exists import ExistsSQL

PURCHASES, SERVICE, VISITS = _("Purchases"), _("Service and insurance"), _("Visits")
PERSON, CONTACTS, CARS = pgettext_lazy("group of fields", "Person"), _("Contacts and consents"), _("Cars")
NEVER_BOUGHT = _("bought nothing")

CONSENTS = f"""
SELECT 1 FROM segments_cardcontact holder
JOIN segments_contactpoint address ON address.id = holder.contact_point_id
WHERE holder.customer_id = {{person}} AND address.kind = %(kind)s AND address.validity = %(valid)s
AND {may_write_sql("address.id")}
"""


def named(model: type[Model]) -> tuple[Choices, Callable[[list[str]], list]]:
    """Choices of a dictionary by name, and the way from names to ids."""

    def choices() -> list[tuple[str, str]]:
        return [(name, name) for name in model.objects.order_by("name").values_list("name", flat=True)]

    def column(names: list[str]) -> list:
        return list(model.objects.filter(name__in=names).values_list("pk", flat=True))

    return choices, column


def _dictionary(model: type[Model], **settings: Any) -> Field:
    choices, column = named(model)
    return Field(type="choice", choices=choices, column=column, **settings)


def _enumeration(values: Any, **settings: Any) -> Field:
    def choices() -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in values.choices]

    return Field(type="choice", choices=choices, empty="", **settings)


def _held(condition: Any, op: str) -> Q:
    return ~Q(condition) if op == "none_of" else Q(condition)


def _bought(op: str, brands: list[int], today: dt.date) -> Q:
    sales = Interaction.objects.filter(customer=OuterRef("pk"), kind=Interaction.Kind.SALE, brand__in=brands)
    return _held(Exists(sales), op)


def _owns(op: str, brands: list[int], today: dt.date) -> Q:
    return _held(Exists(Vehicle.objects.filter(customer=OuterRef("pk"), brand__in=brands)), op)


def _is_member(op: str, slugs: list[str], today: dt.date) -> Q:
    chosen = list(Segment.objects.filter(slug__in=slugs).values_list("pk", flat=True))
    return _held(Exists(Membership.objects.filter(customer=OuterRef("pk"), segment__in=chosen)), op)


def _segments() -> list[tuple[str, str]]:
    return list(Segment.objects.order_by("name").values_list("slug", "name"))


def _left_reasons() -> list[tuple[str, str]]:
    """Hints for the reason: the fifty most frequent."""
    reasons = CustomerFacts.objects.exclude(left_reason="").values_list("left_reason")
    return [(each, each) for each, _count in reasons.annotate(n=Count("pk")).order_by("-n")[:50]]


def _consent(channel: str, kind: str) -> Callable[[str, Any, dt.date], Q]:
    """Some valid address of the person may be written to by this channel with advertising of the holding."""
    params = {
        "kind": kind,
        "valid": ContactPoint.Validity.VALID,
        "channel": channel,
        "purpose": Purpose.ADVERTISING,
        "brand": None,
    }

    def condition(op: str, given: bool, today: dt.date) -> Q:
        found = Q(ExistsSQL(CONSENTS, params))
        return found if given else ~found

    return condition


def _years_before(day: dt.date, years: int) -> dt.date:
    """The same day `years` earlier; who was born on 29 February has a birthday on 1 March of other years."""
    try:
        return day.replace(year=max(1, day.year - years))
    except ValueError:
        return day.replace(year=max(1, day.year - years), day=28)


def _age(op: str, value: Any, today: dt.date) -> Q:
    lower, upper = {
        "at_least": lambda: (value, None),
        "at_most": lambda: (None, value),
        "equals": lambda: (value, value),
        "between": lambda: tuple(value),
        "is_known": lambda: (None, None),
        "is_empty": lambda: (None, None),
    }[op]()
    if op == "is_empty":
        return Q(birth_date__isnull=True)
    condition = Q(birth_date__isnull=False)
    if lower is not None:
        condition &= Q(birth_date__lte=_years_before(today, lower))
    if upper is not None:
        condition &= Q(birth_date__gt=_years_before(today, upper + 1))
    return condition


register(
    _dictionary(Brand, name="brand", label=pgettext_lazy("field of a rule", "brand of the last purchase"), group=PURCHASES, path="last_brand", missing=NEVER_BOUGHT),
    _dictionary(Brand, name="brand_bought", label=_("bought a car of the brand"), group=PURCHASES, compile=_bought),
    Field(name="last_purchase", label=_("last purchase"), type="date", group=PURCHASES, path="last_purchase", missing=NEVER_BOUGHT),
    Field(name="first_purchase", label=_("first purchase"), type="date", group=PURCHASES, path="first_purchase", missing=NEVER_BOUGHT),
    Field(name="purchases", label=_("number of purchases"), type="number", group=PURCHASES, path="purchases"),
    Field(name="purchases_sum", label=_("sum of purchases"), type="money", group=PURCHASES, path="purchases_sum"),
    _enumeration(Interaction.Condition, name="last_car", label=_("the last car was"), group=PURCHASES, path="last_car_condition", missing=NEVER_BOUGHT),
    Field(name="last_service", label=_("last service"), type="date", group=SERVICE, path="last_service", missing=_("was never serviced")),
    Field(name="services", label=_("number of service orders"), type="number", group=SERVICE, path="services"),
    Field(name="services_sum", label=_("sum of service orders"), type="money", group=SERVICE, path="services_sum"),
    Field(name="insurance_end", label=_("end of the insurance"), type="date", group=SERVICE, path="insurance_end", missing=_("no insurance is known")),
    Field(name="last_visit", label=_("last visit"), type="date", group=VISITS, path="last_visit", missing=_("never visited")),
    Field(name="visits", label=_("number of visits"), type="number", group=VISITS, path="visits"),
    Field(
        name="left_without_purchase", label=pgettext_lazy("field of a rule", "left without a purchase"), type="date", group=VISITS,
        path="left_without_purchase", missing=_("did not leave without a purchase"),
    ),
    Field(
        name="left_reason", label=_("why left without a purchase"), type="text", group=VISITS, path="left_reason",
        choices=_left_reasons, empty="", missing=_("the reason is not known"),
    ),
    _dictionary(Centre, name="home_centre", label=_("home dealer centre"), group=VISITS, path="home_centre", missing=_("no centre is known")),
    Field(name="cars", label=_("number of cars"), type="number", group=CARS, path="cars"),
    _dictionary(Brand, name="owned_brand", label=_("owns a car of the brand"), group=CARS, compile=_owns),
    _dictionary(City, name="city", label=pgettext_lazy("field of a rule", "city"), group=PERSON, path="city", missing=_("the city is not known")),
    Field(name="birthday", label=_("birthday"), type="anniversary", group=PERSON, path="birth_date", missing=_("the birthday is not known")),
    Field(name="age", label=_("age, years"), type="number", group=PERSON, path="birth_date", compile=_age, missing=_("the age is not known")),
    _enumeration(Sex, name="sex", label=pgettext_lazy("field of a rule", "sex"), group=PERSON, path="sex", missing=_("the sex is not known")),
    Field(name="is_company", label=pgettext_lazy("field of a rule", "company"), type="flag", group=PERSON, path="is_company", says=(_("a company"), _("a person, not a company"))),
    Field(name="has_email", label=pgettext_lazy("field of a rule", "e-mail"), type="flag", group=CONTACTS, path="has_email", says=(_("has an e-mail"), _("has no e-mail"))),
    Field(name="has_phone", label=pgettext_lazy("field of a rule", "phone"), type="flag", group=CONTACTS, path="has_phone", says=(_("has a phone"), _("has no phone"))),
    Field(
        name="email_consent", label=_("consent to e-mail advertising"), type="flag", group=CONTACTS,
        compile=_consent("email", ContactKind.EMAIL),
        says=(_("agrees to e-mail advertising"), _("has not agreed to e-mail advertising")),
    ),
    Field(
        name="sms_consent", label=_("consent to SMS advertising"), type="flag", group=CONTACTS,
        compile=_consent("sms", ContactKind.PHONE),
        says=(_("agrees to SMS advertising"), _("has not agreed to SMS advertising")),
    ),
    Field(name="segment", label=pgettext_lazy("field of a rule", "segment"), type="segment", group=_("Segments"), choices=_segments, compile=_is_member),
)  # fmt: skip

WHERE = {
    each.name: each
    for each in (
        _dictionary(Brand, name="brand", label=pgettext_lazy("field of a rule", "brand"), path="brand", missing=_("no brand in the document")),
        _enumeration(Interaction.Line, name="line", label=_("line of business"), path="line", missing=_("no line in the document")),
        _enumeration(Interaction.Condition, name="condition", label=pgettext_lazy("field of a rule", "car"), path="condition", missing=_("not said")),
        _dictionary(Centre, name="centre", label=_("dealer centre"), path="centre", missing=_("no centre in the document")),
        Field(name="amount", label=pgettext_lazy("field of a rule", "sum"), type="money", path="amount", missing=_("no sum in the document")),
        Field(name="reason", label=pgettext_lazy("field of a rule", "reason"), type="text", path="reason", empty="", missing=_("no reason in the document")),
    )
}  # fmt: skip
DID = {
    "bought": (Interaction.Kind.SALE, _("bought a car")),
    "serviced": (Interaction.Kind.SERVICE, _("came to service")),
    "visited": (Interaction.Kind.VISIT, _("visited the showroom")),
    "sold_to_us": (Interaction.Kind.BUYOUT, _("sold a car to us")),
    "insured": (Interaction.Kind.INSURANCE, _("bought insurance")),
    "booked": (Interaction.Kind.BOOKING, _("booked a visit")),
    "called": (Interaction.Kind.CALL, pgettext_lazy("event of a rule", "called")),
}
register_event(
    *(
        Event(name=name, label=label, model=Interaction, rows=Q(kind=kind), group=_("What the person did"), where=WHERE)
        for name, (kind, label) in DID.items()
    )
)
