"""Against the figures of the papers and of other programs."""

from math import asin, sin, sqrt

import pytest

from campaigns.proportions import needed, newcombe, sample_ratio, wilson


def test_as_many_people_as_other_programs_say() -> None:
    """R: ceiling(pwr.2p.test(h = ES.h(p1, p2), power = .8)$n); the last is of statsmodels' documentation, h = 0.2."""
    assert needed(0.5, 0.55, alpha=0.05, power=0.8) == 1565
    assert needed(0.10, 0.12, alpha=0.05, power=0.8) == 3835
    other = sin(asin(sqrt(0.5)) + 0.1) ** 2
    assert needed(0.5, other, alpha=0.05, power=0.8) == 393


def test_more_certainty_and_more_comparisons_take_more() -> None:
    usual = needed(0.02, 0.03, alpha=0.05, power=0.8)
    assert needed(0.02, 0.03, alpha=0.05, power=0.9) > usual
    assert needed(0.02, 0.03, alpha=0.01, power=0.8) > usual
    assert needed(0.02, 0.03, alpha=0.05, power=0.8, comparisons=3) > usual
    assert needed(0.02, 0.04, alpha=0.05, power=0.8) < usual


# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_differences_are_those_of_the_paper(one: tuple, other: tuple, low: float, high: float) -> None:
    assert newcombe(*one, *other) == pytest.approx((low, high), abs=0.00006)


def test_a_share_of_none_may_be_more_than_nothing() -> None:
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=0.0001)


def test_an_uneven_draw_is_told() -> None:
    assert sample_ratio([500, 500], [0.5, 0.5]) == pytest.approx(1)
    assert sample_ratio([10, 20], [0.5, 0.5]) == pytest.approx(0.0679, abs=0.0001)  # scipy.stats.chisquare([10, 20])
    assert sample_ratio([16, 18, 16, 14, 12, 12], [1 / 6] * 6) == pytest.approx(
        0.84914503608, abs=1e-9
    )  # scipy's example
    assert sample_ratio([5300, 4700], [0.5, 0.5]) < 0.001
