"""Notifications of calls: the door, what is kept, and what it comes to, whatever the order and however often."""

import json
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from unittest import mock

from django.db import DatabaseError, connections
from django.http import HttpResponse
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisGone

from segments.models import Interaction
from tests.campaigns.builders import make_reader
from tests.segments.builders import make_contact, make_staff
from tests.tracking.call_services import make_call_account, told_call
from tracking.calls.cells import call_of
from tracking.calls.loading import load_rows
from tracking.models import Call, CallTrackingAccount
from tracking.telephony import door, jobs, notices
from tracking.telephony_models import CallNotice

CALLER = "+79211234567"


def told(number: int = 998877, **words: Any) -> bytes:
    """A notification as the template writes it."""
    notice = {
        "notification_mnemonic": "call_start", "notification_time": "2025-05-03 14:05:00", "virtual_phone_number": "78120006666",
        "contact_phone_number": "79211234567", "call_session_id": number, "communication_id": number + 1, "direction": "in",
        "talk_time_duration": None, "total_time_duration": None, "tag_names": [], "file_link": None,
    }  # fmt: skip
    return json.dumps({**notice, **words}).encode()


def ended(number: int = 998877, *, talk: int = 190, **words: Any) -> bytes:
    end = {"notification_mnemonic": "call_end", "notification_time": "2025-05-03 14:08:38"}
    return told(number, **end, talk_time_duration=talk, total_time_duration=218, **words)


class Knocking:
    """A provider that knocks. Mixed into a test case."""

    account: CallTrackingAccount
    client: Client

    def setUp(self) -> None:
        super().setUp()  # type: ignore[misc]
        door.forget()
        self.enterContext(mock.patch.object(notices, "ring", return_value=1))  # type: ignore[attr-defined]
        self.enterContext(mock.patch.object(jobs, "APART", 0))  # type: ignore[attr-defined]
        self.account = make_call_account()

    def knock(self, body: bytes, client: Client | None = None, **extra: Any) -> HttpResponse:
        address = reverse("tracking:call_hook", args=[extra.pop("hook", self.account.hook)])
        return (client or self.client).post(address, body, content_type="application/json", **extra)

    def call(self) -> Call:
        jobs.apply()
        return Call.objects.get()


class Doors(Knocking, TestCase):
    def test_it_is_kept_as_it_came_and_applied_afterwards(self) -> None:
        reader = make_reader()
        make_contact(reader, CALLER)
        answer = self.knock(ended())
        self.assertEqual((answer.status_code, answer.content, Call.objects.count()), (200, b"", 0))
        self.assertEqual(bytes(CallNotice.objects.get().body), ended())
        call = self.call()
        self.assertEqual((call.external_id, call.communication, call.talk_seconds), ("998877", "998878", 190))
        self.assertEqual((call.is_provisional, call.customer_id, call.account), (True, reader.pk, self.account))
        self.assertEqual(Interaction.objects.get(kind="call").customer_id, reader.pk)
        self.assertEqual(jobs.apply(), {"notices": 0})

    def test_the_order_of_events_does_not_matter(self) -> None:
        events = [
            told(), told(notification_time="2025-05-03 14:05:20", employee_full_name="Говорил"),
            ended(tag_names=["Тест-драйв"]), told(notification_time="2025-05-03 14:09:00", file_link="https://r.example/1"),
            told(notification_time="2025-05-03 14:06:00", virtual_phone_number="78120007777"),
        ]  # fmt: skip
        seen = set()
        for nth in range(6):
            account = make_call_account(name=f"Порядок {nth}")
            shuffled = random.Random(nth).sample(events, len(events))
            for event in shuffled:
                self.knock(event, hook=account.hook)
                jobs.apply()
            call = Call.objects.get(account=account)
            seen.add((call.started_at, call.finished_at, call.virtual_number, call.employee, json.dumps(call.details, sort_keys=True)))  # fmt: skip
        self.assertEqual(len(seen), 1, seen)
        _at, _end, virtual, employee, details = seen.pop()
        self.assertEqual((virtual, employee), ("+78120006666", "Говорил"))
        self.assertEqual(json.loads(details)["recording"], "https://r.example/1")

    def test_nobody_talked_is_lost(self) -> None:
        self.knock(ended(talk=0))
        self.assertTrue(self.call().is_lost)

    def test_a_call_that_has_not_ended_is_not_lost(self) -> None:
        self.knock(told())
        call = self.call()
        self.assertEqual((call.is_lost, call.finished_at), (False, None))

    def test_the_report_is_believed_and_stays(self) -> None:
        report = call_of(told_call(998877, communication_id=998878, talk_duration=7))
        load_rows([report], account=self.account)
        self.knock(ended())
        call = self.call()
        self.assertEqual((call.talk_seconds, call.is_provisional), (7, False))

    def test_the_report_takes_over_the_call_under_its_own_number(self) -> None:
        make_contact(make_reader(), CALLER)
        self.knock(ended())
        before = self.call()
        load_rows([call_of(told_call(112233, communication_id=998878, talk_duration=191))], account=self.account)
        call = Call.objects.get()
        self.assertEqual((call.pk, call.external_id, call.is_provisional), (before.pk, "112233", False))
        self.assertEqual(Interaction.objects.get(kind="call").external_key, "112233")
        self.knock(told(notification_time="2025-05-03 14:20:00"))  # late, after the report
        self.assertEqual(self.call().talk_seconds, 191)

    def test_who_may_not_knock(self) -> None:
        for hook in ("nobody", self.account.hook[:-1], self.account.hook.swapcase(), "x" * 500, "я"):
            self.assertEqual(self.knock(ended(), hook=hook).status_code, 404, hook)
        CallTrackingAccount.objects.update(is_active=False)
        door.forget()
        self.assertEqual(self.knock(ended()).status_code, 404)
        self.assertEqual(CallNotice.objects.count(), 0)

    def test_only_the_provider_s_addresses_where_they_are_named(self) -> None:
        CallTrackingAccount.objects.update(options={"addresses": ["195.211.120.0/24", "nonsense"]})
        self.assertEqual(self.knock(ended()).status_code, 400)
        self.assertEqual(self.knock(ended(), REMOTE_ADDR="195.211.120.7").status_code, 200)
        self.assertEqual(CallNotice.objects.count(), 1)

    def test_what_is_no_notification_is_refused(self) -> None:
        for body in (b"", b"{", b"[]", b"7", b'{"call_session_id": null}', b'{"call_session_id": true}', b"\xff\xfe", b'{"a": "\\ud800"}',
                     b'{"call_session_id": "%s"}' % (b"1" * 41), b'{"call_session_id": 1, "x": "\\u0000"}', "привет".encode("cp1251")):  # fmt: skip
            self.assertEqual(self.knock(body).status_code, 400, body)
        self.assertEqual(CallNotice.objects.count(), 0)

    @override_settings(WEBHOOK_BODY_LIMIT=1000)
    def test_a_huge_body_is_refused(self) -> None:
        self.assertEqual(self.knock(ended(tag_names=["x" * 1000])).status_code, 413)
        self.assertEqual(CallNotice.objects.count(), 0)

    def test_a_thousand_mutations_break_nothing(self) -> None:
        chance, good = random.Random(8), ended(1)
        for _nth in range(1000):
            body = bytearray(good)
            for _change in range(chance.randint(1, 6)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            self.assertIn(self.knock(bytes(body)).status_code, (200, 400))
        self.knock(ended())
        jobs.apply()
        self.assertTrue(Call.objects.filter(external_id="998877").exists())
        self.assertFalse(CallNotice.objects.filter(applied_at=None).exists())

    def test_one_that_cannot_be_read_holds_up_no_other(self) -> None:
        self.knock(told(1, virtual_phone_number="нет"))
        self.knock(told(2, notification_time="вчера"))
        self.knock(ended(3))
        self.assertEqual(self.call().external_id, "3")
        self.assertEqual(CallNotice.objects.exclude(problem="").count(), 2)
        client = Client()
        client.force_login(make_staff("tracking.view_calltrackingaccount"))
        page = client.get(reverse("admin:tracking_calltrackingaccount_change", args=[self.account.pk]))
        self.assertContains(page, "Уведомления, из которых не вышло звонка")
        self.assertEqual([each["calls"] for each in page.context["refused"]], [1, 1])

    def test_a_later_one_makes_the_call_whole(self) -> None:
        self.knock(told(1, virtual_phone_number=""))
        jobs.apply()
        self.assertEqual([each["calls"] for each in notices.refused_lately(self.account)], [1])
        self.knock(ended(1))
        self.assertEqual(self.call().external_id, "1")
        self.assertEqual(notices.refused_lately(self.account), [])

    def test_our_fault_is_told_again(self) -> None:
        logging.disable(logging.ERROR)
        self.addCleanup(logging.disable, logging.NOTSET)
        with mock.patch.object(notices.gathering, "store", side_effect=DatabaseError):
            self.assertEqual(self.knock(ended()).status_code, 500)
        with mock.patch.object(notices, "_rung_at", -9.0), mock.patch.object(notices, "ring", side_effect=RedisGone):
            self.assertEqual(self.knock(ended()).status_code, 200)
        self.assertEqual(self.call().talk_seconds, 190)

    def test_a_new_address_closes_the_old_one(self) -> None:
        self.assertEqual(self.knock(ended()).status_code, 200)
        old = self.account.hook
        door.rotate(self.account)
        self.assertEqual((self.knock(ended(), hook=old).status_code, self.knock(ended()).status_code), (404, 200))

    def test_what_names_an_erased_phone_goes(self) -> None:
        self.knock(ended(1))
        self.knock(ended(2, contact_phone_number="79990000000"))
        self.assertEqual((notices.forget_phones([CALLER]), notices.forget_phones([])), (1, 0))
        self.assertEqual(CallNotice.objects.get().call_key, "2")


class AtOnce(Knocking, TransactionTestCase):
    def test_a_hundred_of_the_same_are_one(self) -> None:
        barrier = Barrier(20)

        def many(client: Client) -> set[int]:
            barrier.wait(timeout=20)
            try:
                return {self.knock(ended(), client).status_code for _time in range(5)}
            finally:
                connections.close_all()

        with ThreadPoolExecutor(20) as pool:
            statuses = set().union(*pool.map(many, [Client() for _ in range(20)]))
        self.assertEqual((statuses, CallNotice.objects.count()), ({200}, 1))
        self.assertEqual(self.call().talk_seconds, 190)
