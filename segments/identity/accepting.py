"""Accepting many doubtful pairs at once: all above a probability, set-wise, as far as earlier decisions allow."""

import polars as pl
from django.db import connection
from django.db.models import F
from django.utils import timezone

from segments.facts import refresh_facts
from segments.identity.clustering import Decisions, group
from segments.identity.decisions import decisions
from segments.identity.merging import exclusive, merge
from segments.models.identity import ReviewPair
from segments.models.people import Card
from segments.refreshing import ask

State = ReviewPair.State


def waiting_above(score: float) -> int:
    """How many open pairs are at least so probable (0…1)."""
    return ReviewPair.objects.filter(state=State.OPEN, score__gte=score).count()


@exclusive()
def accept_above(score: float, author_id: int) -> int:
    """Every open pair of at least this probability is one person; the oldest customer of each group stays.

    A pair that would join two whom somebody keeps apart stays open. Returns how many customers were merged into
    others. Raises Refused.
    """
    chosen = ReviewPair.objects.select_for_update().filter(state=State.OPEN, score__gte=score).order_by("-score", "pk")
    pairs = list(chosen.values_list("pk", "card_a__customer", "card_b__customer"))
    owner = _owners([(one, other) for _pk, one, other in pairs])
    accepted = [pk for pk, one, other in pairs if owner[one] == owner[other]]
    now = {"decided_by_id": author_id, "decided_at": timezone.now()}
    ReviewPair.objects.filter(pk__in=accepted).update(state=State.ACCEPTED, **now)
    losers = sorted((loser, survivor, "review") for loser, survivor in owner.items() if loser != survivor)
    survivors = sorted({survivor for _loser, survivor, _reason in losers})
    merge(losers, author_id=author_id)
    Card.objects.filter(customer__in=survivors).update(is_pinned=True)
    ReviewPair.objects.filter(state=State.OPEN, card_a__customer=F("card_b__customer")).delete()
    if losers:
        refresh_facts(survivors)
        ask()
    return len(losers)


def _owners(pairs: list[tuple[int, int]]) -> dict[int, int]:
    """Customer → the one who stays of her group. Whoever is kept apart stays apart; pins do not count: these pairs
    are the word of a person."""
    people = sorted({customer for pair in pairs for customer in pair})
    node = {customer: number for number, customer in enumerate(people)}
    edges = pl.DataFrame(
        [(node[one], node[other]) for one, other in pairs],
        schema={"node_a": pl.Int64, "node_b": pl.Int64},
        orient="row",
    )
    with connection.cursor() as cursor:
        apart = decisions(cursor).apart
    groups = group(pl.Series(people, dtype=pl.Int64), edges, Decisions(apart=apart))
    labels = pl.DataFrame({"customer": people, "label": groups.label}).join(groups.survivors, on="label")
    return dict(labels.select("customer", "owner_id").iter_rows())
