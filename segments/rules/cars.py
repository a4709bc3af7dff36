"""The cars that people have, and classmates: cars of other brands of the same class and price band."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from segments.models import Brand, CarModel, Vehicle
from segments.rules.dictionaries import named, of_a_car
from segments.rules.elapsed import bounds
from segments.rules.fields import Event, Field, register, register_event

NO_MODEL = pgettext_lazy("of a car", "the model is not known")


def classmates(brands: list[str]) -> list[int]:
    """Models of other brands whose class and price band some model of these brands has, by the dictionary.

    A model without a class has no classmates; two models without a price band are of the same band.
    """
    known = CarModel.objects.exclude(car_class="")
    words = set(known.filter(brand__name__in=brands).values_list("car_class", "price_band"))
    others = known.exclude(brand__name__in=brands).values_list("pk", "car_class", "price_band")
    return [pk for pk, *both in others if tuple(both) in words]


def classmate(**settings: Any) -> Field:
    """ "Is a classmate of brand X", of the model at `path`."""
    return Field(type="choice", choices=named(Brand)[0], column=classmates, **settings)


def _aged(op: str, value: Any, today: dt.date) -> Q:
    """By the year in which the car was made: one of 2021 is five years old all through 2026."""
    youngest, oldest = bounds(op, value)
    condition = Q(year__isnull=False)
    if youngest is not None:
        condition &= Q(year__lte=today.year - youngest)
    if oldest is not None:
        condition &= Q(year__gte=today.year - oldest)
    return condition


def _told(node: dict, details: str, negated: bool) -> str:
    """ "has a car (brand — “Toyota”)", "has no car", "has at least 2 cars", each with since when."""
    number = node["value"]
    if number == 1:
        words = pgettext("of a customer", "has no car") if negated else pgettext("of a customer", "has a car")
    elif negated:
        words = ngettext("has fewer than %(n)s car", "has fewer than %(n)s cars", number) % {"n": number}
    else:
        words = ngettext("has at least %(n)s car", "has at least %(n)s cars", number) % {"n": number}
    if node.get("days") is None:
        return words + details
    days = ngettext("owned for not more than %(n)s day", "owned for not more than %(n)s days", node["days"])
    since = days % {"n": node["days"]}
    return words + (details.removesuffix(")") + f"; {since})" if details else f" ({since})")


WHERE = {
    each.name: each
    for each in (
        *of_a_car(no_brand=_("the brand is not known"), no_model=NO_MODEL),
        classmate(name="classmate_of", label=_("classmate of the brand"), path="model", missing=NO_MODEL),
        Field(name="age", label=_("age of the car, years"), type="number", path="year", compile=_aged, missing=_("the year of the car is not known")),
        Field(name="year", label=_("year of the car"), type="number", path="year", missing=_("the year of the car is not known")),
        Field(name="owned_since", label=_("owned since"), type="date", path="owned_since", missing=_("since when is not known")),
    )
}  # fmt: skip
CARS = _("Cars")
register_event(
    Event(
        name="owns_car", label=_("owns a car"), model=Vehicle, rows=Q(), group=CARS, moment="owned_since",
        is_day=True, where=WHERE, tell=_told,
    )
)  # fmt: skip
register(
    classmate(
        name="classmate_of", label=_("classmate of the brand, the last purchase"), group=CARS, path="last_model",
        missing=_("bought nothing"),
    )
)  # fmt: skip
