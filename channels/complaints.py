"""What goes wrong with one account again and again is logged once a minute, so that nobody fills a disk from outside."""

import logging
import time
import traceback
from dataclasses import dataclass, field

AGAIN = 60.0  # seconds until the same complaint about the same account is logged once more


@dataclass(slots=True)
class Complaints:
    """A logger that counts what it holds back."""

    logger: logging.Logger
    _told: dict[tuple[int, str], tuple[float, int]] = field(default_factory=dict)

    def warning(self, account_id: int, about: str) -> None:
        self._tell(logging.WARNING, account_id, about)

    def error(self, account_id: int, error: Exception) -> None:
        """The kind of an error and the line it came from, without its words: they may hold what a stranger sent."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        self._tell(logging.ERROR, account_id, f"{type(error).__name__} at {frame.filename}:{frame.lineno}")

    def _tell(self, level: int, account_id: int, about: str) -> None:
        told_at, held_back = self._told.get((account_id, about), (-AGAIN, 0))
        now = time.monotonic()
        if now - told_at < AGAIN:
            self._told[account_id, about] = (told_at, held_back + 1)
            return
        self._told[account_id, about] = (now, 0)
        since = f" ({held_back} times more since the last line)" if held_back else ""
        self.logger.log(level, "webhook of account %s: %s%s", account_id, about, since)
