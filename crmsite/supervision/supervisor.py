"""Watches children, starts the dead again, stops them all."""

import time
from collections.abc import Callable
from pathlib import Path

from django.utils.translation import gettext as _

from crmsite.supervision.child import Child, Program

LOOK_SECONDS = 0.2
STOP_SECONDS = 15  # more than a worker gives its horse


class Supervisor:
    """`say` takes a sentence for the person at the terminal."""

    def __init__(self, environment: dict[str, str], logs: Path, say: Callable[[str], None]) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._environment, self._logs, self._say = environment, logs, say
        self._children: list[Child] = []

    def add(self, *programs: Program) -> None:
        """They start with the next look."""
        self._children += [Child(program, self._environment, self._logs) for program in programs]

    def tend(self) -> None:
        """One look at everybody."""
        for child in self._children:
            code = child.tend()
            if code is not None:
                self._say(
                    _("%(name)s ended with code %(code)d and starts again in %(seconds)d s; see %(log)s.")
                    % {"name": child.program.name, "code": code, "seconds": child.pause, "log": child.log}
                )

    def watch(self) -> None:
        """Until interrupted."""
        while True:
            self.tend()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Ask everybody to stop and wait; whoever is late, or everybody at a second interrupt, is killed."""
        for child in self._children:
            child.ask_to_stop()
        until = time.monotonic() + STOP_SECONDS
        try:
            late = [child for child in self._children if not child.wait(until)]
        except KeyboardInterrupt:
            late = self._children
        for child in late:
            child.kill()
            child.wait(time.monotonic() + 5)
