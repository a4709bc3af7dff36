"""The fields of the customer base. Importing this module fills the registry, in the order of the builder's list."""

import datetime as dt
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import Brand, City, Interaction, Membership, Segment, Vehicle
from segments.models.people import Sex
from segments.rules import customer_fields_cars, customer_fields_deals, customer_fields_visits
from segments.rules.dictionaries import dictionary, enumeration
from segments.rules.elapsed import YEAR, elapsed
from segments.rules.fields import Field, register

PERSON, CONTACTS = pgettext_lazy("group of fields", "Person"), _("Contacts and consents")
# By what a person can be reached: column of facts, label.
CHANNELS = {
    "email": ("email_reachable", pgettext_lazy("reached by", "e-mail")),
    "phone": ("phone_reachable", pgettext_lazy("reached by", "a call")),
    "sms": ("sms_reachable", pgettext_lazy("reached by", "SMS")),
}


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


def _channels() -> list[tuple[str, str]]:
    return [(name, str(label)) for name, (_column, label) in CHANNELS.items()]


def _reachable(op: str, channels: list[str], today: dt.date) -> Q:
    return _held(reduce(or_, (Q(**{CHANNELS[each][0]: True}) for each in channels)), op)


register(
    *customer_fields_deals.OVERALL,
    dictionary(
        Brand, name="brand_bought", label=_("bought a car of the brand"), group=customer_fields_deals.PURCHASES, compile=_bought,
        denial=_("never bought a car of the brand %(value)s"),
    ),
    *customer_fields_deals.BY_LINE,
    *customer_fields_visits.FIELDS,
    *customer_fields_cars.FIELDS,
    dictionary(
        Brand, name="owned_brand", label=_("owns a car of the brand"), group=customer_fields_cars.CARS, compile=_owns,
        denial=_("has no car of the brand %(value)s"),
    ),
    dictionary(City, name="city", label=pgettext_lazy("field of a rule", "city"), group=PERSON, path="city", missing=_("the city is not known")),
    Field(name="birthday", label=_("birthday"), type="anniversary", group=PERSON, path="birth_date", missing=_("the birthday is not known")),
    Field(name="age", label=_("age, years"), type="number", group=PERSON, path="birth_date", compile=elapsed("birth_date", YEAR), missing=_("the age is not known")),
    enumeration(Sex, name="sex", label=pgettext_lazy("field of a rule", "sex"), group=PERSON, path="sex", missing=_("the sex is not known")),
    Field(name="household_size", label=_("people in the household"), type="number", group=PERSON, path="household_size"),
    Field(name="is_company", label=pgettext_lazy("field of a rule", "company"), type="flag", group=PERSON, path="is_company", says=(_("a company"), _("a person, not a company"))),
    Field(name="has_email", label=pgettext_lazy("field of a rule", "e-mail"), type="flag", group=CONTACTS, path="has_email", says=(_("has an e-mail"), _("has no e-mail"))),
    Field(name="has_phone", label=pgettext_lazy("field of a rule", "phone"), type="flag", group=CONTACTS, path="has_phone", says=(_("has a phone"), _("has no phone"))),
    Field(name="reachable", label=_("can be reached by"), type="choice", group=CONTACTS, choices=_channels, compile=_reachable, denial=_("cannot be reached by %(value)s")),
    Field(name="segment", label=pgettext_lazy("field of a rule", "segment"), type="segment", group=_("Segments"), choices=_segments, compile=_is_member),
)  # fmt: skip
