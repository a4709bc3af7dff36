"""What is heard is stored once, whatever is in it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, connections
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from channels import reporting
from channels.models import DeliveryReport, IncomingMessage, WebhookEvent
from channels.providers.base import Incoming, Report, Told
from channels.signals import message_received
from tests.channels.news import heard
from tests.peers.signed import make_account

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def report(key: str = "k1", status: str = "delivered", at: datetime = NOON, **fields: Any) -> Report:
    return Report(key, status, at, **fields)


class TakeTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account()

    def test_reports_differ_by_key_status_and_time(self) -> None:
        told = Told([report(), report("k2"), report(status="opened"), report(at=NOON + timedelta(seconds=1))])
        self.assertEqual(reporting.take(self.account, told), 4)
        self.assertEqual(reporting.take(self.account, told), 0)
        self.assertEqual(reporting.take(make_account("Другой"), told), 4)
        self.assertFalse(WebhookEvent.objects.exists())  # nobody called

    def test_a_word_that_nobody_knows_is_no_report(self) -> None:
        self.assertEqual(reporting.take(self.account, Told([report(status="thinking")])), 0)

    def test_a_clock_of_the_future_and_of_the_past(self) -> None:
        reporting.take(
            self.account,
            Told([report(at=datetime(2099, 1, 1, tzinfo=UTC)), report("old", at=datetime(1970, 1, 1, tzinfo=UTC))]),
        )
        found = dict(DeliveryReport.objects.values_list("provider_key", "happened_at"))
        self.assertLess(abs(found["k1"] - timezone.now()), timedelta(minutes=1))
        self.assertEqual(found["old"].year, 1970)

    def test_what_a_database_cannot_take_is_left_out(self) -> None:
        told = Told(
            [report("k\x00" + "x" * 200, reason="\ud800 да")], [Incoming("m1", "7999\x00", "при\x00вет\udfff", NOON)]
        )
        reporting.take(self.account, told)
        self.assertEqual(DeliveryReport.objects.get().reason, "? да")
        self.assertEqual(IncomingMessage.objects.values_list("sender", "text").get(), ("7999", "привет?"))

    def test_a_message_is_told_once_with_its_channel(self) -> None:
        told = Told(incoming=[Incoming("m1", "79990000001", "СТОП", NOON, {"a": 1})] * 2)
        with heard(message_received) as news:
            self.assertEqual([reporting.take(self.account, told) for _time in range(3)], [1, 0, 0])
        self.assertEqual(len(news), 1)
        self.assertEqual((news[0]["channel"], news[0]["sender"], news[0]["raw"]), ("sms", "79990000001", {"a": 1}))

    def test_raw_calls_that_name_an_erased_address_go(self) -> None:
        bodies = (
            b'{"to": "79990000001"}',
            b"to=anna%40example.test",
            b'{"to": "anna@example.test"}',
            b'{"to": "79990000002"}',
        )
        for query, body in (("phone=%2B79990000001", b"x"), *(("", body) for body in bodies)):
            reporting.take_all([reporting.Call(self.account, Told(), timezone.now(), query, body)])
        self.assertEqual(reporting.forget(["+79990000001", "anna@example.test"]), 4)
        self.assertEqual(bytes(WebhookEvent.objects.get().body), bodies[-1])
        self.assertEqual(reporting.forget([]), 0)


class AtOnceTests(TransactionTestCase):
    """Fault plan, row 18: the same webhook a hundred times at once."""

    def empty(self) -> None:
        with connection.cursor() as cursor:  # Django's flush leaves tables that it does not manage
            cursor.execute("TRUNCATE channels_webhookevent, channels_deliveryreport")

    def setUp(self) -> None:
        self.empty()  # others leave theirs
        self.addCleanup(self.empty)

    def test_one_effect(self) -> None:
        account = make_account()
        reports = [report(f"k{n}", status) for n in range(20) for status in ("sent", "delivered")]
        message = Incoming("m1", "79990000001", "СТОП", NOON)
        barrier = threading.Barrier(10)

        def knock(number: int) -> int:
            order = reports if number % 2 else list(reversed(reports))
            barrier.wait()
            try:
                return sum(reporting.take(account, Told(order, [message])) for _time in range(10))
            finally:
                connections.close_all()

        with heard(message_received) as news, ThreadPoolExecutor(10) as pool:
            kept = sum(pool.map(knock, range(10)))
        self.assertEqual((kept, len(news)), (41, 1))
        self.assertEqual((DeliveryReport.objects.count(), IncomingMessage.objects.count()), (40, 1))
