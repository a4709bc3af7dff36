"""The arithmetic of a draw: weights in hundredths of a per cent, a roll, and what many draws would give. No query."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from campaigns.models import Prize

WHOLE = 10_000  # a roll is one of so many


def weights(prizes: Sequence[Prize]) -> list[int]:
    return [int(prize.odds * 100) for prize in prizes]


def total(prizes: Sequence[Prize]) -> Decimal:
    """Per cent; a game that may be played has exactly 100."""
    return sum((prize.odds for prize in prizes), Decimal(0))


def drawn(prizes: Sequence[Prize], roll: int) -> Prize:
    """Whose part of the whole the roll falls on, in their order. Raises ValueError when the odds do not reach it."""
    edge = 0
    for prize, weight in zip(prizes, weights(prizes), strict=True):
        edge += weight
        if roll < edge:
            return prize
    raise ValueError(f"the odds end at {edge}, the roll is {roll}")


def fallback(prizes: Sequence[Prize]) -> Prize:
    return next(prize for prize in prizes if prize.is_fallback)


def cost_of_thousand(prizes: Sequence[Prize]) -> Decimal:
    """Roubles that a thousand draws are expected to cost while nothing runs out."""
    return sum((prize.odds * 10 * prize.cost for prize in prizes), Decimal(0))


def simulate(prizes: Sequence[Prize], plays: int, random: Random) -> Counter[int]:
    """{place of a prize: how often it would be given}, with the stocks that are left."""
    left = [prize.left for prize in prizes]
    instead = prizes.index(fallback(prizes))
    found: Counter[int] = Counter()
    for _play in range(plays):
        place = prizes.index(drawn(prizes, random.randrange(WHOLE)))
        if left[place] == 0:
            place = instead
        if (rest := left[place]) is not None:
            left[place] = rest - 1
        found[place] += 1
    return found
