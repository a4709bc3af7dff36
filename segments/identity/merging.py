"""Two customers become one, or two again. What moves and what stays is written in `moving`.

By hand: `merge_by_hand`, `unmerge`, `split`. They pin the cards they touched (identification leaves these where they
are) and remember the decision between the two sides for the review queue; the latest decision stands. Old ids
redirect through `merged_into`, always to the living person, in one step. Merges can be undone in any order.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from segments.facts import refresh_facts
from segments.identity.moving import join, take_back, take_out
from segments.importing.copying import new_ids
from segments.models.identity import ReviewPair
from segments.models.people import Card, Customer, MergeRecord
from segments.refreshing import ask

LOCK = 7_411_201  # of whoever gives cards to customers: imports, the review queue, and people
MOST = 200  # customers in one merge by hand
PIN = "UPDATE segments_card SET is_pinned = true WHERE customer_id = ANY(%s) AND NOT is_pinned"
# The verdict on two people, as a pair of their cards that every later import respects.
REMEMBER = """
INSERT INTO segments_reviewpair (card_a_id, card_b_id, score, evidence, state, decided_by_id, decided_at)
SELECT least(a, b), greatest(a, b), 0, '{"by": "hand"}', %(state)s, %(author)s, now()
FROM (SELECT (SELECT min(id) FROM segments_card WHERE customer_id = %(one)s),
             (SELECT min(id) FROM segments_card WHERE customer_id = %(other)s)) AS pair (a, b)
WHERE a <> b
ON CONFLICT (card_a_id, card_b_id) DO UPDATE
SET state = excluded.state, decided_by_id = excluded.decided_by_id, decided_at = excluded.decided_at
"""


class Refused(Exception):
    """The act makes no sense now; the text says why, for people."""


@contextmanager
def exclusive() -> Iterator[None]:
    """One transaction that no import runs beside: an import has worked out whose cards are whose. Raises Refused."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,))
        if not cursor.fetchone()[0]:
            raise Refused(_("An import is running. Try again when it is done."))
        yield


@transaction.atomic
def merge(losers: Sequence[tuple[int, int, str]], *, batch_id: int | None = None, author_id: int | None = None) -> int:
    """Merge each (loser, survivor, reason) that identification found; survivors must not themselves be losers.
    Returns how many merged. Facts are the caller's."""
    return join(losers, batch_id=batch_id, author_id=author_id)


@exclusive()
def merge_by_hand(customer_ids: Iterable[int], survivor_id: int, author_id: int, reason: str = "hand") -> int:
    """Make these customers one, `survivor_id` among them. Returns how many were merged into her. Raises Refused."""
    chosen = sorted({*customer_ids, survivor_id})
    if len(chosen) < 2:
        raise Refused(_("Choose at least two customers to merge."))
    if len(chosen) > MOST:
        raise Refused(_("At most %(most)s customers can be merged at once.") % {"most": MOST})
    alive = Customer.objects.select_for_update().filter(pk__in=chosen, merged_into=None).order_by("pk")
    if len(alive) != len(chosen):
        raise Refused(_("Some of these customers are merged already or are gone. Open the list again."))
    losers = [customer for customer in chosen if customer != survivor_id]
    _decided_between(chosen).update(state=ReviewPair.State.ACCEPTED, decided_by_id=author_id, decided_at=timezone.now())
    _open_between(chosen).delete()
    merged = join([(loser, survivor_id, reason) for loser in losers], author_id=author_id)
    _settle([survivor_id], [survivor_id])
    return merged


@exclusive()
def unmerge(merge_record_id: int, author_id: int) -> int:
    """Take one merge back: the customer is a person again, with the cards she came with. Returns her id.
    Raises Refused."""
    record = MergeRecord.objects.select_for_update().filter(pk=merge_record_id).first()
    if record is None or record.undone_at is not None:
        raise Refused(_("This merge has been taken back already."))
    loser = Customer.objects.filter(pk=record.loser_id, merged_into__isnull=False).first()
    if loser is None or loser.merged_into_id is None:
        raise Refused(_("The customer of this merge is gone: there is nobody to give the cards back to."))
    holder_id = loser.merged_into_id
    if not Card.objects.filter(pk__in=record.card_ids, customer_id=holder_id).exists():
        raise Refused(_("The cards of this merge are with other customers or gone: there is nothing to give back."))
    if not Card.objects.filter(customer_id=holder_id).exclude(pk__in=record.card_ids).exists():
        raise Refused(_("Nobody would be left: all cards of the customer came with this merge."))
    touched = take_back([record.pk], author_id=author_id)
    _apart(record.loser_id, holder_id, author_id)
    _settle(touched, touched)
    return record.loser_id


@exclusive()
def split(card_ids: Iterable[int], author_id: int) -> int:
    """Cards of one customer leave her for a new person of their own. Returns the new customer's id. Raises Refused."""
    cards = list(Card.objects.select_for_update().filter(pk__in=set(card_ids)).order_by("pk"))
    owners = {card.customer_id for card in cards}
    if len(owners) != 1:
        raise Refused(_("Choose cards of one customer."))
    (holder_id,) = owners
    if len(cards) == Card.objects.filter(customer_id=holder_id).count():
        raise Refused(_("At least one card must stay with the customer."))
    with connection.cursor() as cursor:
        owner_id = int(new_ids(cursor, "segments_customer", 1)[0])
    ids = [card.pk for card in cards]
    touched = take_out(ids, owner_id)
    MergeRecord.objects.create(
        survivor_id=holder_id, loser_id=owner_id, reason="split", card_ids=ids, author_id=author_id,
        undone_at=timezone.now(), detail={"undone_by": author_id},
    )  # fmt: skip
    _apart(owner_id, holder_id, author_id)
    _settle(touched, touched)
    return owner_id


@transaction.atomic
def unmerge_batch(batch_id: int) -> list[int]:
    """Take back every merge that an import made and that still stands; for the undo of that import, which holds the
    lock of imports. Returns the customers whose facts must be computed anew."""
    records = MergeRecord.objects.filter(batch_id=batch_id, undone_at=None).order_by("pk")
    ids = list(records.values_list("pk", flat=True))
    return take_back(ids) if ids else []


def _settle(pinned: Sequence[int], touched: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PIN, (list(pinned),))
    refresh_facts(touched)
    ask()


def _apart(one: int, other: int, author_id: int) -> None:
    """From now on the two are different people, whatever was accepted before."""
    _decided_between([one, other]).update(
        state=ReviewPair.State.REFUSED, decided_by_id=author_id, decided_at=timezone.now()
    )
    parameters: dict[str, Any] = {"one": one, "other": other, "author": author_id, "state": ReviewPair.State.REFUSED}
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, parameters)


def _between(customer_ids: Sequence[int]) -> Any:
    """Pairs whose cards are with two different ones of these customers."""
    both = ReviewPair.objects.filter(card_a__customer__in=customer_ids, card_b__customer__in=customer_ids)
    return both.exclude(card_a__customer=models.F("card_b__customer"))


def _decided_between(customer_ids: Sequence[int]) -> Any:
    return _between(customer_ids).exclude(state=ReviewPair.State.OPEN)


def _open_between(customer_ids: Sequence[int]) -> Any:
    return _between(customer_ids).filter(state=ReviewPair.State.OPEN)
