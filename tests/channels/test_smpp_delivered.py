"""What a deliver_sm says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import sms_text
from channels.providers.base import Incoming, Report
from channels.providers.smpp_delivered import (
    GSM,
    HEX_ANSWERS,
    HEX_RECEIPTS,
    LATIN1,
    PATIENCE,
    SAME,
    Reader,
    key_of,
    text_in,
)
from channels.providers.smpp_pdu import Delivery
from channels.statuses import RANKS

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECEIPT = "id:{id} sub:001 dlvrd:001 submit date:2503011015 done date:{done} stat:{stat} err:{err} text:Zdrav"


def delivery(body: bytes = b"", *, esm_class: int = 0, coding: int = 0, **fields: object) -> Delivery:
    return Delivery(1, str(fields.pop("source", "79990000001")), "Krug", esm_class, coding, body, **fields)


class ReaderTestCase(SimpleTestCase):
    def setUp(self) -> None:
        self.now = NOON
        self.reader = Reader(ZoneInfo("Europe/Moscow"), clock=lambda: self.now)

    def report(self, text: str = "", *, esm_class: int = 4, **tlvs: bytes) -> Report | None:
        tags = {"id": 0x001E, "state": 0x0427}
        found = self.reader.read(
            delivery(text.encode(), esm_class=esm_class, tlvs={tags[name]: value for name, value in tlvs.items()})
        )
        self.assertEqual(found.incoming, ())
        return found.reports[0] if found.reports else None

    def incoming(self, body: bytes, **fields: object) -> Incoming | None:
        found = self.reader.read(delivery(body, **fields)).incoming
        return found[0] if found else None


class ReceiptTest(ReaderTestCase):
    def test_the_words_of_the_specification(self) -> None:
        for stat, status in (
            ("ENROUTE", "queued"), ("ACCEPTD", "sent"), ("DELIVRD", "delivered"), ("EXPIRED", "expired"),
            ("DELETED", "failed"), ("UNDELIV", "failed"), ("REJECTD", "failed"),
            ("delivrd", "delivered"), ("DELIVERED", "delivered"), ("UNDELIVERABLE", "failed"),
        ):  # fmt: skip
            with self.subTest(stat):
                report = self.report(RECEIPT.format(id="a-1_b", done="2503011016", stat=stat, err="000"))
                self.assertEqual((report.provider_key, report.status), ("a-1_b", status))
                self.assertIn(report.status, RANKS)

    def test_words_that_say_nothing_are_no_report(self) -> None:
        for stat in ("UNKNOWN", "SKIPPED", ""):
            self.assertIsNone(self.report(RECEIPT.format(id="1", done="2503011016", stat=stat, err="000")))
        self.assertIsNone(self.report("stat:DELIVRD"))
        self.assertIsNone(self.report(""))

    def test_parameters_go_before_the_text(self) -> None:
        text = RECEIPT.format(id="cut", done="2503011016", stat="ENROUTE", err="000")
        report = self.report(text, id=b"whole\0", state=b"\x05")
        self.assertEqual((report.provider_key, report.status), ("whole", "failed"))
        self.assertEqual(self.report(id=b"7", state=b"\x02").status, "delivered")
        self.assertIsNone(self.report(id=b"7\0", state=b"\x07"))

    def test_times_are_of_the_centres_zone(self) -> None:
        for done, expected in (
            ("2503011016", datetime(2025, 3, 1, 7, 16, tzinfo=UTC)),
            ("250301101659", datetime(2025, 3, 1, 7, 16, 59, tzinfo=UTC)),
            ("9999999999", NOON),
            ("soon", NOON),
        ):
            self.assertEqual(
                self.report(RECEIPT.format(id="1", done=done, stat="DELIVRD", err="0")).happened_at, expected
            )

    def test_the_reason_names_the_operators_code(self) -> None:
        self.assertEqual(
            self.report(RECEIPT.format(id="1", done="", stat="UNDELIV", err="0x1B")).reason, "UNDELIV 0x1B"
        )

    def test_notifications_on_the_way_count_and_handsets_do_not(self) -> None:
        text = RECEIPT.format(id="1", done="2503011016", stat="ENROUTE", err="000")
        self.assertEqual(self.report(text, esm_class=0x20).status, "queued")
        self.assertIsNone(self.report(text, esm_class=0x08))

    def test_ids_in_two_spellings_meet(self) -> None:
        for form, answer, receipt in (
            (HEX_ANSWERS, "1A2B", "6699"),
            (HEX_ANSWERS, "001a2b", "06699"),
            (HEX_RECEIPTS, "6699", "1a2b"),
        ):
            self.assertEqual(key_of(answer, form, receipt=False), key_of(receipt, form, receipt=True), form)
        self.assertEqual(key_of("0A", SAME, receipt=True), "0A")
        self.assertEqual(key_of("a-b", HEX_ANSWERS, receipt=False), "a-b")


class IncomingTest(ReaderTestCase):
    def segment(self, number: int, body: bytes, *, total: int = 2, **fields: object) -> Incoming | None:
        return self.incoming(bytes([5, 0, 3, 77, total, number]) + body, esm_class=0x40, coding=8, **fields)

    def test_alphabets(self) -> None:
        for coding, body, text in (
            (0, b"\x00 \x1be", "@ €"), (1, b"stop", "stop"), (3, b"\xe9", "é"), (6, "СТОП".encode("iso8859_5"), "СТОП"),
            (8, "СТОП 🚗".encode("utf-16-be"), "СТОП 🚗"), (8, b"\x04", "\ufffd"), (0x10, b"\x00", "@"),
            (0x18, "СТОП".encode("utf-16-be"), "СТОП"), (0xF1, b"stop", "stop"), (2, b"\x01", "\x01"),
        ):  # fmt: skip
            with self.subTest(coding=coding):
                self.assertEqual(text_in(coding, body), text)

    def test_the_centre_s_own_alphabet_is_that_of_gsm_unless_it_says_otherwise(self) -> None:
        words = "anna_k@mail.ru, 5$"
        as_gsm = b"".join(sms_text.split(words))
        self.assertNotEqual(as_gsm, words.encode())
        self.assertEqual(self.incoming(as_gsm).text, words)
        self.reader.alphabet = LATIN1
        self.assertEqual(self.incoming("anna_k@mail.ru, 5$ é".encode("latin-1")).text, "anna_k@mail.ru, 5$ é")
        self.assertIsNone(self.incoming(b"\x05\x00\x03\x4d\x02\x01a_", esm_class=0x40))
        self.assertEqual(self.incoming(b"\x05\x00\x03\x4d\x02\x02$b", esm_class=0x40).text, "a_$b")
        self.assertEqual(text_in(0xF1, b"\x11\x00", LATIN1), "_@")  # a message class leaves no choice
        self.assertEqual(text_in(8, "да".encode("utf-16-be"), LATIN1), "да")

    def test_a_receipt_s_fields_are_ascii_and_its_text_is_in_the_alphabet(self) -> None:
        fields = b"id:a_1 stat:DELIVRD err:000 text:"
        for alphabet, body in ((GSM, fields + b"\x11\x00"), (LATIN1, fields + b"_@")):
            self.reader.alphabet = alphabet
            report = self.reader.read(delivery(body, esm_class=4)).reports[0]
            self.assertEqual((report.provider_key, report.status), ("a_1", "delivered"))
            self.assertTrue(report.raw["text"].endswith("text:_@"))

    @settings(max_examples=100)
    @given(st.text(st.sampled_from(sorted(sms_text.SEPTETS)), min_size=1, max_size=150))
    def test_septets_come_back(self, text: str) -> None:
        self.assertEqual("".join(map(sms_text.read_gsm, sms_text.split(text))), text)

    @settings(max_examples=100)
    @given(st.binary(max_size=60), st.integers(0, 255), st.integers(0, 255))
    def test_nothing_that_comes_is_too_strange(self, body: bytes, coding: int, esm_class: int) -> None:
        Reader(ZoneInfo("UTC")).read(delivery(body, coding=coding, esm_class=esm_class))

    def test_segments_in_any_order_and_twice(self) -> None:
        long = "Приеду в субботу 🚗".encode("utf-16-be")
        self.assertIsNone(self.segment(2, long[35:]))  # a pair of surrogates is torn
        self.assertIsNone(self.segment(2, long[35:]))
        self.assertEqual(self.segment(1, long[:35]).text, "Приеду в субботу 🚗")

    def test_two_people_with_one_reference(self) -> None:
        self.segment(1, "да".encode("utf-16-be"))
        self.assertIsNone(self.segment(2, "нет".encode("utf-16-be"), source="79990000002"))

    def test_references_of_two_octets_and_the_sar_parameters(self) -> None:
        self.assertIsNone(self.incoming(b"\x06\x08\x04\x01\x02\x02\x01st", esm_class=0x40))
        self.assertEqual(self.incoming(b"\x06\x08\x04\x01\x02\x02\x02op", esm_class=0x40).text, "stop")
        sar = {0x020C: b"\x00\x09", 0x020E: b"\x02"}
        self.assertIsNone(self.incoming(b"st", tlvs=sar | {0x020F: b"\x01"}))
        self.assertEqual(self.incoming(b"op", tlvs=sar | {0x020F: b"\x02"}).text, "stop")

    def test_headers_that_say_nothing_of_segments(self) -> None:
        self.assertEqual(self.incoming(b"\x04\x05\x02\x0b\x84stop", esm_class=0x40).text, "stop")  # ports
        self.assertEqual(self.incoming(b"\x05\x00\x03\x4d\x02\x03stop", esm_class=0x40).text, "stop")  # third of two
        self.assertEqual(self.incoming(b"\x05\x00", esm_class=0x40).text, text_in(0, b"\x05\x00"))  # it breaks off

    def test_what_does_not_come_is_not_waited_for_for_ever(self) -> None:
        self.segment(2, "стоп".encode("utf-16-be"), total=3)
        self.now += PATIENCE
        self.assertEqual(self.reader.overdue().incoming, [])
        self.now += timedelta(seconds=1)
        message = self.reader.overdue().incoming[0]
        self.assertEqual((message.text, message.raw["missing"], message.happened_at), ("… стоп …", 2, NOON))
        self.assertEqual(self.reader.overdue().incoming, [])

    def test_a_message_that_is_brought_again_bears_the_same_key(self) -> None:
        first = self.incoming(b"stop")
        self.now += timedelta(seconds=20)
        self.assertEqual(self.incoming(b"stop").provider_key, first.provider_key)
        self.now += timedelta(hours=1)
        self.assertNotEqual(self.incoming(b"stop").provider_key, first.provider_key)
        self.assertNotEqual(self.incoming(b"stop", source="79990000002").provider_key, first.provider_key)
