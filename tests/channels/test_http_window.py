"""The window of HTTP providers, where a peer cannot make it happen: callbacks that raise, slow messages, a dead wire."""

import time
from collections.abc import Callable, Iterator, Sequence

from django.test import SimpleTestCase

from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError, Result
from channels.providers.http_window import BAD_IN_A_ROW, Window, batched
from channels.providers.http_wire import Answer, Call, Told, Unanswered, Unsent

GOOD = Answer(200, {}, b"")
STOP = Answer(401, {}, b"")
WAIT = Answer(429, {}, b"")


class Echo:
    """Says what a provider says: everything is accepted but `poison`, 401 stops the account, 429 waits."""

    title = "Echo"
    pause = 0.0

    def call_for(self, batch: Sequence[Addressed]) -> Call:
        if any(message.body == b"poison" for message in batch):
            raise ValueError("poison")
        return Call("POST", "http://x", {}, b",".join(str(message.id).encode() for message in batch))

    def results_for(self, batch: Sequence[Addressed], answer: Answer) -> Sequence[Result]:
        if answer is STOP:
            return [Result(DEFERRED, code="401", action=Action.STOP_ACCOUNT)] * len(batch)
        return [Result(ACCEPTED if answer is GOOD else DEFERRED, provider_key=str(one.id)) for one in batch]

    def pause_after(self, answer: Answer) -> float | None:
        return self.pause if answer is WAIT else None


class Script:
    """A wire that gives these answers, None being none at all; it holds them back until `hold` calls are in flight."""

    patience = 0.1

    def __init__(self, *answers: Told, width: int = 2, hold: int = 1) -> None:
        self.answers, self.width, self.hold = iter(answers), width, hold
        self.bodies: list[bytes] = []
        self.held: list[tuple[Callable[[Told], None], Told]] = []

    def begin(self, call: Call, tell: Callable[[Told], None]) -> None:
        self.bodies.append(call.body)
        answer = next(self.answers, GOOD)
        if answer is not None:
            self.held.append((tell, answer))
        if len(self.held) >= self.hold:
            for told, late in self.held:
                told(late)
            self.held.clear()


class WindowTest(SimpleTestCase):
    def setUp(self) -> None:
        self.before: list[int] = []
        self.told: dict[int, Result] = {}

    def after(self, number: int, result: Result) -> None:
        self.told[number] = result

    def window(self, wire: Script, **given: object) -> Window:
        return Window(**{"judge": Echo(), "wire": wire, "before": self.before.append, "after": self.after} | given)

    def messages(self, number: int) -> list[Addressed]:
        return [Addressed(n, "+79990000001", b"text") for n in range(1, number + 1)]

    def test_what_after_raises_keeps_nobody_else_from_being_told(self) -> None:
        def after(number: int, result: Result) -> None:
            self.after(number, result)
            if number == 2:
                raise LookupError

        with self.assertRaises(LookupError):
            self.window(Script(), after=after, batch=4).send(self.messages(4))
        self.assertEqual(sorted(self.told), [1, 2, 3, 4])

    def test_a_batch_that_before_stops_half_way_does_not_leave(self) -> None:
        def before(number: int) -> None:
            if number == 6:
                raise LookupError
            self.before.append(number)

        wire = Script()
        with self.assertRaises(LookupError):
            self.window(wire, before=before, batch=4).send(self.messages(8))
        self.assertEqual(wire.bodies, [b"1,2,3,4"])
        self.assertEqual(self.before, [1, 2, 3, 4, 5])
        self.assertEqual(
            {n: r.kind for n, r in self.told.items()}, dict.fromkeys((1, 2, 3, 4), ACCEPTED) | {5: DEFERRED}
        )

    def test_one_poisoned_message_leaves_its_batch_alone(self) -> None:
        messages = self.messages(4)
        messages[1] = Addressed(2, "+79990000001", b"poison")
        wire = Script()
        self.window(wire, batch=4).send(messages)
        self.assertEqual(wire.bodies, [b"1,3,4"])
        self.assertEqual(self.before, [1, 3, 4])
        self.assertEqual([self.told[n].kind for n in (1, 2, 3, 4)], [ACCEPTED, REJECTED, ACCEPTED, ACCEPTED])

    def test_a_wire_that_died_leaves_the_messages_unknown(self) -> None:
        wire = Script(*[None] * 9)  # never answers
        with self.assertRaises(ProviderError) as caught:
            self.window(wire).send(self.messages(BAD_IN_A_ROW + 2))
        self.assertFalse(caught.exception.permanent)
        self.assertEqual({result.kind for result in self.told.values()}, {UNKNOWN})
        self.assertEqual(sorted(self.told), self.before)

    def test_bad_answers_count_only_in_a_row(self) -> None:
        faults = [Unsent("x"), Unanswered("x")] * 2
        wire = Script(*faults, GOOD, *faults, GOOD, width=1)
        self.window(wire).send(self.messages(10))
        self.assertEqual(sorted(self.told), list(range(1, 11)))
        with self.assertRaisesRegex(ProviderError, "Echo"):
            self.window(Script(*faults, Unsent("refused"), width=1)).send(self.messages(10))

    def test_a_stop_is_heeded_before_a_pause(self) -> None:
        judge = Echo()
        judge.pause = 3600
        for answers in ((WAIT, STOP), (STOP, WAIT)):
            self.before.clear()
            with self.assertRaises(ProviderError) as caught:
                self.window(Script(*answers, hold=2), judge=judge).send(self.messages(9))
            self.assertTrue(caught.exception.permanent)
            self.assertEqual(self.before, [1, 2])

    def test_a_pause_asked_for_by_the_last_answer_holds_for_the_next_sending(self) -> None:
        judge = Echo()
        judge.pause = 0.2
        started = time.monotonic()
        self.window(Script(WAIT), judge=judge).send(self.messages(1))
        self.assertGreaterEqual(time.monotonic() - started, 0.2)
        judge.pause = 3600
        with self.assertRaises(ProviderError) as caught:
            self.window(Script(WAIT), judge=judge).send(self.messages(1))
        self.assertFalse(caught.exception.permanent)

    def test_a_slow_stream_of_messages_goes_in_smaller_batches(self) -> None:
        def slow() -> Iterator[Addressed]:
            for message in self.messages(5):
                time.sleep(0.35)
                yield message

        sizes = [len(batch) for batch in batched(slow(), 100)]
        self.assertEqual(sum(sizes), 5)
        self.assertGreater(len(sizes), 1)
        self.assertEqual([len(batch) for batch in batched(self.messages(7), 3)], [3, 3, 1])
