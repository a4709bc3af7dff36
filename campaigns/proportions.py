"""Shares of people: how many a comparison takes, what is known of a difference, and whether a draw went as it should."""

from collections.abc import Sequence
from math import asin, ceil, sqrt
from statistics import NormalDist
from typing import NamedTuple

from scipy.special import chdtrc

_NORMAL = NormalDist()


class Between(NamedTuple):
    """The ends of an interval."""

    low: float
    high: float


def needed(base: float, other: float, *, alpha: float, power: float, comparisons: int = 1) -> int:
    """People in each of two equal groups, so that a two-sided test tells `other` from `base` (shares).

    By the arcsine difference (Cohen's h), as statsmodels' NormalIndPower counts it. Of several comparisons each gets its part
    of `alpha` (Bonferroni: Holm's first step).
    """
    difference = 2 * asin(sqrt(other)) - 2 * asin(sqrt(base))
    wanted = _NORMAL.inv_cdf(1 - alpha / comparisons / 2) + _NORMAL.inv_cdf(power)
    return ceil(2 * (wanted / difference) ** 2)


def wilson(hits: int, people: int, *, level: float = 0.95) -> Between:
    """What the share may be; `people` above 0."""
    z = _NORMAL.inv_cdf((1 + level) / 2)
    share, weight = hits / people, z * z / people
    middle, half = share + weight / 2, z * sqrt(share * (1 - share) / people + weight / (4 * people))
    return Between((middle - half) / (1 + weight), (middle + half) / (1 + weight))


def newcombe(hits: int, people: int, base_hits: int, base_people: int, *, level: float = 0.95) -> Between:
    """What the difference of two independent shares may be, the second taken from the first (Newcombe 1998, method 10)."""
    share, base = hits / people, base_hits / base_people
    mine, its = wilson(hits, people, level=level), wilson(base_hits, base_people, level=level)
    low = share - base - sqrt((share - mine.low) ** 2 + (its.high - base) ** 2)
    return Between(low, share - base + sqrt((mine.high - share) ** 2 + (base - its.low) ** 2))


def sample_ratio(people: Sequence[int], shares: Sequence[float]) -> float:
    """How probable a draw at least as uneven as `people` is, were the shares (their sum is 1) kept: p of Pearson's χ²."""
    expected = [sum(people) * share for share in shares]
    distance = sum((found - wanted) ** 2 / wanted for found, wanted in zip(people, expected, strict=True))
    return float(chdtrc(len(people) - 1, distance))
