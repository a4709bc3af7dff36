"""Calls that come at once (of providers, of sites) share one transaction: the commit is what a single event costs most.

No thread of its own and no waiting for company: whoever finds nobody storing stores all that has gathered meanwhile,
the others wait for their turn and find it done. A call returns when it is committed.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from channels.reporting import Call, take_all

logger = logging.getLogger(__name__)
Item = TypeVar("Item")


@dataclass(slots=True, eq=False)
class Waiting(Generic[Item]):
    """A call, whether somebody took it along, and whether it is committed."""

    call: Item
    is_taken: bool = False
    is_stored: bool = False


@dataclass(slots=True)
class Gathering(Generic[Item]):
    """One in a process. `store` takes many calls in one transaction."""

    store: Callable[[Sequence[Item]], object]
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _waiting: deque[Waiting[Item]] = field(default_factory=deque)

    def keep(self, call: Item) -> None:
        """Store the call, alone or with others. Raises what storing *it* raised: nobody pays for his neighbour."""
        mine = Waiting(call)
        self._waiting.append(mine)
        with self._turn:
            if not mine.is_taken:
                self._store_all()
        if not mine.is_stored:
            self.store([call])

    def _store_all(self) -> None:
        """The one who has the turn, himself among them."""
        batch = []
        while self._waiting:
            batch.append(self._waiting.popleft())
            batch[-1].is_taken = True
        try:
            self.store([waiting.call for waiting in batch])
        except Exception as error:
            if len(batch) == 1:
                raise
            logger.error("%s calls together failed (%s): each goes alone", len(batch), type(error).__name__)
            return
        for waiting in batch:
            waiting.is_stored = True


calls: Gathering[Call] = Gathering(take_all)
