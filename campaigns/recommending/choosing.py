"""Which cars suit a person: by the car that she asked about last, else by the one that she bought last.

Classmates are cars of one class, whatever the brand. Whoever is not known to want anything, or wants what is not there, gets
what goes best: nobody reads of cars that have been sold.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from campaigns.literals import bigints
from campaigns.recommending.stock import NOVEL, Offer, arrived, popular

WANTED = """
SELECT a.id, m.id, m.brand_id, m.car_class, CASE WHEN f.left_model_id IS NOT NULL THEN f.left_condition ELSE f.last_car_condition END,
       COALESCE(m.base_price, f.last_price)
FROM unnest(%(people)s::bigint[]) AS a (id) JOIN segments_customer AS c ON c.id = a.id
JOIN segments_customerfacts AS f ON f.customer_id = COALESCE(c.merged_into_id, c.id)
JOIN segments_carmodel AS m ON m.id = COALESCE(f.left_model_id, f.last_model_id)
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The car that a person asked about, or bought; `price` in roubles where it is known."""

    model: int
    brand: int
    car_class: str
    condition: str
    price: Decimal | None


def wanted(customers: Iterable[int]) -> dict[int, Wanted]:
    """By customers; whoever has asked about no model, and bought none, is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(WANTED, {"people": bigints(customers)})
        return {customer: Wanted(*row) for customer, *row in cursor.fetchall()}


def classmates(car: Wanted, stock: Sequence[Offer]) -> list[Offer]:
    """Of the same class: those in the condition that she asked for first, then by how near the price is."""
    price = car.price or Decimal(0)
    same = [each for each in stock if each.car_class and each.car_class == car.car_class]
    return sorted(same, key=lambda each: (each.condition != car.condition, abs(each.price - price)))


def used(car: Wanted, stock: Sequence[Offer]) -> list[Offer]:
    """With mileage: the same model first, then its classmates."""
    cars = [each for each in classmates(car, stock) if each.is_used]
    return sorted(cars, key=lambda each: each.model != car.model)


def cheaper_brands(car: Wanted, stock: Sequence[Offer]) -> list[Offer]:
    """New classmates of other brands that cost less."""
    most = car.price or Decimal("Infinity")
    return [
        each for each in classmates(car, stock) if not each.is_used and each.brand != car.brand and each.price < most
    ]


def class_below(car: Wanted, stock: Sequence[Offer]) -> list[Offer]:
    """New cars of the class whose new cars are the next cheaper ones. Classes stand in the order of their prices."""
    least: dict[str, Decimal] = {}
    for each in stock:
        if each.car_class and not each.is_used:
            least.setdefault(each.car_class, each.price)  # the cheapest come first
    below = [name for name in least if least[name] < least.get(car.car_class, Decimal(0))]
    return [each for each in stock if below and each.car_class == below[-1] and not each.is_used]


def novelties(car: Wanted | None, stock: Sequence[Offer]) -> list[Offer]:
    """New cars of models that are here for the first time: of her brand, then of her class, then the others, the newest first."""
    since = timezone.localdate() - NOVEL
    found = [each for each in stock if not each.is_used and each.first_on and each.first_on > since]
    newest = sorted(found, key=lambda each: each.first_on or since, reverse=True)
    return sorted(newest, key=lambda each: _far(car, each))


def cheaper_now(car: Wanted | None, stock: Sequence[Offer]) -> list[Offer]:
    """Whose price was lowered lately: of her brand, then of her class, then the others, the largest drop first."""
    found = sorted((each for each in stock if each.dropped), key=lambda each: -each.dropped)
    return sorted(found, key=lambda each: _far(car, each))


def _far(car: Wanted | None, offer: Offer) -> int:
    if car is None:
        return 0
    return 0 if offer.brand == car.brand else 1 if offer.car_class and offer.car_class == car.car_class else 2


Choice = Callable[[Wanted, Sequence[Offer]], list[Offer]]


def best(car: Wanted | None, stock: Sequence[Offer], choice: Choice, most: int) -> list[Offer]:
    """At most so many; what goes best, or came last, where nothing suits."""
    found = choice(car, stock) if car else []
    return (found or popular(stock) or arrived(stock) or list(stock))[:most]
