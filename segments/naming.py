"""Names and codes of new segments: nobody else has them. Rules and commands refer to a segment by its code."""

from collections.abc import Iterator
from itertools import count

from django.db import connection
from pytils.translit import slugify

from segments.models import Segment

LONGEST = Segment._meta.get_field("name").max_length
LONGEST_SLUG = 60
ENDING = 10  # characters of the name or of the code that a number may need
LOCK = "SELECT pg_advisory_xact_lock(hashtext('segments.naming'))"


def free_name(wanted: str) -> str:
    """The name, or the name with the first number that nobody has: "X (2)". Nobody else takes it in this transaction."""
    _wait_for_others()
    taken = set(Segment.objects.filter(name__startswith=wanted[: LONGEST - ENDING]).values_list("name", flat=True))
    return next(each for each in _numbered(wanted) if each not in taken)


def _numbered(wanted: str) -> Iterator[str]:
    yield wanted[:LONGEST]
    for number in count(2):
        ending = f" ({number})"
        yield wanted[: LONGEST - len(ending)] + ending


def slug_for(name: str) -> str:
    """A free code in Latin letters for a name in any alphabet ("Спящие 180+ дней" → "spyaschie-180-dnej").

    Nobody else takes it in this transaction.
    """
    _wait_for_others()
    base = slugify(name)[: LONGEST_SLUG - ENDING].strip("-_") or "segment"
    taken = set(Segment.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = (base if n == 1 else f"{base}-{n}" for n in count(1))
    return next(each for each in candidates if each not in taken)


def _wait_for_others() -> None:
    """Two who make a segment at one moment would find the same name free: the second waits for the first's commit."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
