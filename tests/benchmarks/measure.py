"""Side-by-side measuring: ours and the reference take turns in one run, so that a noisy machine hits both."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

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
        ratios = [mine / theirs for theirs, mine in pairs]
        ratio = median(ratios)
        ok = ratio <= self.limit if self.better == "lower" else ratio >= self.limit
        line = {
            "bench": self.name,
            "ratio": round(ratio, 4),
            "limit": self.limit,
            "better": self.better,
            "ok": ok,
            "ours": round(median(mine for _, mine in pairs), 5),
            "reference": round(median(theirs for theirs, _ in pairs), 5),
            "unit": self.unit,
            "n": self.n,
            "reps": self.reps,
            "ratio_min": round(min(ratios), 4),
            "ratio_max": round(max(ratios), 4),
        }
        sys.stdout.write(json.dumps(line) + "\n")
        assert ok, line


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
