"""The cut-offs in force: those a person has set, or the quarters of the base."""

from decimal import Decimal
from typing import Any

from segments.models import RfmLine
from segments.rfm.codes import CutOffs

KOPECK = Decimal("0.01")
MEASURES = ("recency", "frequency", "money")
# Of `rfm_bought` (`segments.rfm.scoring`). A tie is not split: who is at a quarter's end is inside it.
QUARTERS = """
SELECT line, percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY %(today)s - last_day),
    percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY purchases),
    percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY money)
FROM rfm_bought WHERE line = ANY(%(lines)s) GROUP BY line
"""


def set_by_hand(line: RfmLine) -> CutOffs:
    """The cut-offs that a person has set."""
    return CutOffs(*(tuple(getattr(line, f"{measure}_{score}") for score in (4, 3, 2)) for measure in MEASURES))


def in_force(line: RfmLine) -> CutOffs:
    """What codes of this line are given by. Without a base to take quarters of: those set by hand."""
    if line.mode == RfmLine.Mode.FIXED or not line.quartiles:
        return set_by_hand(line)
    kept = line.quartiles
    return CutOffs(tuple(kept["recency"]), tuple(kept["frequency"]), tuple(map(Decimal, kept["money"])))


def measured(cursor: Any, lines: list[RfmLine], *, today: Any) -> dict[RfmLine, dict[str, Any]]:
    """The quarters of these lines from the purchases of `rfm_bought`; a line that nobody bought in has none.

    The best quarter of days are those up to the first quartile; of purchases and money, those above the third: so
    much and a unit (a purchase, a kopeck) is what the score 4 asks for.
    """
    if not lines:
        return {}
    cursor.execute(QUARTERS, {"lines": [each.line for each in lines], "today": today})
    by_name = {each.line: each for each in lines}
    return {
        by_name[name]: {
            "recency": days,
            "frequency": [each + 1 for each in reversed(purchases)],
            "money": [str(each + KOPECK) for each in reversed(money)],
        }
        for name, days, purchases, money in cursor.fetchall()
    }


def as_thresholds(line: str, cut_offs: CutOffs) -> dict[str, Any]:
    """Rising, half-open on the left, as `width_bucket` wants them; days: the first that is too many."""
    return {
        "line": line,
        "recency": [days + 1 for days in cut_offs.recency],
        "frequency": list(reversed(cut_offs.frequency)),
        "money": [str(each) for each in reversed(cut_offs.money)],
    }
