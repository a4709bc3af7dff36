"""Where a member of staff works, and whom he therefore sees: everybody, or the customers of his own centres.

Staff stands above this app: the app that keeps who works where gives it by `register`, in `AppConfig.ready`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import BooleanField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from segments.models import Card, Customer, Interaction


class Place(NamedTuple):
    """`centres` None: the whole holding. `salesperson`: which of those that the sources name he is."""

    centres: tuple[int, ...] | None = None
    salesperson: int | None = None

    def holds(self, centre_id: int | None) -> bool:
        return self.centres is None or centre_id in self.centres


class Staff(NamedTuple):
    """What the upper app answers: the place of a user, and (salesperson, centre) of everybody who works now."""

    place: Callable[[Any], Place]
    working: Callable[[], list[tuple[int, int]]]


FEW = 20_000  # rows of a centre: with more of them a page of its people is met soon
AMONG = '"segments_customer"."id" = ANY(%s)'
_staff: list[Staff] = []


def register(staff: Staff) -> None:
    """There is one answer: a second registration replaces the first."""
    _staff[:] = [staff]


def of(user: Any) -> Place:
    """Asked once for a user object, that is once a request."""
    if not hasattr(user, "works_at"):
        user.works_at = _staff[0].place(user) if _staff else Place()
    return user.works_at


def sees_everybody(user: Any) -> bool:
    return of(user).centres is None


def working() -> list[tuple[int, int]]:
    return _staff[0].working() if _staff else []


def seen_by(user: Any, customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Those of a handful of `customers` who have a card or an interaction in the user's centres."""
    centres = of(user).centres
    if centres is None:
        return customers
    return customers.filter(_in_centres(centres)) if centres else customers.none()


def all_seen_by(user: Any, customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """The same of the whole base. In a small centre they are found first: asked one after another, the base would be read
    to its end before a page of them is met."""
    centres = of(user).centres
    if not centres:
        return seen_by(user, customers)
    if not hasattr(user, "sees_few"):
        user.sees_few = _few(centres)
    if user.sees_few is None:
        return seen_by(user, customers)
    return customers.filter(RawSQL(AMONG, (user.sees_few,), output_field=BooleanField()))


def sees(user: Any, customer: Customer) -> bool:
    return sees_everybody(user) or seen_by(user, Customer.objects.filter(pk=customer.pk)).exists()


def _few(centres: tuple[int, ...]) -> list[int] | None:
    """All people of these centres; None where they are many."""
    found: set[int] = set()
    for model in (Card, Interaction):
        rows = model.objects.filter(centre__in=centres, customer__isnull=False).order_by()
        ids = list(rows.values_list("customer", flat=True)[: FEW + 1])
        if len(ids) > FEW:
            return None
        found.update(ids)
    return list(found)


def _in_centres(centres: tuple[int, ...]) -> Coalesce:
    """Asked of one customer after another, by the indexes of her cards and interactions: as values, not as EXISTS, which
    the planner would answer by reading both tables whole."""
    hers = {"customer": OuterRef("pk"), "centre__in": centres}
    yes = [model.objects.filter(**hers).annotate(yes=Value(True)).values("yes")[:1] for model in (Card, Interaction)]
    return Coalesce(*map(Subquery, yes), Value(False), output_field=BooleanField())
