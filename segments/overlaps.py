"""How many people segments have in common, by roaring bitmaps of their members.

Forty segments of 100,000: all pairs take 4.5 s as a join of memberships and 2.2 s by sets per person in SQL; reading
the members into bitmaps takes 1 s once, and the pairs 4 ms. So a bitmap is kept for each segment and read anew only
after its members have changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.db import connection, transaction
from pyroaring import BitMap64

from segments.models import Segment, SegmentSnapshot, SegmentTwin

MOST = 40  # segments in one matrix
ALIKE = 0.9  # common ÷ together: two segments past it are almost the same people

READ = """
SELECT segment.id, segment.changed_at,
       ARRAY(SELECT customer_id FROM segments_membership AS member WHERE member.segment_id = segment.id)
FROM segments_segment AS segment WHERE segment.id = %(segment)s
"""


@dataclass(frozen=True)
class Matrix:
    """`sizes` {id: people}; `common` {(id, other id): people in both}, both ways round."""

    sizes: dict[int, int]
    common: dict[tuple[int, int], int]


@dataclass(frozen=True)
class Parts:
    """Ids of the people of two segments: only in the first, in both, only in the second; in order."""

    first: BitMap64
    both: BitMap64
    second: BitMap64


def bitmaps(segments: Iterable[Segment]) -> dict[int, BitMap64]:
    """{id: its people}; what changed since the last time is read from the members."""
    chosen = list(segments)
    kept = {each.pk: each for each in SegmentSnapshot.objects.filter(segment__in=chosen)}
    return {each.pk: _known(each, kept.get(each.pk)) or _read(each.pk) for each in chosen}


def _known(segment: Segment, snapshot: SegmentSnapshot | None) -> BitMap64 | None:
    """The kept bitmap while it is true: members also go without a refresh, with a merge or an erasure."""
    if snapshot is None or snapshot.changed_at != segment.changed_at:
        return None
    bitmap = BitMap64.deserialize(bytes(snapshot.bitmap))
    return bitmap if len(bitmap) == segment.size else None


def _read(segment_id: int) -> BitMap64:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(READ, {"segment": segment_id})
        row = cursor.fetchone()
        _id, changed_at, customers = row or (segment_id, None, [])
        bitmap = BitMap64(customers)
        if changed_at is not None:
            values = {"changed_at": changed_at, "bitmap": bitmap.serialize()}
            SegmentSnapshot.objects.update_or_create(segment_id=segment_id, defaults=values)
    return bitmap


def matrix(segments: Sequence[Segment]) -> Matrix:
    """All pairs of these segments."""
    people = bitmaps(segments)
    common = {}
    for one, other in combinations(people, 2):
        common[one, other] = common[other, one] = people[one].intersection_cardinality(people[other])
    return Matrix({pk: len(bitmap) for pk, bitmap in people.items()}, common)


def parts(first: Segment, second: Segment) -> Parts:
    """Two segments taken apart."""
    people = bitmaps([first, second])
    one, other = people[first.pk], people[second.pk]
    return Parts(one - other, one & other, other - one)


@transaction.atomic
def find_twins() -> int:
    """Note the pairs of living segments that are almost the same people; returns how many pairs.

    A frozen list is left out: it was made as a copy.
    """
    living = Segment.objects.filter(is_archived=False, size__gt=0).exclude(policy=Segment.Policy.FROZEN)
    people = bitmaps(living)
    pairs = [(*pair, share) for pair in combinations(people, 2) if (share := _likeness(people, *pair)) > ALIKE]
    SegmentTwin.objects.all().delete()
    both_ways = [*pairs, *((other, one, share) for one, other, share in pairs)]
    SegmentTwin.objects.bulk_create(
        [SegmentTwin(segment_id=one, other_id=other, share=share) for one, other, share in both_ways]
    )
    return len(pairs)


def _likeness(people: dict[int, BitMap64], one: int, other: int) -> float:
    """Common ÷ together; 0 where the sizes alone say that they cannot be alike."""
    small, large = sorted((len(people[one]), len(people[other])))
    return people[one].jaccard_index(people[other]) if small > ALIKE * large else 0
