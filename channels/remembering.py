"""What a door asks the database at each call, remembered for a moment: busy callers come hundreds of times a second."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

SECONDS = 2.0
Thing = TypeVar("Thing")


class Remembered(Generic[Thing]):
    """Of one process. What was not found is never remembered: strangers would fill the memory."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Thing]] = {}

    def found(self, key: str, ask: Callable[[], Thing | None]) -> Thing | None:
        now = time.monotonic()
        found_at, thing = self._known.get(key, (-SECONDS, None))
        if thing is not None and now - found_at < SECONDS:
            return thing
        thing = ask()
        if thing is None:
            self._known.pop(key, None)
        else:
            self._known[key] = (now, thing)
        return thing

    def forget(self) -> None:
        """Ask the database again; in this process alone."""
        self._known.clear()
