"""One `send` over SMPP: submits without an answer, matched by sequence number, at the account's pace.

A long message is one message of ours. Its first segment goes alone, and the others follow when it is accepted, so
that a wrong number or a full queue leaves nobody half a text. A segment that is throttled later is tried again,
since its refusal proves that it was not taken; when a later segment fails for good, the message is unknown: a part
of it is on its way, and only a person can say what to do. The account's receipts are asked for the first segment.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

from channels.providers.base import ACCEPTED, UNKNOWN, Action, After, Result
from channels.providers.smpp_errors import THROTTLED, Verdict, result_of
from channels.providers.smpp_pdu import Answer, Delivery
from channels.providers.smpp_wire import Session

Submit = Mapping[str, Any]  # fields of a submit_sm

RESERVE = 1.02  # what leaves evenly arrives in bunches; the other side counts arrivals
SLOWEST = 1.0  # seconds between submits, however often we are throttled
RECOVERY = 0.98  # of the interval, with every accepted submit
TRIES = 10  # of a later segment that is throttled


@dataclass(slots=True)
class Pace:
    """When the next submit may leave: never more than `per_second`, evenly; half as fast after being throttled."""

    per_second: float
    pause_seconds: float = 1.0
    clock: Callable[[], float] = time.monotonic
    _interval: float = 0.0
    _next: float = 0.0
    _slowed_at: float = float("-inf")

    def __post_init__(self) -> None:
        self._interval = self.fastest

    @property
    def fastest(self) -> float:
        return RESERVE / self.per_second

    def wait(self) -> float:
        """Seconds until the next submit may leave."""
        return max(0.0, self._next - self.clock())

    def gone(self) -> None:
        """A submit leaves now. Time lost is not caught up."""
        self._next = max(self._next, self.clock()) + self._interval

    def slow_down(self, submitted_at: float) -> None:
        """A submit that left then was throttled. What left before we slowed down last says nothing new."""
        now = self.clock()
        if submitted_at > self._slowed_at:
            self._slowed_at = now
            self._interval = min(self._interval * 2, max(SLOWEST, self.fastest))
            self._next = max(self._next, now + self.pause_seconds)

    def speed_up(self) -> None:
        self._interval = max(self._interval * RECOVERY, self.fastest)


@dataclass(slots=True)
class Message:
    """A message of ours under way. `told` once `after` was called: what comes later changes nothing."""

    id: int
    segments: Sequence[Submit]
    first_key: str = ""
    submitted: int = 0
    accepted: int = 0
    told: bool = False

    @property
    def key(self) -> str:
        """The first segment's id, once all of them have left: a receipt for it must not make half a text delivered."""
        return self.first_key if self.submitted == len(self.segments) else ""


@dataclass(slots=True)
class Segment:
    message: Message
    number: int
    tries: int = 0
    submitted_at: float = 0.0
    not_before: float = 0.0


def at_once(count: int) -> Sequence[float]:
    """An account that nobody shares."""
    return [0.0] * count


@dataclass(slots=True)
class Window:
    """At most `size` submits in flight, of at most `size` messages. Everything is called from the thread that sends.

    `delivered` gets what the session hears besides answers. `key_of` spells message ids as receipts will. `slots` says in
    how many seconds so many more submits may leave, by the limit that all sessions of the account share: messages come
    when theirs has begun, later segments and repeats ask for their own."""

    session: Session
    size: int
    pace: Pace
    after: After
    delivered: Callable[[Delivery], None]
    own_verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    key_of: Callable[[str], str] = str
    slots: Callable[[int], Sequence[float]] = at_once
    timeout: float = 30.0
    stop: Result | None = None  # the refusal that says that the account cannot go on
    _open: dict[int, Segment] = field(default_factory=dict)
    _waiting: deque[Segment] = field(default_factory=deque)
    _under_way: int = 0

    def make_room(self) -> None:
        """Return when one more message may leave, or none may any more (`is_shut`)."""
        self._step(0)
        while not self.is_shut and (self._is_busy or self._until_waiting <= 0 or self.pace.wait() > 0):
            self._step(self._patience if self._is_busy else self.pace.wait())

    @property
    def is_shut(self) -> bool:
        return self.session.is_lost or self.stop is not None

    def launch(self, message_id: int, segments: Sequence[Submit]) -> None:
        """Put a message onto the wire; there is room."""
        self._under_way += 1
        self._submit(Segment(Message(message_id, segments), 0))

    def drain(self) -> None:
        """Until every message has been told, whatever a callback raises on the way."""
        try:
            while self._open or self._waiting:
                self._step(self._patience)
        except BaseException:
            self.drain()
            raise

    @property
    def _is_full(self) -> bool:
        return len(self._open) >= self.size

    @property
    def _is_busy(self) -> bool:
        """Messages count too: those whose next segment waits would be unknown if this process were killed."""
        return self._is_full or self._under_way >= self.size

    @property
    def _patience(self) -> float:
        """Seconds until something is to be done even if nothing is heard."""
        times = [self._until_unanswered] if self._open else []
        if self._waiting and not self._is_full:
            times.append(max(self.pace.wait(), self._until_waiting))
        return min(times)

    @property
    def _until_waiting(self) -> float:
        """Seconds until the slot of the first segment that waits begins; for ever when none waits."""
        return self._waiting[0].not_before - self.pace.clock() if self._waiting else float("inf")

    @property
    def _until_unanswered(self) -> float:
        """Seconds until the oldest submit is given up."""
        oldest = next(iter(self._open.values()))
        return max(0.0, oldest.submitted_at + self.timeout - self.pace.clock())

    def _step(self, patience: float) -> None:
        """Deal with all that was heard, waiting `patience` for the first; then send what waits and may go."""
        try:
            self._hear(self.session.heard.get(timeout=patience) if patience else self.session.heard.get_nowait())
            while True:
                self._hear(self.session.heard.get_nowait())
        except Empty:
            pass
        self._forget_unanswered()
        while self._until_waiting <= 0 and not self._is_full and self.pace.wait() <= 0:
            segment = self._waiting.popleft()
            if not segment.message.told:
                self._submit(segment)

    def _submit(self, segment: Segment) -> None:
        self.pace.gone()
        segment.submitted_at = self.pace.clock()
        segment.message.submitted += segment.tries == 0
        segment.tries += 1
        sequence = self.session.submit(**segment.message.segments[segment.number])
        self._open[sequence] = segment

    def _hear(self, event: Answer | Delivery | None) -> None:
        if event is None:
            self._lose()
        elif isinstance(event, Delivery):
            self.delivered(event)
        elif (segment := self._open.pop(event.sequence, None)) is not None:
            if event.status:
                self._refused(segment, event.status)
            else:
                self._accepted(segment, event.message_id)

    def _accepted(self, segment: Segment, message_id: str) -> None:
        self.pace.speed_up()
        message = segment.message
        message.accepted += 1
        if segment.number == 0:
            message.first_key = self.key_of(message_id)
            self._wait(Segment(message, number) for number in range(1, len(message.segments)))
        if message.accepted == len(message.segments):
            self._tell(message, Result(ACCEPTED, provider_key=message.key))

    def _wait(self, segments: Iterable[Segment]) -> None:
        """For their slots, which begin in the order in which they are asked for."""
        waiting, now = list(segments), self.pace.clock()
        for segment, seconds in zip(waiting, self.slots(len(waiting)) if waiting else (), strict=True):
            segment.not_before = now + seconds
        self._waiting.extend(waiting)

    def _refused(self, segment: Segment, status: int) -> None:
        if status in THROTTLED:
            self.pace.slow_down(segment.submitted_at)
        result = result_of(status, self.own_verdicts)
        if result.action is Action.STOP_ACCOUNT:
            self.stop = self.stop or result
        if segment.number == 0:
            self._tell(segment.message, result)
        elif status in THROTTLED and segment.tries < TRIES:
            self._wait([segment])
        else:
            self._tell(segment.message, Result(UNKNOWN, code="torn", reply=result.reply, action=result.action))

    def _lose(self) -> None:
        """The connection is gone, and with it the answers of all that is in flight."""
        segments = [*self._open.values(), *self._waiting]
        self._open.clear()
        self._waiting.clear()
        for segment in segments:
            self._tell(segment.message, Result(UNKNOWN, code="connection", provider_key=segment.message.key))

    def _forget_unanswered(self) -> None:
        """In order of submitting, which is the order of the dictionary."""
        end = self.pace.clock() - self.timeout
        while self._open:
            sequence, segment = next(iter(self._open.items()))
            if segment.submitted_at > end:
                return
            del self._open[sequence]
            result = Result(UNKNOWN, code="no_answer", provider_key=segment.message.key)
            self._tell(segment.message, result)

    def _tell(self, message: Message, result: Result) -> None:
        if not message.told:
            message.told = True
            self._under_way -= 1
            self.after(message.id, result)
