"""Placeholders that recommend cars: a list of models with their prices, as words, so that they fit a letter and an SMS alike.

While nothing stands in the showrooms they are empty for everybody, and the words after them are printed.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from campaigns.models import Run
from campaigns.recommending import choosing, stock
from campaigns.recommending.choosing import Choice, Wanted
from campaigns.recommending.stock import Offer
from campaigns.slots import Row, Slot, register

MOST, TOP = 3, 10
Strict = Callable[[Wanted | None, Sequence[Offer]], list[Offer]]
EXAMPLE = "Kia Sportage от 2 350 000 ₽; Haval Jolion с пробегом от 1 790 000 ₽"

BY_PERSON: tuple[tuple[str, Any, Choice], ...] = (
    ("похожие_в_наличии", _("cars in stock of the class that the person asked about"), choosing.classmates),
    ("с_пробегом_в_наличии", _("used cars in stock: the model that the person asked about, and its classmates"), choosing.used),
    ("одноклассники_дешевле", _("new classmates of cheaper brands in stock"), choosing.cheaper_brands),
    ("новые_классом_ниже", _("new cars in stock, a class below the one that the person asked about"), choosing.class_below),
)  # fmt: skip
# Nothing else stands in for these: their words would not be true of it.
STRICTLY: tuple[tuple[str, Any, Strict], ...] = (
    ("новинка", _("new models in stock that came for the first time, her brand and class first"), choosing.novelties),
    (
        "подешевевшие",
        _("cars in stock whose price was lowered lately, her brand and class first"),
        choosing.cheaper_now,
    ),
)
FOR_ALL = (
    ("новинки_недели", _("cars that arrived this week"), stock.arrived, MOST),
    ("популярное_недели", _("top 10 of the week: cars that were taken most often, of those in stock"), stock.popular, TOP),
)  # fmt: skip


def register_all() -> None:
    for name, label, choice in BY_PERSON:
        register(Slot(name, label, EXAMPLE, partial(_for_each, partial(choosing.best, choice=choice, most=MOST))))
    for name, label, strict in STRICTLY:
        register(Slot(name, label, EXAMPLE, partial(_for_each, strict)))
    for name, label, choice, most in FOR_ALL:
        register(Slot(name, label, EXAMPLE, partial(_for_all, choice, most)))


def _for_each(choice: Strict, _run: Run, rows: Sequence[Row]) -> dict[int, str]:
    there = stock.offers()
    if not there:
        return {}
    cars = choosing.wanted({row.customer_id for row in rows})
    told: dict[Any, str] = {}
    for car in {*cars.values(), None}:
        told[car] = _words(choice(car, there)[:MOST])
    return {row.message_id: told[cars.get(row.customer_id)] for row in rows}


def _for_all(
    choice: Callable[[Sequence[Offer]], list[Offer]], most: int, _run: Run, rows: Sequence[Row]
) -> dict[int, str]:
    there = stock.offers()
    found = (choice(there) or stock.arrived(there) or there)[:most]
    return dict.fromkeys((row.message_id for row in rows), _words(found)) if found else {}


def _words(offers: Sequence[Offer]) -> str:
    return "; ".join(
        f"{each.name}{' с пробегом' if each.is_used else ''} от {number_format(each.price, 0, force_grouping=True)} ₽"
        for each in offers
    )
