"""Fields of what a person bought: in all, and in each line of business. They are named as the columns of facts."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import Brand, Interaction
from segments.rules.dictionaries import car_model, car_word, dictionary, enumeration
from segments.rules.fields import Compile, Field

PURCHASES, SERVICE = _("Purchases"), _("Service and insurance")
NEVER_BOUGHT = _("bought nothing")
ONCE = _("one purchase or none: no interval is known")
NEXT_PURCHASE = _("next purchase due, an estimate")


class Words(NamedTuple):
    """How the fields of a line are called: days, number and sum of its deals, and what the last one was about."""

    first: Any
    last: Any
    number: Any
    sum: Any
    brand: Any = ""
    model: Any = ""
    car_class: Any = ""
    price_band: Any = ""


PURCHASE = Words(
    first=_("first purchase"),
    last=_("last purchase"),
    number=_("number of purchases"),
    sum=_("sum of purchases"),
    brand=pgettext_lazy("field of a rule", "brand of the last purchase"),
    model=pgettext_lazy("field of a rule", "model of the last purchase"),
    car_class=pgettext_lazy("field of a rule", "class of the last car bought"),
    price_band=pgettext_lazy("field of a rule", "price band of the last car bought"),
)
ORDER = Words(
    first=_("first service"),
    last=_("last service"),
    number=_("number of service orders"),
    sum=_("sum of service orders"),
    brand=pgettext_lazy("field of a rule", "brand of the car last serviced"),
    model=pgettext_lazy("field of a rule", "model of the car last serviced"),
    car_class=pgettext_lazy("field of a rule", "class of the car last serviced"),
    price_band=pgettext_lazy("field of a rule", "price band of the car last serviced"),
)
POLICY = Words(
    first=_("first policy"),
    last=_("last policy"),
    number=_("number of policies"),
    sum=_("sum of policies"),
    brand=pgettext_lazy("field of a rule", "brand of the car last insured"),
    model=pgettext_lazy("field of a rule", "model of the car last insured"),
    car_class=pgettext_lazy("field of a rule", "class of the car last insured"),
    price_band=pgettext_lazy("field of a rule", "price band of the car last insured"),
)

# What an accessory is for is not asked.
ACCESSORY = PURCHASE._replace(brand="", model="", car_class="", price_band="")


class Line(NamedTuple):
    """A line of business as `segments.facts.history.Line` names its columns.

    `called` follows each label in brackets. `due`: column and label of when the next deal is expected, and what a
    missing one means.
    """

    name: str
    plural: str
    words: Words
    group: Any
    missing: Any
    due: tuple[str, Any, Any]
    called: Any = ""


LINES = (
    Line(
        "new", "new_cars", PURCHASE, _("Purchases of new cars"), _("bought no new car"), ("new_due", NEXT_PURCHASE, ONCE),
        Interaction.Line.NEW.label,
    ),
    Line(
        "used", "used_cars", PURCHASE, _("Purchases of used cars"), _("bought no used car"), ("used_due", NEXT_PURCHASE, ONCE),
        Interaction.Line.USED.label,
    ),
    Line(
        "service", "services", ORDER, SERVICE, _("was never serviced"),
        ("service_due", _("next service due (estimate)"), _("was never serviced")),
    ),
    Line(
        "insurance", "policies", POLICY, SERVICE, _("bought no insurance"),
        ("insurance_end", _("end of the insurance (estimate)"), _("no insurance is known")),
    ),
    Line(
        "accessories", "accessories", ACCESSORY, _("Purchases of accessories"), _("bought no accessories"),
        ("accessories_due", NEXT_PURCHASE, ONCE), Interaction.Line.ACCESSORIES.label,
    ),
)  # fmt: skip


def some(path: str) -> Compile:
    """The condition of a flag: the number at `path` is not zero."""

    def condition(op: str, is_so: bool, today: dt.date) -> Q:
        return Q(**{f"{path}__gt": 0}) if is_so else Q(**{path: 0})

    return condition


def _of_line(line: Line) -> Iterator[Field]:
    words = Words(*(_called(each, line) for each in line.words))
    its: dict[str, Any] = {"group": line.group, "missing": line.missing}
    name, model = line.name, f"{line.name}_model"
    yield Field(name=f"last_{name}", label=words.last, type="date", path=f"last_{name}", **its)
    yield Field(name=f"first_{name}", label=words.first, type="date", path=f"first_{name}", **its)
    due, label, missing = line.due
    yield Field(name=due, label=_called(label, line), type="date", group=line.group, path=due, missing=missing)
    yield Field(name=line.plural, label=words.number, type="number", group=line.group, path=line.plural)
    yield Field(name=f"{line.plural}_sum", label=words.sum, type="money", group=line.group, path=f"{line.plural}_sum")
    if words.brand:
        yield dictionary(Brand, name=f"{name}_brand", label=words.brand, path=f"{name}_brand", **its)
        yield car_model(name=model, label=words.model, path=model, **its)
        yield car_word("car_class", name=f"{name}_class", label=words.car_class, path=model, **its)
        yield car_word("price_band", name=f"{name}_price_band", label=words.price_band, path=model, **its)


def _called(label: Any, line: Line) -> Any:
    return format_lazy("{} ({})", label, line.called) if label and line.called else label


OVERALL = (
    dictionary(Brand, name="brand", label=PURCHASE.brand, group=PURCHASES, path="last_brand", missing=NEVER_BOUGHT),
    car_model(name="last_model", label=PURCHASE.model, group=PURCHASES, path="last_model", missing=NEVER_BOUGHT),
    car_word("car_class", name="last_class", label=PURCHASE.car_class, group=PURCHASES, path="last_model", missing=NEVER_BOUGHT),
    car_word("price_band", name="last_price_band", label=PURCHASE.price_band, group=PURCHASES, path="last_model", missing=NEVER_BOUGHT),
    Field(name="last_price", label=_("price of the last car bought"), type="money", group=PURCHASES, path="last_price", missing=_("bought nothing, or the price is not known")),
    enumeration(Interaction.Condition, name="last_car", label=_("the last car was"), group=PURCHASES, path="last_car_condition", missing=NEVER_BOUGHT),
    Field(name="last_purchase", label=PURCHASE.last, type="date", group=PURCHASES, path="last_purchase", missing=NEVER_BOUGHT),
    Field(name="first_purchase", label=PURCHASE.first, type="date", group=PURCHASES, path="first_purchase", missing=NEVER_BOUGHT),
    Field(name="purchases", label=PURCHASE.number, type="number", group=PURCHASES, path="purchases"),
    Field(name="purchases_sum", label=PURCHASE.sum, type="money", group=PURCHASES, path="purchases_sum"),
    Field(
        name="is_buyer", label=pgettext_lazy("field of a rule", "buyer of a car"), type="flag", group=PURCHASES, compile=some("purchases"),
        says=(_("bought a car from us"), _("did not buy a car from us")),
    ),
    Field(
        name="is_seller", label=pgettext_lazy("field of a rule", "seller of a car"), type="flag", group=PURCHASES, compile=some("buyouts"),
        says=(_("sold us a car"), _("did not sell us a car")),
    ),
    Field(name="buyouts", label=_("number of cars sold to us"), type="number", group=PURCHASES, path="buyouts"),
    Field(name="last_buyout", label=_("last car sold to us"), type="date", group=PURCHASES, path="last_buyout", missing=_("sold us no car")),
)  # fmt: skip
BY_LINE = tuple(field for line in LINES for field in _of_line(line))
