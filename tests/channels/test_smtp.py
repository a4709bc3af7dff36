"""The SMTP provider against a mail server in another process, in lock-step and pipelined."""

import json
from typing import ClassVar

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError, Result
from channels.providers.inbox import InboxProvider
from channels.providers.smtp import SmtpProvider
from crmsite.embedded.ports import free_port
from tests.channels.contract import ProviderContract, Stopped
from tests.peers.process import scripted_mail_server

HEAD = b"Subject: x\r\n\r\n"
BODY = b"Subject: x\r\n\r\n.hidden dot\r\nlast line"


class PeerCase(SimpleTestCase):
    """A mail server started with `words`."""

    words: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.port, cls.journal = cls.enterClassContext(scripted_mail_server(*cls.words))

    def setUp(self) -> None:
        self.journal.write_text("")
        self.calls: list[tuple[str, int]] = []
        self.results: dict[int, Result] = {}

    def provider(self, **options: object) -> SmtpProvider:
        base = {"host": "127.0.0.1", "port": self.port, "security": "none", "timeout": 2}
        provider = provider_for(Account(provider="smtp", sender_address="news@krug.test", options=base | options))
        assert isinstance(provider, SmtpProvider)
        return provider

    def before(self, number: int) -> None:
        self.calls.append(("before", number))

    def after(self, number: int, result: Result) -> None:
        self.calls.append(("after", number))
        self.results[number] = result

    def send(self, *addresses: str, senders: dict[int, str] | None = None) -> list[Result]:
        """The results in the order of the addresses, each told exactly once."""
        with self.provider() as provider:
            messages = [Addressed(n, address, BODY, (senders or {}).get(n, "")) for n, address in enumerate(addresses)]
            provider.send(iter(messages), self.before, self.after)
        told = [number for what, number in self.calls if what == "after"]
        self.assertEqual(sorted(told), list(range(len(addresses))))
        return [self.results[number] for number in range(len(addresses))]

    def kinds(self, *addresses: str) -> list[str]:
        return [result.kind for result in self.send(*addresses)]

    def arrived(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def recipients(self) -> list[str]:
        return [letter["to"] for letter in self.arrived()]


class LockStepTest(PeerCase):
    def test_letters_arrive_whole_over_one_connection(self) -> None:
        self.assertEqual(self.kinds("anna@x.test", "boris@x.test"), [ACCEPTED, ACCEPTED])
        self.assertEqual(self.recipients(), ["anna@x.test", "boris@x.test"])
        self.assertEqual(self.arrived()[0]["body"].encode(), BODY + b"\r\n")
        self.assertEqual(self.arrived()[0]["from"], "news@krug.test")
        self.assertEqual(self.calls, [("before", 0), ("after", 0), ("before", 1), ("after", 1)])
        self.assertEqual(len({letter["connection"] for letter in self.arrived()}), 1)

    def test_refused_and_later_are_told_apart_and_the_rest_goes_on(self) -> None:
        results = self.send("r550@x.test", "r451@x.test", "b452@x.test", "b554@x.test", "bye@x.test", "anna@x.test")
        kinds = [result.kind for result in results]
        self.assertEqual(kinds, [REJECTED, DEFERRED, DEFERRED, REJECTED, DEFERRED, ACCEPTED])
        self.assertTrue(results[0].permanent)
        self.assertEqual([result.code for result in results], ["550", "451", "452", "554", "421", "250"])
        self.assertEqual(self.recipients(), ["b452@x.test", "b554@x.test", "anna@x.test"])

    def test_each_stage_refuses_its_own_message(self) -> None:
        addresses = ("a@x.test", "b@x.test", "r452@x.test", "c@x.test", "d451@x.test", "d@x.test", "b550@x.test")
        results = self.send(*addresses, "e@x.test", senders={1: "m450@krug.test", 3: "m554@krug.test"})
        codes = [result.code for result in results]
        self.assertEqual(codes, ["250", "450", "452", "554", "451", "250", "550", "250"])
        self.assertEqual(self.recipients(), ["a@x.test", "d@x.test", "b550@x.test", "e@x.test"])

    def test_a_refused_recipient_is_never_announced_as_sent(self) -> None:
        self.send("r550@x.test", "d554@x.test")
        self.assertEqual([number for what, number in self.calls if what == "before"], [])

    def test_a_lost_answer_is_unknown_and_the_next_goes_over_a_new_connection(self) -> None:
        kinds = self.kinds("drop@x.test", "hang@x.test", "anna@x.test", "drop@y.test")
        self.assertEqual(kinds, [UNKNOWN, UNKNOWN, ACCEPTED, UNKNOWN])
        self.assertEqual(self.recipients(), ["drop@x.test", "hang@x.test", "anna@x.test", "drop@y.test"])

    def test_a_connection_that_ends_with_an_envelope_defers_only_whom_it_ends_with_twice(self) -> None:
        self.assertEqual(self.kinds("anna@x.test", "cut@x.test", "boris@x.test"), [ACCEPTED, DEFERRED, ACCEPTED])
        self.assertEqual(self.results[1].code, "connection")

    def test_421_after_a_body_belongs_to_that_body(self) -> None:
        self.assertEqual(self.kinds("b421@x.test", "anna@x.test", "r421@x.test"), [DEFERRED, ACCEPTED, DEFERRED])
        self.assertEqual(self.recipients(), ["b421@x.test", "anna@x.test"])

    def test_before_that_raises_keeps_the_body_off_the_wire(self) -> None:
        def fenced(number: int) -> None:
            self.before(number)
            if number == 2:
                raise Stopped

        messages = [Addressed(number, f"a{number}@x.test", BODY) for number in range(1, 4)]
        with self.provider() as provider, self.assertRaises(Stopped):
            provider.send(messages, fenced, self.after)
        self.assertEqual(self.calls, [("before", 1), ("after", 1), ("before", 2)])
        self.assertEqual(self.recipients(), ["a1@x.test"])

    def test_a_caller_that_fails_while_it_makes_a_message_leaves_nothing_behind(self) -> None:
        def messages():  # noqa: ANN202
            yield Addressed(1, "a1@x.test", BODY)
            raise Stopped

        with self.provider() as provider:
            with self.assertRaises(Stopped):
                provider.send(messages(), self.before, self.after)
            told = [number for what, number in self.calls if what == "after"]
            self.assertEqual(self.recipients(), ["a1@x.test"] * len(told))
            provider.send([Addressed(2, "a2@x.test", BODY)], self.before, self.after)
        self.assertEqual(self.results[2].kind, ACCEPTED)

    def test_an_address_that_cannot_be_sent_is_refused_alone(self) -> None:
        bad = ["анна@x.test", "a@b.test>\r\nRCPT TO:<all@x.test", "no host@x.test", "nobody"]
        self.assertEqual(self.kinds(*bad, "boris@x.test", "anna@почта.рф"), [REJECTED] * 4 + [ACCEPTED] * 2)
        self.assertEqual(self.recipients(), ["boris@x.test", "anna@xn--80a1acny.xn--p1ai"])

    def test_what_a_refusal_asks_for(self) -> None:
        gone, unnamed, policy = self.send("r550-5.1.1@x.test", "r550@x.test", "b554-5.7.1@x.test")
        self.assertEqual((gone.code, gone.action), ("550 5.1.1", Action.MARK_CONTACT))
        self.assertEqual((unnamed.code, unnamed.action), ("550", Action.NONE))
        self.assertEqual((policy.code, policy.action), ("554 5.7.1", Action.NONE))

    def test_a_server_that_wants_a_log_in_refuses_nobody(self) -> None:
        messages = [
            Addressed(number, address, BODY) for number, address in enumerate(["a@x.test", "r530-5.7.0@x.test"])
        ]
        with self.provider() as provider, self.assertRaises(ProviderError) as caught:
            provider.send(messages, self.before, self.after)
        self.assertTrue(caught.exception.permanent)
        self.assertEqual(self.calls, [("before", 0), ("after", 0)])

    def test_each_letter_has_a_return_path_of_its_own(self) -> None:
        body = b"From: a@x.test\r\nMessage-ID: <krug.7.AbC_-9@krug.test>\r\n\r\nMessage-ID: <other@x.test>"
        with self.provider(return_path="bounce@mail.krug.test") as provider:
            messages = [Addressed(1, "a@x.test", body), Addressed(2, "b@x.test", BODY)]
            provider.send(messages, self.before, self.after)
        senders = [letter["from"] for letter in self.arrived()]
        self.assertEqual(senders, ["bounce+krug.7.AbC_-9@mail.krug.test", "bounce@mail.krug.test"])

    def test_check_says_that_the_server_answers(self) -> None:
        self.assertIn(str(self.port), self.provider().check())

    def test_nobody_there_is_a_passing_fault(self) -> None:
        for place in ({"port": free_port()}, {"host": "mail..krug.test"}):
            with self.assertRaises(ProviderError) as caught:
                self.provider(**place).check()
            self.assertFalse(caught.exception.permanent)


class PipelinedTest(LockStepTest):
    """All of the above, where two messages share a write; and what is only so here."""

    words = ("--pipelining",)

    def test_the_next_envelope_leaves_with_the_body(self) -> None:
        """The message behind is fetched before the body leaves, and told only after the answer to it."""

        def messages():  # noqa: ANN202
            for number in range(3):
                self.calls.append(("made", number))
                yield Addressed(number, f"a{number}@x.test", BODY)

        with self.provider() as provider:
            provider.send(messages(), self.before, self.after)
        first = [("made", 0), ("made", 1), ("before", 0), ("after", 0), ("made", 2), ("before", 1), ("after", 1)]
        self.assertEqual(self.calls, [*first, ("before", 2), ("after", 2)])

    def test_a_letter_that_nobody_answers_does_not_drag_the_next_one_along(self) -> None:
        kinds = self.kinds(*(f"{name}@x.test" for name in ("a", "drop", "b", "c", "hang", "r550", "b421", "d")))
        self.assertEqual(kinds, [ACCEPTED, UNKNOWN, ACCEPTED, ACCEPTED, UNKNOWN, REJECTED, DEFERRED, ACCEPTED])
        self.assertEqual(len(self.recipients()), len(set(self.recipients())))


class EagerServerTest(PeerCase):
    """354 although the recipient was refused (RFC 2920 3.1): an empty letter ends it, and nothing is taken."""

    words = ("--pipelining", "--eager")

    def test_nobody_gets_a_letter_meant_for_another(self) -> None:
        self.assertEqual(
            self.kinds("r550@x.test", "a@x.test", "r450@x.test", "b@x.test"), [REJECTED, ACCEPTED, DEFERRED, ACCEPTED]
        )
        self.assertEqual(self.recipients(), ["a@x.test", "b@x.test"])
        self.assertEqual(len({letter["connection"] for letter in self.arrived()}), 1)


class LimitedServerTest(PeerCase):
    """A server that takes two letters a connection: nobody is deferred for it."""

    words = ("--pipelining", "--limit", "2")

    def test_the_third_goes_over_a_new_connection(self) -> None:
        self.assertEqual(self.kinds(*(f"a{number}@x.test" for number in range(5))), [ACCEPTED] * 5)
        connections = [letter["connection"] for letter in self.arrived()]
        self.assertEqual([connections.count(number) for number in dict.fromkeys(connections)], [2, 2, 1])


class OptionsTest(SimpleTestCase):
    def test_what_does_not_fit_together_is_said(self) -> None:
        def faults(**options: object) -> list[str]:
            return list(SmtpProvider.faults(options))

        self.assertEqual(faults(return_path="bounce@mail.krug.test", dkim_domain="krug.test", dkim_selector="s"), [])
        self.assertEqual(faults(return_path="bounce"), ["return_path"])
        self.assertEqual(faults(return_path="bounce+1@krug.test"), ["return_path"])
        self.assertEqual(faults(dkim_domain="krug.test"), ["dkim_selector"])
        self.assertEqual(faults(dkim_selector="s"), ["dkim_domain"])
        self.assertEqual(faults(port=0, timeout=-1, imap_port=65536), ["port", "timeout", "imap_port"])
        self.assertEqual(list(InboxProvider.faults({"timeout": 0})), ["timeout"])

    def test_the_inbox_is_a_server_that_asks_for_nothing(self) -> None:
        inbox = provider_for(Account(provider="inbox", options={"timeout": 3}))
        assert isinstance(inbox, SmtpProvider)
        self.assertEqual((inbox.option("timeout"), inbox.option("security")), (3, "none"))
        self.assertEqual((inbox.option("username"), inbox.option("return_path"), inbox.mailbox()), ("", "", None))
        with self.assertRaises(KeyError):
            inbox.option("nothing")


class SmtpContractTest(ProviderContract, PeerCase):
    """A letter is known by the Message-ID that it carries: the server's answer gives no key."""

    refused, later, silent = "r550", "r451", ("drop", "hang")

    def account(self, **options: object) -> Account:
        base = {"host": "127.0.0.1", "port": self.port, "security": "none", "timeout": 2}
        return Account(provider="smtp", sender_address="news@krug.test", options=base | options)

    def stranger(self) -> None:
        return None

    def nowhere(self) -> Account:
        return self.account(port=1)

    def address(self, number: int, ends: str = "") -> str:
        return f"{ends or 'anna'}@x{number}.test"

    def body(self, text: str) -> bytes:
        return HEAD + text.replace("\n", "\r\n").encode()

    def arrived(self) -> list[dict[str, str]]:
        letters = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [{"to": one["to"], "key": "", "text": _text_of(one["body"])} for one in letters]

    # Those of the contract, in place of the ones that the other classes of this file have.
    provider, send = ProviderContract.provider, ProviderContract.send

    def setUp(self) -> None:
        self.journal.write_text("")


class PipelinedContractTest(SmtpContractTest):
    words = ("--pipelining",)


def _text_of(body: str) -> str:
    return body.encode("latin-1")[len(HEAD) :].decode().removesuffix("\r\n").replace("\r\n", "\n")
