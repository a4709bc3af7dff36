"""One process of Krug that is started again when it dies."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

LOG_LIMIT = 20 * 2**20
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY_SECONDS = 60  # who lived so long starts again with the first pause


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]


def spawn(command: tuple[str, ...], environment: dict[str, str], log: Path | None = None) -> subprocess.Popen:
    """In a session of its own, so that Ctrl-C reaches only us and we decide the order; told when we are killed."""
    leashed = (sys.executable, "-m", "crmsite.supervision.leash", str(os.getpid()), *command)
    with (log or Path(os.devnull)).open("ab") as file:
        return subprocess.Popen(
            leashed,
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file if log else None,
            stderr=file if log else None,
            start_new_session=True,
        )


class Child:
    """Writes to `<logs>/<name>.log`."""

    def __init__(self, program: Program, environment: dict[str, str], logs: Path) -> None:
        self.program = program
        self.log = logs / f"{program.name}.log"
        self._environment = environment
        self._pause = FIRST_PAUSE
        self._start_at = 0.0
        self._process: subprocess.Popen | None = None

    def tend(self) -> int | None:
        """Start it when it is due. Returns its exit code once, when it is found dead."""
        if self._process is None:
            if time.monotonic() >= self._start_at:
                self._start()
            return None
        code = self._process.poll()
        if code is not None:
            lived = time.monotonic() - self._start_at
            self._pause = FIRST_PAUSE if lived > STEADY_SECONDS else min(2 * self._pause, LONGEST_PAUSE)
            self._start_at = time.monotonic() + self._pause
            self._process = None
        return code

    @property
    def pause(self) -> float:
        """Seconds until it is started again."""
        return self._pause

    def ask_to_stop(self) -> None:
        if self._process:
            self._process.terminate()

    def kill(self) -> None:
        if self._process:
            self._process.kill()

    def wait(self, until: float) -> bool:
        """Whether it has ended by `until` (monotonic clock)."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.01, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def _start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        self._start_at = time.monotonic()
        self._process = spawn(self.program.command, self._environment, self.log)
