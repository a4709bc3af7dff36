"""The code of a segment: made from its name once; rules and commands refer to it."""

from itertools import count

from pytils.translit import slugify

from segments.models import Segment

LONGEST = 60


def slug_for(name: str) -> str:
    """A free slug in Latin letters for a name in any alphabet ("Спящие 180+ дней" → "spyaschie-180-dnej")."""
    base = slugify(name)[: LONGEST - 4].strip("-_") or "segment"
    taken = set(Segment.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = (base if n == 1 else f"{base}-{n}" for n in count(1))
    return next(each for each in candidates if each not in taken)
