"""How well identification did, against the truth behind an invented export.

All pairs of cards are counted, by a contingency table: two cards are a found pair when one customer holds them, a true
pair when one person stands behind them. A wrong merge of 353 strangers is 62,128 wrong pairs, and shows.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import polars as pl


class Score(NamedTuple):
    precision: float
    recall: float
    wrong: int  # pairs found that are not true
    missed: int  # true pairs that were not found


def pairs(sizes: pl.Series) -> int:
    """How many pairs there are within groups of these sizes."""
    return int((sizes.cast(pl.Int64) * (sizes.cast(pl.Int64) - 1) // 2).sum())


def score(truth: Path, found: Iterable[tuple[str, int]]) -> Score:
    """`truth`: a CSV of code and person (empty: nobody, not scored); `found`: (card code, customer id)."""
    people = pl.read_csv(truth, schema_overrides={"code": pl.String}).drop_nulls("person")
    cards = pl.DataFrame(list(found), schema={"code": pl.String, "customer": pl.Int64}, orient="row")
    both = people.join(cards, on="code", how="left")
    # A true card that was not loaded is a person of its own: it makes no found pair, and misses its true ones.
    joined = both.drop_nulls("customer")
    right = pairs(joined.group_by("person", "customer").len()["len"])
    said, true = pairs(joined.group_by("customer").len()["len"]), pairs(both.group_by("person").len()["len"])
    return Score(right / said if said else 1.0, right / true if true else 1.0, said - right, true - right)
