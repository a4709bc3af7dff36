"""Side-by-side measuring: ours and the reference take turns in one run, so that a noisy machine hits both."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

REPS = 5


@dataclass(frozen=True, slots=True)
class Bench:
    """`limit` bounds ours ÷ reference, from above when lower is better; `n` items a repetition."""

    name: str
    limit: float
    n: int
    unit: str = "s"
    better: str = "lower"
    reps: int = REPS

    def compare(self, ours: Callable[[], object], reference: Callable[[], object]) -> None:
        """Print one JSON line; raises AssertionError when the limit is missed."""
        pairs = [(seconds(reference), seconds(ours)) for _ in range(self.reps)]
        line = self.tell([mine for _, mine in pairs], [theirs for theirs, _ in pairs])
        assert line["ok"], line

    def tell(self, ours: Sequence[float], reference: Sequence[float]) -> dict[str, Any]:
        """Print one JSON line of measures taken in turns, and return it."""
        ratios = [mine / theirs for mine, theirs in zip(ours, reference, strict=True)]
        ratio = median(ratios)
        line = {
            "bench": self.name,
            "ratio": round(ratio, 4),
            "limit": self.limit,
            "better": self.better,
            "ok": ratio <= self.limit if self.better == "lower" else ratio >= self.limit,
            "ours": round(median(ours), 5),
            "reference": round(median(reference), 5),
            "unit": self.unit,
            "n": self.n,
            "reps": len(ratios),
            "ratio_min": round(min(ratios), 4),
            "ratio_max": round(max(ratios), 4),
        }
        sys.stdout.write(json.dumps(line) + "\n")
        return line


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
