"""The fields of the customer base. Importing this module fills the registry."""

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import (
    Brand,
    Centre,
    City,
    CustomerFacts,
    Interaction,
    Membership,
    Segment,
    Vehicle,
)
from segments.models.people import Sex
from segments.rules.dictionaries import dictionary, enumeration
from segments.rules.fields import Field, register

PURCHASES, SERVICE, VISITS = _("Purchases"), _("Service and insurance"), _("Visits")
PERSON, CONTACTS, CARS = pgettext_lazy("group of fields", "Person"), _("Contacts and consents"), _("Cars")
NEVER_BOUGHT = _("bought nothing")


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
    dictionary(Brand, name="brand", label=pgettext_lazy("field of a rule", "brand of the last purchase"), group=PURCHASES, path="last_brand", missing=NEVER_BOUGHT),
    dictionary(Brand, name="brand_bought", label=_("bought a car of the brand"), group=PURCHASES, compile=_bought),
    Field(name="last_purchase", label=_("last purchase"), type="date", group=PURCHASES, path="last_purchase", missing=NEVER_BOUGHT),
    Field(name="first_purchase", label=_("first purchase"), type="date", group=PURCHASES, path="first_purchase", missing=NEVER_BOUGHT),
    Field(name="purchases", label=_("number of purchases"), type="number", group=PURCHASES, path="purchases"),
    Field(name="purchases_sum", label=_("sum of purchases"), type="money", group=PURCHASES, path="purchases_sum"),
    enumeration(Interaction.Condition, name="last_car", label=_("the last car was"), group=PURCHASES, path="last_car_condition", missing=NEVER_BOUGHT),
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
    dictionary(Centre, name="home_centre", label=_("home dealer centre"), group=VISITS, path="home_centre", missing=_("no centre is known")),
    Field(name="cars", label=_("number of cars"), type="number", group=CARS, path="cars"),
    dictionary(Brand, name="owned_brand", label=_("owns a car of the brand"), group=CARS, compile=_owns),
    dictionary(City, name="city", label=pgettext_lazy("field of a rule", "city"), group=PERSON, path="city", missing=_("the city is not known")),
    Field(name="birthday", label=_("birthday"), type="anniversary", group=PERSON, path="birth_date", missing=_("the birthday is not known")),
    Field(name="age", label=_("age, years"), type="number", group=PERSON, path="birth_date", compile=_age, missing=_("the age is not known")),
    enumeration(Sex, name="sex", label=pgettext_lazy("field of a rule", "sex"), group=PERSON, path="sex", missing=_("the sex is not known")),
    Field(name="is_company", label=pgettext_lazy("field of a rule", "company"), type="flag", group=PERSON, path="is_company", says=(_("a company"), _("a person, not a company"))),
    Field(name="has_email", label=pgettext_lazy("field of a rule", "e-mail"), type="flag", group=CONTACTS, path="has_email", says=(_("has an e-mail"), _("has no e-mail"))),
    Field(name="has_phone", label=pgettext_lazy("field of a rule", "phone"), type="flag", group=CONTACTS, path="has_phone", says=(_("has a phone"), _("has no phone"))),
    Field(name="segment", label=pgettext_lazy("field of a rule", "segment"), type="segment", group=_("Segments"), choices=_segments, compile=_is_member),
)  # fmt: skip
