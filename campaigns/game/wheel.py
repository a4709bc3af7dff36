"""The wheel as the page draws it: sectors of one size, since their size promises nothing, with short words."""

from collections.abc import Sequence
from math import cos, pi, sin
from typing import NamedTuple

from campaigns.models import Prize

RADIUS = 96
LONGEST = 15  # letters that a sector has room for


class Sector(NamedTuple):
    """`path` begins at the centre; `turn` is the angle of its middle, degrees clockwise from the top."""

    path: str
    turn: str
    words: str
    shade: int


def sectors(prizes: Sequence[Prize]) -> list[Sector]:
    step = 2 * pi / max(len(prizes), 1)
    return [
        Sector(_path(place * step, step), f"{(place + 0.5) * step * 180 / pi:.2f}", _short(prize.name), _shade(place, len(prizes)))
        for place, prize in enumerate(prizes)
    ]  # fmt: skip


def _path(start: float, step: float) -> str:
    """From one edge to the other; the top is angle 0."""
    x1, y1 = RADIUS * sin(start), -RADIUS * cos(start)
    x2, y2 = RADIUS * sin(start + step), -RADIUS * cos(start + step)
    return f"M0 0L{x1:.2f} {y1:.2f}A{RADIUS} {RADIUS} 0 {int(step > pi)} 1 {x2:.2f} {y2:.2f}Z"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def _shade(place: int, number: int) -> int:
    """No two neighbours alike: the last of an odd number has one of its own."""
    return 2 if number % 2 and place == number - 1 else place % 2
