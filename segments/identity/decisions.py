"""What people decided of who is who, as identification reads it: accepted and refused pairs, pinned cards."""

from typing import Any

from segments.identity.clustering import Decisions
from segments.models.identity import ReviewPair

# A decision was made of two cards; it binds the customers that hold them now.
DECIDED = """
SELECT a.customer_id, b.customer_id, p.state FROM segments_reviewpair AS p
JOIN segments_card AS a ON a.id = p.card_a_id JOIN segments_card AS b ON b.id = p.card_b_id
WHERE p.state IN ('accepted', 'refused') AND a.customer_id <> b.customer_id
"""
PINNED = "SELECT DISTINCT customer_id FROM segments_card WHERE is_pinned"


def decisions(cursor: Any) -> Decisions:
    """All of them: people made them one by one, so they are few."""
    cursor.execute(DECIDED)
    verdicts: dict[str, list[tuple[int, int]]] = {ReviewPair.State.ACCEPTED: [], ReviewPair.State.REFUSED: []}
    for one, other, state in cursor.fetchall():
        verdicts[state].append((one, other))
    cursor.execute(PINNED)
    pinned = frozenset(row[0] for row in cursor.fetchall())
    return Decisions(verdicts[ReviewPair.State.REFUSED], verdicts[ReviewPair.State.ACCEPTED], pinned)
