"""Second thoughts on a doubtful pair: what was decided of it is taken back, and it waits in the queue again."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from segments.identity.merging import Refused, exclusive, unmerge
from segments.models.identity import ReviewPair
from segments.models.people import MergeRecord

UNDECIDED = {"state": ReviewPair.State.OPEN, "decided_by": None, "decided_at": None}


@transaction.atomic
def reopen(pair_id: int, author_id: int) -> None:
    """Make a decided pair open; a merge that its acceptance made is taken back. Raises Refused."""
    pairs = ReviewPair.objects.select_related("card_a", "card_b").exclude(state=ReviewPair.State.OPEN)
    pair = pairs.filter(pk=pair_id).first()
    if pair is None:
        raise Refused(_("This pair is open already."))
    if pair.state == ReviewPair.State.ACCEPTED and pair.card_a.customer_id == pair.card_b.customer_id:
        _part(pair, author_id)
    else:
        _free(pair)


def _part(pair: ReviewPair, author_id: int) -> None:
    """Un-merge. The verdict "different people" that an un-merge by hand leaves behind was never said here."""
    merged = MergeRecord.objects.filter(reason="review", undone_at=None, survivor=pair.card_a.customer_id)
    one_of_them = Q(card_ids__contains=pair.card_a_id) | Q(card_ids__contains=pair.card_b_id)
    record = merged.filter(one_of_them).order_by("-pk").first()
    if record is None:
        raise Refused(_("This merge has grown into another. Take it back on the page of the customer."))
    before = set(_said_by_hand(author_id))
    unmerge(record.pk, author_id)
    ReviewPair.objects.filter(pk__in=set(_said_by_hand(author_id)) - before - {pair.pk}).delete()
    ReviewPair.objects.filter(pk=pair.pk).update(**UNDECIDED)


def _said_by_hand(author_id: int) -> list[int]:
    said = ReviewPair.objects.filter(decided_by=author_id, evidence={"by": "hand"})
    return list(said.values_list("pk", flat=True))


@exclusive()
def _free(pair: ReviewPair) -> None:
    ReviewPair.objects.filter(pk=pair.pk).update(**UNDECIDED)
