"""How many people a choice of segments holds, quickly and before anything is saved."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from campaigns import whom
from campaigns.models import Campaign

_SIZE = """
SELECT count(*) FILTER (WHERE included), count(*) FILTER (WHERE included AND excluded) FROM (
    SELECT customer_id, bool_or(segment_id = ANY(%(included)s)) AS included,
           bool_or(segment_id = ANY(%(excluded)s)) AS excluded
    FROM segments_membership WHERE segment_id = ANY(%(included)s) OR segment_id = ANY(%(excluded)s)
    GROUP BY customer_id
) AS member
"""
_OF_FOLLOWED = "WITH {members} SELECT count(*), count(*) FILTER (WHERE excluded) FROM members"


class Size(NamedTuple):
    """`included`: people of the chosen segments, each once; `excluded`: those of them taken out again."""

    included: int
    excluded: int

    @property
    def audience(self) -> int:
        return self.included - self.excluded


def size(included: Collection[int], excluded: Collection[int]) -> Size:
    with connection.cursor() as cursor:
        cursor.execute(_SIZE, {"included": list(included), "excluded": list(excluded)})
        return Size(*cursor.fetchone())


def size_of(campaign: Campaign, included: Collection[int], excluded: Collection[int]) -> Size:
    """As `size`, or of the people of the run that the campaign follows, less the excluded segments."""
    if whom.followed(campaign) is None:
        return size(included, excluded)
    people = whom.of(campaign)
    with connection.cursor() as cursor:
        cursor.execute(people.within(_OF_FOLLOWED), people.parameters | {"segments_out": list(excluded)})
        return Size(*cursor.fetchone())
