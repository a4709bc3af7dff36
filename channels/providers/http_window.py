"""One `send` over HTTP: a window of calls in flight, told in the thread that asked.

Only the wire's callbacks come from another thread, and all they do is to put an answer into a queue.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import ClassVar, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from channels.providers.base import (
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Action,
    Addressed,
    After,
    Before,
    ProviderError,
    Result,
)
from channels.providers.http_wire import Answer, Call, Told, Unanswered, Unsent, Wire

BATCH_SECONDS = 1.0  # a batch is not waited for longer: consents were read before it
BAD_IN_A_ROW = 5

Messages = Sequence[Addressed]


class Judge(Protocol):
    """What the window asks a provider."""

    title: ClassVar[str | Promise]

    def call_for(self, batch: Messages) -> Call: ...

    def results_for(self, batch: Messages, answer: Answer) -> Sequence[Result]: ...

    def pause_after(self, answer: Answer) -> float | None: ...


@dataclass(slots=True)
class Window:
    """At most `width` calls of `batch` messages each. A pause of up to `longest_pause` seconds is slept through."""

    judge: Judge
    wire: Wire
    before: Before
    after: After
    batch: int = 1
    longest_pause: float = 10
    _in_flight: dict[int, Messages] = field(default_factory=dict)
    _answers: SimpleQueue[tuple[int, Told]] = field(default_factory=SimpleQueue)
    _number: int = 0
    _resume_at: float = 0
    _bad: int = 0
    _fault: ProviderError | None = None

    def send(self, messages: Iterable[Addressed]) -> None:
        """Raises ProviderError when the account or the provider cannot be used; by then all in flight has been told."""
        batches = batched(messages, self.batch)
        try:
            while self._is_open():
                batch = next(batches, None)
                # Drawing a message may have taken its time: what came meanwhile counts.
                if batch is None or not self._is_open():
                    break
                self._begin(batch)
        finally:
            self._await_rest()
        if not self._is_open() and self._fault:  # a pause asked for by the last answers holds for the next `send` too
            raise self._fault

    def _is_open(self) -> bool:
        """Wait until a call may begin. False: none may any more."""
        while not self._answers.empty():
            self._take()
        while self._in_flight and (len(self._in_flight) >= self.wire.width or self._resume_at):
            self._take()
        if self._resume_at and not self._fault:
            self._pause()
        return self._fault is None

    def _pause(self) -> None:
        seconds, self._resume_at = self._resume_at - time.monotonic(), 0
        if seconds <= self.longest_pause:
            time.sleep(max(seconds, 0))
            return
        sentence = _("%(provider)s asks to wait for %(seconds)d s before the next message.")
        self._end(sentence % {"provider": self.judge.title, "seconds": round(seconds)}, permanent=False)

    def _begin(self, batch: Messages) -> None:
        batch, call = self._call(batch)
        if call is None:
            return
        with ExitStack() as unsent:
            for message in batch:
                self.before(message.id)
                unsent.callback(self.after, message.id, Result(DEFERRED, code="not_begun"))
            unsent.pop_all()
        self._number += 1
        self._in_flight[self._number] = batch
        self.wire.begin(call, partial(_hand_over, self._answers, self._number))

    def _call(self, batch: Messages) -> tuple[Messages, Call | None]:
        """The call, and who is in it; a message that cannot be put into one is refused alone."""
        try:
            return batch, self.judge.call_for(batch)
        except ValueError as error:
            if len(batch) == 1:
                self.after(batch[0].id, Result(REJECTED, code="content", reply=str(error), permanent=True))
                return (), None
        good = [message for message in batch if self._call([message])[1] is not None]
        return good, self.judge.call_for(good) if good else None

    def _await_rest(self) -> None:
        """Tell all that is in flight, whatever a callback raises on the way."""
        try:
            while self._in_flight:
                self._take()
        except BaseException:
            self._await_rest()
            raise

    def _take(self) -> None:
        """Tell one answer; waits for it."""
        try:
            number, told = self._answers.get(timeout=self.wire.patience)
        except Empty:
            number, told = next(iter(self._in_flight)), Unanswered(_("no answer in time"))
        batch = self._in_flight.pop(number, ())
        results = self._results(batch, told)
        with ExitStack() as rest:
            for message, result in zip(reversed(batch), reversed(results), strict=True):
                rest.callback(self.after, message.id, result)

    def _results(self, batch: Messages, told: Told) -> Sequence[Result]:
        self._heed(told)
        if isinstance(told, Unsent):
            return [Result(DEFERRED, code="connection", reply=str(told))] * len(batch)
        if isinstance(told, Unanswered):
            return [Result(UNKNOWN, code="no_answer", reply=str(told))] * len(batch)
        results = self.judge.results_for(batch, told)
        stopping = next((result for result in results if result.action is Action.STOP_ACCOUNT), None)
        if stopping:
            sentence = _("%(provider)s does not serve the account: %(why)s")
            why = stopping.reply or stopping.code
            self._end(sentence % {"provider": self.judge.title, "why": why}, permanent=True)
        return results

    def _heed(self, told: Told) -> None:
        """Whether to wait, or to stop: a provider that fails again and again gets no more messages to lose."""
        pause = self.judge.pause_after(told) if isinstance(told, Answer) else None
        if pause is not None:
            self._resume_at = max(self._resume_at, time.monotonic() + pause)
        is_bad = not isinstance(told, Answer) or told.status >= 500
        self._bad = self._bad + 1 if is_bad else 0
        if self._bad >= BAD_IN_A_ROW:
            why = f"HTTP {told.status}" if isinstance(told, Answer) else str(told)
            sentence = _("%(provider)s does not answer as it should: %(why)s")
            self._end(sentence % {"provider": self.judge.title, "why": why}, permanent=False)

    def _end(self, sentence: str, *, permanent: bool) -> None:
        """No call begins any more. What a person must mend outweighs what passes by itself."""
        if self._fault is None or (permanent and not self._fault.permanent):
            self._fault = ProviderError(sentence, permanent=permanent)


def _hand_over(answers: SimpleQueue[tuple[int, Told]], number: int, told: Told) -> None:
    answers.put((number, told))


def batched(messages: Iterable[Addressed], size: int) -> Iterator[Messages]:
    """Up to `size` messages, or what a second brings."""
    batch: list[Addressed] = []
    began = 0.0
    for message in messages:
        if not batch:
            began = time.monotonic()
        batch.append(message)
        if len(batch) >= size or time.monotonic() - began >= BATCH_SECONDS:
            yield batch
            batch = []
    if batch:
        yield batch
