"""What every provider must do, whatever it speaks. A test class of a provider inherits `ProviderContract` beside
Django's SimpleTestCase and says how its peer is reached.

The peer runs in a process of its own and journals what it accepted; the tests compare its journal with what the
provider told, and never ask the provider about itself.
"""

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from channels.models import Account
from channels.providers import provider_for
from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Addressed,
    Found,
    Provider,
    ProviderError,
    Result,
    Sought,
)

TEXT = "Анна, скидка 20 % на «сервис» & подарок + чай?\nВаш «Круг» 🙂"


class Stopped(Exception):
    """What a caller raises in `before` when it has lost its lease."""


class Sent:
    """One `send`, and everything that it told."""

    def __init__(self, provider: Provider, messages: Sequence[Addressed], stop_at: int | None = None) -> None:
        self.provider, self.messages, self.stop_at = provider, messages, stop_at
        self.before: list[int] = []
        self.results: dict[int, Result] = {}
        self.threads: set[int] = set()
        self.told_twice: list[int] = []
        self.error: ProviderError | None = None

    def run(self) -> "Sent":
        try:
            with self.provider as provider:
                provider.send(self._messages(), self._before, self._after)
        except ProviderError as error:
            self.error = error
        return self

    def _messages(self) -> Iterator[Addressed]:
        for message in self.messages:
            self.threads.add(threading.get_ident())
            yield message

    def _before(self, number: int) -> None:
        self.threads.add(threading.get_ident())
        if number == self.stop_at:
            raise Stopped
        self.before.append(number)

    def _after(self, number: int, result: Result) -> None:
        self.threads.add(threading.get_ident())
        if number in self.results:
            self.told_twice.append(number)
        self.results[number] = result

    @property
    def kinds(self) -> list[str]:
        return [self.results[message.id].kind if message.id in self.results else "" for message in self.messages]


class ProviderContract:
    """To be said by a provider's class:

    `account()`, `stranger()` (wrong credentials; None: the provider has none) and `nowhere()` (nobody listens);
    `address(n, ends)`: the nth address, at which the peer behaves as `ends` says ("" is well);
    `refused`, `later`: `ends` the provider refuses for good, or for now ("" is none);
    `silent`: `ends` of which the peer accepts the message and gives no answer that can be read;
    `journal`: the peer's file of JSON lines with "key", "to", "text"; `body(text)`; `secrets`.
    """

    refused = ""
    later = ""
    slow = ""
    silent: Sequence[str] = ()
    secrets: Sequence[str] = ()
    text = TEXT
    journal: Path

    def account(self) -> Account:
        raise NotImplementedError

    def stranger(self) -> Account | None:
        raise NotImplementedError

    def nowhere(self) -> Account:
        raise NotImplementedError

    def address(self, number: int, ends: str = "") -> str:
        raise NotImplementedError

    def body(self, text: str) -> bytes:
        return text.encode()

    def provider(self, account: Account | None = None) -> Provider:
        return provider_for(account or self.account())

    def message(self, number: int, ends: str = "") -> Addressed:
        return Addressed(number, self.address(number, ends), self.body(self.text))

    def send(self, *ends: str, account: Account | None = None, stop_at: int | None = None) -> Sent:
        """Send one message for each of `ends`, numbered from 1."""
        messages = [self.message(number, one) for number, one in enumerate(ends, 1)]
        return Sent(self.provider(account), messages, stop_at).run()

    def arrived(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()] if self.journal.exists() else []

    def addressees(self) -> list[str]:
        return sorted(line["to"].lstrip("+") for line in self.arrived())

    def setUp(self) -> None:
        super().setUp()
        self.journal.write_text("")

    def test_accepted_messages_arrive_once_under_the_key_that_was_told(self) -> None:
        sent = self.send("", "", "")
        self.assertEqual(sent.kinds, [ACCEPTED] * 3, sent.results)
        self.assertEqual(sent.before, [1, 2, 3])
        keys = {line["to"].lstrip("+"): line["key"] for line in self.arrived()}
        self.assertEqual(len(self.arrived()), 3)
        for message in sent.messages:
            self.assertEqual(sent.results[message.id].provider_key, keys[message.to.lstrip("+")])
        self.assertEqual({line["text"] for line in self.arrived()}, {self.text})

    def test_one_result_a_message_told_in_the_thread_that_asked(self) -> None:
        ends = ["", self.refused, "", self.later, *self.silent[:2], ""]
        sent = self.send(*ends)
        self.assertEqual(sorted(sent.results), list(range(1, len(ends) + 1)))
        self.assertEqual(sent.told_twice, [])
        self.assertEqual(sent.threads, {threading.get_ident()})

    def test_what_is_refused_for_good_is_not_tried_again_and_the_rest_goes_on(self) -> None:
        if not self.refused:
            self.skipTest("the peer refuses nothing")
        sent = self.send("", self.refused, "")
        self.assertEqual(sent.kinds, [ACCEPTED, REJECTED, ACCEPTED], sent.results)
        self.assertTrue(sent.results[2].permanent)
        self.assertTrue(sent.results[2].code)
        self.assertEqual(len(self.arrived()), 2)

    def test_what_is_refused_for_now_is_deferred(self) -> None:
        if not self.later:
            self.skipTest("the peer puts nothing off")
        sent = self.send("", self.later, "")
        self.assertEqual(sent.kinds, [ACCEPTED, DEFERRED, ACCEPTED], sent.results)
        self.assertFalse(sent.results[2].permanent)
        self.assertEqual(len(self.arrived()), 2)

    def test_no_answer_is_unknown_and_never_sent_twice(self) -> None:
        for ends in self.silent:
            with self.subTest(ends):
                self.journal.write_text("")
                sent = self.send("", ends, "")
                self.assertEqual(sent.kinds, [ACCEPTED, UNKNOWN, ACCEPTED], sent.results)
                self.assertEqual(len(self.arrived()), 3)
                self.assertEqual(len(set(self.addressees())), 3)

    def test_what_before_raises_stops_the_sending_and_nothing_of_that_message_leaves(self) -> None:
        with self.assertRaises(Stopped):
            self.send("", "", "", "", stop_at=3)
        told = [self.address(number).lstrip("+") for number in (1, 2)]
        self.assertLessEqual(set(self.addressees()), set(told))

    def test_what_is_in_flight_when_before_raises_is_still_told(self) -> None:
        sent = Sent(self.provider(), [self.message(number) for number in (1, 2, 3)], stop_at=3)
        with self.assertRaises(Stopped):
            sent.run()
        self.assertEqual(sorted(sent.results), [1, 2])
        accepted = [number for number, result in sent.results.items() if result.kind == ACCEPTED]
        self.assertEqual(self.addressees(), sorted(self.address(number).lstrip("+") for number in accepted))

    def test_answers_find_their_messages_in_whatever_order_they_come(self) -> None:
        if not self.slow:
            self.skipTest("the peer is never late")
        sent = self.send(*[self.slow if number % 3 == 0 else "" for number in range(12)])
        keys = {line["to"].lstrip("+"): line["key"] for line in self.arrived()}
        self.assertEqual(sent.kinds, [ACCEPTED] * 12)
        for message in sent.messages:
            self.assertEqual(sent.results[message.id].provider_key, keys[message.to.lstrip("+")])

    def test_an_address_that_is_none_is_refused_alone(self) -> None:
        good = self.message(1)
        sent = Sent(self.provider(), [good, Addressed(2, "не адрес", good.body), self.message(3)]).run()
        self.assertEqual(sent.kinds, [ACCEPTED, REJECTED, ACCEPTED], sent.results)
        self.assertEqual(len(self.arrived()), 2)

    def test_nobody_there_is_a_passing_fault_and_nothing_is_unknown(self) -> None:
        sent = self.send("", account=self.nowhere())
        self.assertLessEqual(set(sent.kinds), {DEFERRED, ""})
        self.assertEqual(sorted(sent.results), sent.before)
        self.assertFalse(sent.error and sent.error.permanent)
        with self.assertRaises(ProviderError) as caught:
            self.provider(self.nowhere()).check()
        self.assertFalse(caught.exception.permanent)

    def test_wrong_credentials_stop_the_account_and_lose_nothing(self) -> None:
        stranger = self.stranger()
        if stranger is None:
            self.skipTest("the provider has no credentials")
        sent = self.send("", "", "", account=stranger)
        self.assertTrue(sent.error and sent.error.permanent, sent.results)
        self.assertEqual({sent.results[number].kind for number in sent.before} - {DEFERRED}, set())
        self.assertEqual(self.arrived(), [])
        with self.assertRaises(ProviderError) as caught:
            self.provider(stranger).check()
        self.assertTrue(caught.exception.permanent)

    def test_check_says_that_the_account_works_and_sends_nothing(self) -> None:
        provider = self.provider()
        self.assertTrue(provider.check())
        provider.close()
        self.assertEqual(self.arrived(), [])

    def look_up(self, *sought: Sought, account: Account | None = None) -> dict[int, Found]:
        with self.provider(account) as provider:
            return {found.id: found for found in provider.lookup(one for one in sought if provider.can_seek(one))}

    def test_what_became_of_messages_is_told_to_whoever_asks(self) -> None:
        if not self.provider().capabilities.looks_up:
            self.skipTest("the provider is not asked")
        sent = self.send("", *self.silent[:1])
        sought = [Sought(one.id, one.to, sent.results[one.id].provider_key) for one in sent.messages]
        found = self.look_up(*sought, Sought(77, self.address(77)))
        for one in filter(self.provider().can_seek, sought):
            self.assertEqual((found[one.id].report.status, found[one.id].kind), ("delivered", ACCEPTED))
        self.assertIn(1, found)
        self.assertIsNone(found[77].report if 77 in found else None)
        self.assertEqual(self.look_up(Sought(1, "", ""), Sought(2, "не адрес", "не ключ")), {})

    def test_asking_fails_as_checking_does(self) -> None:
        if not self.provider().capabilities.looks_up:
            self.skipTest("the provider is not asked")
        for account, is_permanent in ((self.nowhere(), False), (self.stranger(), True)):
            with self.assertRaises(ProviderError) as caught:
                self.look_up(Sought(1, self.address(1), "1"), account=account)
            self.assertEqual(caught.exception.permanent, is_permanent)

    def test_no_secret_is_ever_repeated(self) -> None:
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger("contract").info("there is at least one line")
            sents = [self.send("", self.refused, *self.silent[:1])]
            sents += [self.send("", account=account) for account in (self.stranger(), self.nowhere()) if account]
            with self.provider() as provider:
                sentences = [provider.check()]
        told = [f"{result.code} {result.reply}" for sent in sents for result in sent.results.values()]
        told += [str(sent.error) for sent in sents] + logs.output + sentences
        for secret in self.secrets:
            self.assertNotIn(secret, "\n".join(told))
