"""The full fault plan is random, and says by what seed: SOAK_SEED repeats it, SOAK_RUNS does it so many times.

Each test tells its figures as a line of JSON, on the screen and in `$VAR_DIR/soak.jsonl`.
"""

import json
import os
import random
import time

from django.conf import settings

SEED = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10**6))
RUNS = int(os.environ.get("SOAK_RUNS") or 1)


def chance(row: str) -> random.Random:
    """Its own for each row of the plan, so that one row can be repeated alone."""
    return random.Random(f"{SEED} {row}")


def tell(row: str, begun: float, **figures: float) -> None:
    """`row` of the fault plan; `begun` is a moment of the monotonic clock."""
    seconds = round(time.monotonic() - begun, 1)
    line = json.dumps({"row": row, "seed": SEED, **figures, "seconds": seconds})
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR_DIR / "soak.jsonl").open("a") as file:
        file.write(f"{line}\n")
    print(line, flush=True)  # noqa: T201
