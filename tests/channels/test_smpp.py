"""The SMPP provider against a message centre in another process."""

import json
import re
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django.test import SimpleTestCase

from channels import sms_text
from channels.models import Account
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError, Result
from channels.sealing import seal
from tests.channels.contract import ProviderContract, Sent
from tests.peers import smpp_node, smpp_perl
from tests.peers.process import peer

PASSWORD = "secret"
LONG = "Уважаемая Анна Сергеевна, ваш автомобиль готов. " * 4  # 192 characters: 3 segments
FAST: dict[str, object] = {"connect_timeout": 20, "answer_timeout": 2, "throttle_pause": 0.2}


def account(port: int, *, secret: str = PASSWORD, per_second: int = 1000, **options: object) -> Account:
    base = {"host": "127.0.0.1", "port": port, "system_id": "krug"}
    return Account(
        provider="smpp", channel="sms", name="smpp", sender_name="Krug", secret=seal(secret), cost=Decimal("4.5"),
        per_second=per_second, options=base | FAST | options,
    )  # fmt: skip


class SmppTestCase(SimpleTestCase):
    """`flags`: of the centre's command line."""

    flags: ClassVar[tuple[str, ...]] = ()
    port: int
    journal: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.journal = Path(folder.name) / "journal"
        cls.port = cls.enterClassContext(peer("smpp_server", str(cls.journal), *cls.flags))

    def setUp(self) -> None:
        super().setUp()
        self.journal.write_text("")
        Path(f"{self.journal}.events").write_text("")

    def taken(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def events(self, name: str) -> list[Any]:
        lines = map(json.loads, Path(f"{self.journal}.events").read_text().splitlines())
        return [line[name] for line in lines if name in line]

    def send(self, *to: str, text: str = "Привет", **options: object) -> Sent:
        messages = [Addressed(number, one, text.encode()) for number, one in enumerate(to, 1)]
        return Sent(provider_for(account(self.port, **options)), messages).run()


class ContractTest(ProviderContract, SmppTestCase):
    refused = "79980011"  # RINVDSTADR
    later = "79980008"  # RSYSERR
    slow = "7991"
    silent = ("7997",)
    secrets = (PASSWORD, "wrong-5")
    flags = ("--late", "0.2")

    def account(self) -> Account:
        return account(self.port)

    def stranger(self) -> Account:
        return account(self.port, secret="wrong-5")

    def nowhere(self) -> Account:
        return account(1)

    def address(self, number: int, ends: str = "") -> str:
        begins = ends or "7900"
        return f"+{begins}{number:0{11 - len(begins)}}"


class WireTest(SmppTestCase):
    def test_what_goes_onto_the_wire(self) -> None:
        self.send("+79990000001", validity_hours=50, system_type="ad", service_type="CMT")
        line = self.taken()[0]
        self.assertEqual((line["from"], line["from_ton"], line["from_npi"]), ("Krug", 5, 0))
        self.assertEqual((line["to"], line["to_ton"], line["to_npi"]), ("79990000001", 1, 1))
        self.assertEqual((line["coding"], line["esm_class"], line["registered"]), (8, 0, 1))
        self.assertEqual((line["validity"], line["service"]), ("000002020000000R", "CMT"))

    def test_a_latin_text_goes_as_septets(self) -> None:
        self.send("79990000001", text="20% {off}")
        line = self.taken()[0]
        self.assertEqual(line["coding"], 0)
        self.assertEqual(sms_text.read_gsm(bytes.fromhex(line["hex"])), "20% {off}")

    def test_a_long_text_is_one_message_of_ours(self) -> None:
        sent = self.send("79990000001", "79990000002", text=LONG)
        self.assertEqual(sent.kinds, [ACCEPTED, ACCEPTED])
        mine = [line for line in self.taken() if line["to"] == "79990000001"]
        bodies = [bytes.fromhex(line["hex"]) for line in mine]
        self.assertEqual([body[:6] for body in bodies], [bytes([5, 0, 3, 1, 3, number]) for number in (1, 2, 3)])
        self.assertEqual(b"".join(body[6:] for body in bodies).decode("utf-16-be"), LONG)
        self.assertEqual({line["esm_class"] for line in mine}, {0x40})
        self.assertEqual([line["registered"] for line in mine], [1, 0, 0])
        self.assertEqual(sent.results[1].provider_key, mine[0]["key"])

    def test_a_refused_first_segment_leaves_nothing_on_the_wire(self) -> None:
        sent = self.send("79980011001", text=LONG)
        self.assertEqual(sent.kinds, [REJECTED])
        self.assertEqual(self.taken(), [])

    def test_a_later_segment_that_is_throttled_is_tried_again(self) -> None:
        sent = self.send("79940000001", text=LONG)
        self.assertEqual(sent.kinds, [ACCEPTED])
        self.assertEqual(sorted(line["hex"][10:12] for line in self.taken()), ["01", "02", "03"])

    def test_a_torn_message_is_unknown_and_bears_no_key(self) -> None:
        sent = self.send("79930000001", "79990000001", text=LONG)
        self.assertEqual(sent.kinds, [UNKNOWN, ACCEPTED])
        self.assertEqual((sent.results[1].code, sent.results[1].provider_key), ("torn", ""))

    def test_what_cannot_be_sent_is_refused_alone_and_never_announced(self) -> None:
        messages = [
            Addressed(1, "+7 999", "а".encode()), Addressed(2, "79990000002", b""), Addressed(3, "79990000003", b"\xff"),
            Addressed(4, "79990000004", ("я" * 67 * 256).encode()), Addressed(5, "79990000005", "я".encode()),
        ]  # fmt: skip
        sent = Sent(provider_for(account(self.port)), messages).run()
        self.assertEqual(sent.kinds, [REJECTED] * 4 + [ACCEPTED])
        self.assertEqual([sent.results[n].code for n in range(1, 5)], ["phone", "empty", "not_utf8", "too_long"])
        self.assertEqual(sent.before, [5])

    def test_a_lost_connection_costs_what_was_in_flight_and_no_more(self) -> None:
        sent = self.send("79990000001", "79960000001", "79990000002", window=1)
        self.assertEqual(sent.kinds, [ACCEPTED, UNKNOWN, ACCEPTED])
        self.assertEqual(sent.results[2].code, "connection")
        self.assertEqual(len(self.events("bound")), 2)
        self.assertEqual(len(self.taken()), 3)

    def test_an_answer_that_breaks_the_protocol_is_no_answer(self) -> None:
        sent = self.send("79920000001", "79990000002", window=1)
        self.assertEqual(sent.kinds, [UNKNOWN, ACCEPTED])

    def test_an_answer_that_comes_too_late_changes_nothing(self) -> None:
        sent = self.send("79910000001", "79990000002", "79910000003", answer_timeout=0.8)
        self.assertEqual(sent.kinds, [UNKNOWN, ACCEPTED, UNKNOWN])
        self.assertEqual(sent.told_twice, [])

    def test_a_fault_of_the_settings_stops_the_account_and_loses_nobody(self) -> None:
        sent = self.send("79980010001", "79980010002", "79990000001", window=1)
        self.assertTrue(sent.error.permanent)
        self.assertIn("0x0A", str(sent.error))
        self.assertEqual(sent.results[1].kind, DEFERRED)
        self.assertEqual(sent.results[1].action, Action.STOP_ACCOUNT)
        self.assertEqual(sent.before, [1])

    def test_the_operators_own_codes(self) -> None:
        sent = self.send("79981025001", "79981026001", errors=["0x0401 opt_out"])
        self.assertEqual(sent.results[1].action, Action.OPT_OUT)
        self.assertEqual((sent.results[2].kind, sent.results[2].action), (REJECTED, Action.NONE))
        self.assertFalse(sent.results[2].permanent)

    def test_one_provider_sends_again_and_again_over_one_session(self) -> None:
        told: dict[int, Result] = {}
        with provider_for(account(self.port)) as provider:
            for number in range(3):
                provider.send([Addressed(number, "79990000001", b"x")], lambda n: None, told.__setitem__)
        self.assertEqual([r.kind for r in told.values()], [ACCEPTED] * 3)
        self.assertEqual(self.events("bound"), ["transceiver"])

    def test_who_sends_need_not_open(self) -> None:
        told: dict[int, Result] = {}
        provider = provider_for(account(self.port))
        provider.send([Addressed(1, "79990000001", b"x")], lambda n: None, told.__setitem__)
        provider.close()
        self.assertEqual(told[1].kind, ACCEPTED)

    def test_a_session_that_died_between_two_sendings_is_renewed(self) -> None:
        told: dict[int, Result] = {}
        with provider_for(account(self.port)) as provider:
            provider.send([Addressed(1, "79960000001", b"x")], lambda n: None, told.__setitem__)
            provider.send([Addressed(2, "79990000001", b"x")], lambda n: None, told.__setitem__)
        self.assertEqual([r.kind for r in told.values()], [UNKNOWN, ACCEPTED])

    def test_a_pair_of_sessions(self) -> None:
        self.send("79990000001", bind="pair")
        self.assertEqual(self.events("bound"), ["transmitter"])

    def test_the_cost_is_by_segments(self) -> None:
        self.assertEqual(provider_for(account(1)).cost(Addressed(1, "79990000001", LONG.encode())), Decimal("13.5"))

    def test_senders_and_passwords_that_cannot_be_are_said_before_anything_is_sent(self) -> None:
        cyrillic = account(self.port)
        cyrillic.sender_name = "Автосалон"
        for wrong, words in ((cyrillic, "Автосалон"), (account(self.port, secret="much-too-long"), "8")):
            with self.subTest(words), self.assertRaises(ProviderError) as caught:
                provider_for(wrong).check()
            self.assertTrue(caught.exception.permanent)
            self.assertIn(words, str(caught.exception))
        self.assertEqual(self.events("bound"), [])


class ShuffledTest(SmppTestCase):
    flags = ("--shuffle", "--latency", "0.02")

    def test_answers_find_their_messages_and_the_window_is_kept(self) -> None:
        to = [f"7900{number:07}" if number % 3 else f"79980011{number:03}" for number in range(60)]
        sent = self.send(*to, window=20)
        self.assertEqual(sent.kinds, [ACCEPTED if number % 3 else REJECTED for number in range(60)])
        keys = {line["to"]: line["key"] for line in self.taken()}
        for message in sent.messages:
            self.assertEqual(sent.results[message.id].provider_key, keys.get(message.to, ""))
        self.assertLessEqual(max(line["flying"] for line in self.taken()), 20)


class PaceTest(SmppTestCase):
    def test_segments_of_long_texts_keep_the_accounts_limit(self) -> None:
        begun = time.monotonic()
        sent = self.send(*[f"7900{number:07}" for number in range(30)], text=LONG, per_second=60, window=100)
        self.assertEqual(sent.kinds, [ACCEPTED] * 30)
        times = [line["at"] - begun for line in self.taken()]
        self.assertEqual(len(times), 90)
        # Measured from the start: a busy machine makes submits arrive late and in bunches, never before
        # their slots (three of slack: a slot may be taken a fiftieth of a second early).
        early = [number for number, at in enumerate(times) if at < (number - 3) / 60]
        self.assertEqual(early, [])


class ThrottledTest(SmppTestCase):
    """The centre counts, and throttles, what is more than 60 submits in any second."""

    flags = ("--limit", "60")

    def test_throttled_messages_are_put_off_and_we_slow_down(self) -> None:
        def messages() -> Iterator[Addressed]:
            for number in range(100):
                yield Addressed(number, f"7900{number:07}", b"x")

        sent = Sent(provider_for(account(self.port, per_second=500, window=5)), list(messages())).run()
        kinds = [result.kind for result in sent.results.values()]
        self.assertEqual(set(kinds), {ACCEPTED, DEFERRED})
        self.assertEqual(len(self.taken()), kinds.count(ACCEPTED))
        self.assertLess(kinds.count(DEFERRED), 25)  # unslowed it would be forty


class PerlTest(SimpleTestCase):
    """Against a centre that nobody here wrote."""

    def test_short_and_long_messages_over_one_session(self) -> None:
        with tempfile.TemporaryDirectory() as folder, smpp_perl.centre(Path(folder)) as (port, log):
            messages = [Addressed(number, f"7999000{number:04}", text.encode()) for number, text in enumerate(
                ["Привет", "Hello [world]", LONG, "x" * 400] * 25, 1
            )]  # fmt: skip
            sent = Sent(provider_for(account(port, window=50)), messages).run()
            self.assertEqual(sent.kinds, [ACCEPTED] * 100)
            self.assertEqual({result.provider_key for result in sent.results.values()}, {smpp_perl.MESSAGE_ID})
            self.assertEqual(log.read_text("latin-1").count(":submit_sm\n"), 25 * (1 + 1 + 3 + 3))
            self.assertIn("unbind", log.read_text("latin-1"))

    def test_it_reads_what_we_wrote(self) -> None:
        with tempfile.TemporaryDirectory() as folder, smpp_perl.centre(Path(folder)) as (port, log):
            provider = provider_for(account(port, bind="pair", source_npi=3, service_type="CMT"))
            Sent(provider, [Addressed(1, "+79990000001", b"Hello [world]")]).run()
            blocks = log.read_text("latin-1").split("$VAR1")  # its fields come in any order
        submit = next(block for block in blocks if "'short_message'" in block)
        read = dict(re.findall(r"'(\w+)' => '?(.*?)'?,?\n", submit))
        expected = {"source_addr": "Krug", "source_addr_ton": "5", "source_addr_npi": "3", "service_type": "CMT",
                    "destination_addr": "79990000001", "dest_addr_ton": "1", "data_coding": "0"}  # fmt: skip
        self.assertEqual({name: read.get(name) for name in expected}, expected, read)
        self.assertIn("Hello", read["short_message"])


class NodeTest(SimpleTestCase):
    """Against another centre that nobody here wrote; receipts and replies of its are in `test_listening`."""

    def test_texts_parts_and_throttling(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            journal = Path(folder) / "journal"
            with smpp_node.centre(journal) as port:
                texts = ["Привет, «Круг» 🙂", "Hello [world] €", LONG, "x" * 400]
                messages = [
                    Addressed(number, f"7999000{number:04}", text.encode()) for number, text in enumerate(texts, 1)
                ]
                messages.append(Addressed(9, "79990000058", b"later"))
                sent = Sent(provider_for(account(port, bind="pair", window=10)), messages).run()
                taken = smpp_node.taken(journal)
                stranger = Sent(provider_for(account(port, secret="wrong")), messages[:1]).run()
        self.assertEqual(sent.kinds, [ACCEPTED] * 4 + [DEFERRED])
        self.assertTrue(stranger.error and stranger.error.permanent)
        for message, text in zip(messages, texts, strict=False):
            parts = [line for line in taken if line["to"] == message.to]
            parts.sort(key=lambda line: line["parts"][-1:])
            self.assertEqual("".join(line["text"] for line in parts), text)
            self.assertIn(sent.results[message.id].provider_key, {line["id"] for line in parts})
        self.assertEqual(len(taken), 1 + 1 + 3 + 3)
