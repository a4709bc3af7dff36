"""A process of ours that dies where a test wants it to, or lives by a clock that is wrong.

    python -m tests.peers.mortal POINTS CLOCK work sending-email
    python -m tests.peers.mortal POINTS CLOCK gunicorn crmsite.wsgi --bind 127.0.0.1:8000

POINTS is a file of lines STEP:before:N and STEP:after:N. The process that does a step for the Nth time, counted from its
own beginning (a work-horse begins at its fork) or from the last change of the file, kills itself -9 just before or just
after it; each line once in all. POINTS.met has a line for each death. CLOCK: by so many seconds Python's time is wrong.
The code of the product knows nothing of all this: functions are replaced in this process alone.
"""

import argparse
import fcntl
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import django
from django.core.management import execute_from_command_line
from django.utils.module_loading import import_string
from gunicorn.app.wsgiapp import run as gunicorn

STEPS = {
    # of a pump
    "claim": "campaigns.pump.draining.claim",
    "read": "campaigns.pump.sending.read",
    "intent": "campaigns.pump.journal.Journal.before",
    "answer": "campaigns.pump.journal.Journal.after",
    "mark": "campaigns.pump.sending.record",
    "append": "campaigns.pump.recording.append",
    "clear": "campaigns.pump.journal.Journal.clear",
    # of whoever settles what a dead one left
    "settle": "campaigns.pump.recovery._settle",
    "give_back": "campaigns.pump.recovery.append",
    # of a start
    "start": "campaigns.running.start",
    "open": "campaigns.running._open_run",
    "freeze": "campaigns.planning.freeze",
    "ring": "campaigns.bell.ring",
    # of a pass over scenarios
    "enter": "campaigns.scenarios.entering.enter",
    "lead": "campaigns.scenarios.advancing._lead",
    "write": "campaigns.scenarios.stepping._write",
    "move": "campaigns.scenarios.moving.Batch.move",
    # of anything
    "sql": "django.db.backends.utils.CursorWrapper.execute",
    "commit": "django.db.backends.base.base.BaseDatabaseWrapper._commit",
}


class Fate:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.met = path.with_name(f"{path.name}.met")
        self.done: Counter[tuple[int, str, str]] = Counter()  # by process, and by what the file said

    def reach(self, step: str, when: str) -> None:
        """Nothing happens, or the process ends here."""
        here, points = f"{step}:{when}", self.path.read_text()
        self.done[os.getpid(), points, here] += 1
        point = f"{here}:{self.done[os.getpid(), points, here]}"
        if point not in points.split():
            return
        with self.met.open("a+") as met:
            fcntl.flock(met, fcntl.LOCK_EX)
            met.seek(0)
            if point in met.read().split():
                return
            met.write(f"{point}\n")
            met.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, step: str, place: str) -> None:
        owner, name = _owner(place)
        work: Callable[..., Any] = getattr(owner, name)

        @wraps(work)
        def watched(*arguments: Any, **named: Any) -> Any:
            self.reach(step, "before")
            done = work(*arguments, **named)
            self.reach(step, "after")
            return done

        setattr(owner, name, watched)


def _owner(place: str) -> tuple[Any, str]:
    """The module or class, and the name in it."""
    path, _dot, name = place.rpartition(".")
    try:
        return import_string(path), name
    except ImportError:
        return __import__(path, fromlist=[name]), name


def move_the_clock(seconds: float) -> None:
    real = time.time
    time.time = lambda: real() + seconds
    timezone = sys.modules["django.utils.timezone"]
    now = timezone.now
    timezone.now = lambda: now() + timezone.timedelta(seconds=seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("points", type=Path)
    parser.add_argument("clock", type=float)
    parser.add_argument("words", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    django.setup()
    fate = Fate(asked.points)
    for step, place in STEPS.items():
        fate.watch(step, place)
    if asked.clock:
        move_the_clock(asked.clock)
    sys.argv = asked.words
    if asked.words[0] == "gunicorn":
        gunicorn()
    else:
        execute_from_command_line(["manage.py", *asked.words])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmsite.settings")
    main()
