"""What campaigns are given by a model of attribution: sums for reports, over one table."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, Count, F, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from tracking.models import Attribution, LineMargin

# What sums may be told apart by.
BY: dict[str, Any] = {
    "campaign": F("campaign_id"),
    "model": F("model"),
    "run": F("run_id"),
    "channel": F("channel"),
    "variant": F("variant"),
    "line": F("line"),
    "month": TruncMonth("dealt_at"),  # the first moment of it, by the clock of the holding
    "centre": F("deal__centre_id"),
    "brand": F("deal__brand_id"),
    "salesperson": F("deal__salesperson_id"),
}
ZERO = Decimal(0)


class Period(NamedTuple):
    """Half-open; of deals, not of messages."""

    begins: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """`deals` are parts of deals added up, `touched` the deals of which any part was given, `customers` whose they are.
    Both are 0 where nobody asked for people. `margin` is that of the document, else by the per cent of its line, as in all reports
    of money; roubles."""

    key: tuple[Any, ...]
    deals: Decimal
    touched: int
    customers: int
    revenue: Decimal
    margin: Decimal


NOTHING = Brought((), ZERO, 0, 0, ZERO, ZERO)


def rows(
    model: str | None = None, *, campaigns: Collection[int] | None = None, period: Period | None = None
) -> QuerySet[Attribution]:
    """What the model, or each of them, gives to these campaigns, or to all, of deals of the period."""
    given = Attribution.objects.filter(model=model) if model else Attribution.objects.all()
    if campaigns is not None:
        given = given.filter(campaign__in=campaigns)
    return given.filter(dealt_at__gte=period.begins, dealt_at__lt=period.ends) if period else given


def attributed(
    model: str | None,
    *,
    campaigns: Collection[int] | None = None,
    period: Period | None = None,
    by: Sequence[str] = ("campaign",),
    people: bool = True,
) -> list[Brought]:
    """The sums of `rows`, one for each `key` (values of `by`, names of `BY`) that has any; two queries. Without `people` it is
    three times as fast over a year."""
    percents = LineMargin.objects.values_list("line", "percent")
    assumed = Case(*(When(line=line, then=Value(percent / 100)) for line, percent in percents), default=Value(ZERO))
    keys = {f"by_{name}": BY[name] for name in by}
    whose = {"touched": Count("deal", distinct=True), "customers": Count("customer", distinct=True)}
    sums = {
        "deals": Sum("share"),
        **(whose if people else dict.fromkeys(whose, Value(0))),
        "revenue": Sum(F("share") * F("amount")),
        "earned": Sum(F("share") * Coalesce(F("margin"), F("amount") * assumed)),
    }
    given = rows(model, campaigns=campaigns, period=period).values(**keys).annotate(**sums)
    return [Brought(row[: len(keys)], *row[len(keys) :]) for row in given.values_list(*keys, *sums)]


def by_model(campaigns: Collection[int]) -> dict[int, dict[str, Brought]]:
    """{campaign: {model: what it brought of all time}}; a model that gives a campaign nothing is absent."""
    found: dict[int, dict[str, Brought]] = {campaign: {} for campaign in campaigns}
    for brought in attributed(None, campaigns=list(found), by=("campaign", "model"), people=False):
        campaign, model = brought.key
        found[campaign][model] = brought
    return found
