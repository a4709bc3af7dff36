"""Notifications of Mango (signed) and Calltouch (a form from one network): who is heard, and what a call comes to."""

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.test import TestCase
from django.urls import reverse

from tests.tracking.call_services import TOKEN, make_call_account
from tests.tracking.test_door import Knocking
from tracking.models import Call
from tracking.telephony import jobs, mango, provider_for
from tracking.telephony_models import CallNotice

KEY = SALT = TOKEN
MADE = 1746270300  # 3 May 2025, 14:05 in Moscow
SUMMARY: dict[str, Any] = {
    "entry_id": "MTox==", "call_direction": 1, "from": {"number": "79211234567"}, "to": {"extension": "102", "number": "102"},
    "line_number": "78120006666", "create_time": MADE, "forward_time": MADE + 3, "talk_time": MADE + 9, "end_time": MADE + 199,
    "entry_result": 1, "disconnect_reason": 1110,
}  # fmt: skip


def state(state: str, seq: int, **words: Any) -> dict[str, Any]:
    to = {"extension": "102", "number": "102", "line_number": "78120006666"}
    return {"entry_id": "MTox==", "call_id": "c1", "timestamp": MADE + seq, "seq": seq, "call_state": state, "location": "abonent",
            "from": {"number": "79211234567"}, "to": to, "dct": {"type": 0}, **words}  # fmt: skip


EVENTS = [
    ("events/call", state("Appeared", 1, location="ivr", to={"line_number": "78120006666"})),
    ("events/call", state("Connected", 9)),
    ("events/call", state("Disconnected", 199)),
    ("events/summary", SUMMARY),
    ("events/record/added", {"entry_id": "MTox==", "recording_id": "cmVjMQ==", "timestamp": MADE + 260, "user_id": 1}),
]


class MangoDoor(Knocking, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.account = make_call_account("mango")

    def tell(self, event: str, told: object, *, key: str = KEY, salt: str = SALT, **form: str) -> int:
        text = told if isinstance(told, str) else json.dumps(told)
        fields = {"vpbx_api_key": key, "sign": mango.signature(key, text, salt), "json": text, **form}
        address = reverse("tracking:call_hook_event", args=[self.account.hook, event])
        return self.client.post(
            address, urlencode(fields), content_type="application/x-www-form-urlencoded"
        ).status_code

    def test_the_signature_of_the_documentation(self) -> None:
        vector = "32e7e2dc723f964832074dc7c21d478eeae259794f5d6bc56a2962ac35a2ea96"
        self.assertEqual(mango.signature("KEY", '{"command_id":"1"}', "SALT"), vector)

    def test_a_call_whatever_the_order_of_its_events(self) -> None:
        seen = set()
        for nth in range(5):
            self.account = make_call_account("mango")
            for event, told in random.Random(nth).sample(EVENTS, len(EVENTS)):
                self.assertEqual((self.tell(event, told), self.tell(event, told)), (200, 200))
            seen.add(self._said())
        self.assertEqual(len(seen), 1, seen)
        cells = json.loads(seen.pop())
        self.assertEqual(
            (cells["start_time"], cells["talk_duration"], cells["is_lost"]), ("2025-05-03 14:05:00", 190, False)
        )
        self.assertEqual((cells["employee_full_name"], cells["call_records"]), ("102", ["cmVjMQ=="]))
        call = self.call_of_account()
        self.assertEqual(
            (call.caller, call.virtual_number, call.is_provisional), ("+79211234567", "+78120006666", True)
        )

    def test_nobody_answered(self) -> None:
        self.tell("events/summary", {**SUMMARY, "talk_time": 0, "entry_result": 0})
        self.assertTrue(self.call_of_account().is_lost)

    def test_an_outgoing_call(self) -> None:
        from_us = {"from": {"extension": "102", "number": "102"}, "to": {"number": "79211234567"}, "call_direction": 2}
        self.tell("events/summary", SUMMARY | from_us)
        call = self.call_of_account()
        self.assertEqual((call.direction, call.caller, call.employee), ("out", "+79211234567", "102"))

    def test_employees_among_themselves_and_other_events_leave_nothing(self) -> None:
        inside = {"from": {"extension": "101"}, "to": {"extension": "102"}}
        self.assertEqual(self.tell("events/call", state("Appeared", 1) | inside), 200)
        self.assertEqual(self.tell("events/summary", {**SUMMARY, "call_direction": 0}), 200)
        self.assertEqual(self.tell("events/dtmf", {"entry_id": "MTox=="}), 200)
        self.assertEqual(CallNotice.objects.count(), 0)

    def test_forged_ones_are_refused(self) -> None:
        for forged in (
            {"salt": "other"},
            {"key": "other"},
            {"sign": ""},
            {"sign": "0" * 64},
            {"json": '{"entry_id": "x"}'},
        ):
            self.assertEqual(self.tell("events/summary", SUMMARY, **forged), 400, forged)
        for body in ("", "[]", "{", "7", '{"entry_id": 7.5}', '{"entry_id": "a\\u0000b"}', "{}", '{"entry_id": ""}'):
            self.assertEqual(self.tell("events/summary", body), 400, body)
        self.assertEqual(CallNotice.objects.count(), 0)

    def test_no_key_is_stored(self) -> None:
        self.tell("events/summary", SUMMARY)
        self.assertEqual(json.loads(bytes(CallNotice.objects.get().body)), SUMMARY)

    def test_a_thousand_mutations_are_refused_or_harmless(self) -> None:
        chance, text = random.Random(8), json.dumps(SUMMARY)
        good = urlencode({"vpbx_api_key": KEY, "sign": mango.signature(KEY, text, SALT), "json": text}).encode()
        address = reverse("tracking:call_hook_event", args=[self.account.hook, "events/summary"])
        for _nth in range(1000):
            body = bytearray(good)
            body[chance.randrange(len(body))] = chance.randrange(256)
            status = self.client.post(
                address, bytes(body), content_type="application/x-www-form-urlencoded"
            ).status_code
            self.assertIn(status, (200, 400))
        stored = [json.loads(bytes(notice.body)) for notice in CallNotice.objects.all()]
        self.assertTrue(all(told == SUMMARY for told in stored))

    def call_of_account(self) -> Call:
        jobs.apply()
        return Call.objects.get(account=self.account)

    def _said(self) -> str:
        bodies = [bytes(notice.body) for notice in CallNotice.objects.filter(account=self.account).order_by("pk")]
        return json.dumps(dict(provider_for(self.account).said_by(bodies)), sort_keys=True)


class CalltouchDoor(Knocking, TestCase):
    told = {
        "id": "4711", "timestamp": str(MADE), "callphase": "callcompleted", "callerphone": "79211234567",
        "phonenumber": "78120006666", "duration": "190", "waiting_time": "9", "status": "successful",
        "reclink": "https://my.calltouch.ru/r/1",
    }  # fmt: skip

    def setUp(self) -> None:
        super().setUp()
        self.account = make_call_account("calltouch", site="1", addresses=[])

    def ask(self, send: Callable[..., Any], **words: str) -> int:
        address = reverse("tracking:call_hook", args=[self.account.hook])
        told = self.told | words
        if send == self.client.get:
            return send(address, told).status_code
        return send(address, urlencode(told), content_type="application/x-www-form-urlencoded").status_code

    def test_a_form_and_a_query_say_the_same(self) -> None:
        for send in (self.client.post, self.client.get):
            CallNotice.objects.all().delete()
            Call.objects.all().delete()
            begun = {"callphase": "callconnected", "duration": "0", "waiting_time": "0", "reclink": ""}
            self.assertEqual((self.ask(send), self.ask(send, **begun)), (200, 200))
            call = self.call()
            self.assertEqual(
                (call.talk_seconds, call.is_lost, call.details["recording"]), (190, False, self.told["reclink"])
            )
            self.assertEqual(call.started_at.timestamp(), MADE)
            assert call.finished_at is not None
            self.assertEqual(call.finished_at.timestamp(), MADE + 199)

    def test_a_lost_one(self) -> None:
        self.ask(self.client.post, callphase="calllost", duration="0")
        self.assertTrue(self.call().is_lost)

    def test_one_without_a_number_is_refused(self) -> None:
        self.assertEqual(self.ask(self.client.post, id=""), 400)
        self.assertEqual(self.client.get(reverse("tracking:call_hook", args=[self.account.hook])).status_code, 400)

    def test_only_from_the_network_of_calltouch(self) -> None:
        self.account = make_call_account("calltouch", site="1")
        self.assertEqual(self.ask(self.client.post), 400)
        address = reverse("tracking:call_hook", args=[self.account.hook])
        self.assertEqual(self.client.get(address, self.told, REMOTE_ADDR="92.118.67.9").status_code, 200)


class CallibriDoor(Knocking, TestCase):
    def test_it_has_none(self) -> None:
        account = make_call_account("callibri")
        self.assertEqual(self.client.get(reverse("tracking:call_hook", args=[account.hook])).status_code, 404)
