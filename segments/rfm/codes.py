"""The 64 codes and the named segments: which code belongs to whom, the first match wins."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.utils.translation import gettext as _

SCORES = "4321"
CODES = tuple(r + f + m for r in SCORES for f in SCORES for m in SCORES)
PATTERN = re.compile(r"[1-4X]{3}", re.ASCII)
Named = TypeVar("Named")


@dataclass(frozen=True)
class CutOffs:
    """What the scores 4, 3 and 2 ask for, best first: at most so many days, at least so many purchases and roubles."""

    recency: tuple[Any, ...]
    frequency: tuple[Any, ...]
    money: tuple[Any, ...]


def patterns(text: str) -> list[str]:
    """ "444 2XX" → its patterns; a Cyrillic Х is an X. Raises ValueError, with a sentence, for anything else."""
    found = text.upper().replace("Х", "X").replace(",", " ").split()
    if not found:
        raise ValueError(_("Name at least one code."))
    for each in found:
        if not PATTERN.fullmatch(each):
            raise ValueError(_("“%(code)s” is not a code: three scores from 1 to 4, or X for any.") % {"code": each})
    return found


@cache  # there are 125 patterns, and every rule about RFM asks for some thirty of them
def matching(pattern: str) -> tuple[str, ...]:
    """The codes of a pattern, best first: "43X" → 434, 433, 432, 431."""
    return tuple(code for code in CODES if all(p in ("X", c) for p, c in zip(pattern, code, strict=True)))


def mapping(segments: Iterable[tuple[Named, str]]) -> dict[str, Named]:
    """{code: segment} of (segment, patterns) in their order. Raises ValueError when a code is left to nobody."""
    owner: dict[str, Named] = {}
    for segment, text in segments:
        for pattern in patterns(text):
            for code in matching(pattern):
                owner.setdefault(code, segment)
    if left := [code for code in CODES if code not in owner]:
        raise ValueError(_("These codes would belong to no segment: %(codes)s.") % {"codes": ", ".join(left)})
    return owner
