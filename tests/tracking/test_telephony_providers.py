"""Each call-tracking provider against a fake of its shapes: what all of them promise, and what is its own."""

import json
from unittest import mock

from django.test import TestCase

from channels.audiences.errors import ComeLater, KeysRefused, ServiceError
from tests.tracking import telephony_contract
from tests.tracking.call_services import told_call
from tracking.models import Call, CallTrackingAccount
from tracking.telephony import mango, provider_for, pulling
from tracking.telephony.base import OfferedNumber

LIMIT = json.dumps({"name": "Service Unavailable", "message": "Rate limit exceeded.", "code": 0, "status": 429})


class ComagicContract(telephony_contract.Contract, TestCase):
    folder = "comagic"
    path = "/v2.0"


class CalltouchContract(telephony_contract.Contract, TestCase):
    folder = "calltouch"
    options = {"site": "4711"}
    recording_is_told = False  # it is fetched by the number of the call

    def test_every_page_is_read_once(self) -> None:
        self.world(calls=[told_call(number, at=f"2025-05-03 14:0{number}:00") for number in range(5)], page=2)
        self.assertEqual([row.external_id for row in self.calls()], ["0", "1", "2", "3", "4"])
        self.assertEqual(len(self.asked()), 3)
        self.assertIn("dateFrom=03%2F05%2F2025&dateTo=03%2F05%2F2025", self.asked()[0]["path"])

    def test_a_call_without_a_time_is_named_not_lost(self) -> None:
        self.plan(
            200, json.dumps({"pageTotal": 1, "records": [{"callId": 5, "date": "вчера", "phoneNumber": "78120006666"}]})
        )
        with provider_for(self.account) as provider:
            ((cells,),) = provider.calls(*telephony_contract.DAY)
        _rows, refusals = pulling.rows_of([cells], provider.zone)
        self.assertEqual(len(refusals), 1)
        self.assertIn("5", refusals[0])

    def test_an_error_inside_200(self) -> None:
        for told, kind, is_permanent in (
            ({"errorCode": 403, "message": "Нет доступа"}, KeysRefused, True),
            ({"errorCode": 400, "message": "Неверный период"}, ServiceError, True),
            ({"errorCode": 429, "message": "Слишком часто"}, ComeLater, False),
            ({"errorCode": "E7", "message": "Что-то новое"}, ServiceError, False),
        ):
            self.plan(200, json.dumps(told))
            with self.subTest(told), self.assertRaises(kind) as refused:
                self.calls()
            self.assertEqual(refused.exception.permanent, is_permanent)
            self.assertIn(told["message"], str(refused.exception))

    def test_calls_of_two_providers_are_two_calls(self) -> None:
        comagic = CallTrackingAccount.objects.create(name="Первый", provider="comagic", since="2025-05-01")
        Call.objects.create(external_id="1", account=comagic, started_at="2025-05-03T11:05:00Z")
        CallTrackingAccount.objects.filter(pk=self.account.pk).update(
            since="2025-05-03", read_until="2025-05-03T20:00Z"
        )
        self.world(calls=[told_call(1)])
        done = pulling.pull(self.account.pk)
        assert done is not None
        self.assertEqual((done.new, done.problem, Call.objects.count()), (1, "", 2))


class CallibriContract(telephony_contract.Contract, TestCase):
    folder = "callibri"
    options = {"email": "owner@salon.ru", "site": "4711"}

    def test_calls_of_two_channels(self) -> None:
        self.world(calls=[told_call(1), told_call(2, at="2025-05-03 14:06:00", virtual_phone_number="78120007777")])
        self.assertEqual([row.virtual_number for row in self.calls()], ["+78120006666", "+78120007777"])
        self.assertEqual(json.loads(self.calls()[1].details)["campaign_name"], "Канал 78120007777")

    def test_an_error_inside_200(self) -> None:
        self.plan(200, json.dumps({"code": 422, "message": "Период больше недели"}))
        with self.assertRaises(ServiceError) as refused:
            self.calls()
        self.assertTrue(refused.exception.permanent)
        self.assertIn("Период", str(refused.exception))


class MangoContract(telephony_contract.Contract, TestCase):
    folder = "mango"
    path = "/vpbx"
    tells_tags = False

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(mango, "PAUSE", 0))

    def test_statistics_are_waited_for(self) -> None:
        self.world(calls=[told_call(1)], slow=3)
        self.assertEqual(len(self.calls()), 1)
        self.assertEqual(len(self.asked()), 5)

    def test_patience_has_an_end(self) -> None:
        self.world(slow=99)
        with mock.patch.object(mango, "PATIENCE", 2), self.assertRaises(ComeLater):
            self.calls()

    def test_the_menu_is_no_talk(self) -> None:
        self.world(calls=[told_call(1, is_lost=True, talk_duration=0)])
        (row,) = self.calls()
        self.assertEqual((row.is_lost, row.talk_seconds, row.employee), (True, 0, "101"))

    def test_a_call_on_the_edge_of_a_window_is_told_whole(self) -> None:
        self.world(calls=[told_call(1, at="2025-05-03 23:59:58")])
        (row,) = self.calls()
        self.assertEqual((row.is_lost, row.talk_seconds), (False, 60))

    def test_errors_inside_200(self) -> None:
        for told, kind, is_permanent in (
            ('{"result": 3102}', KeysRefused, True),
            ('{"result": 2110, "message": "Счёт заблокирован"}', ServiceError, True),
            ('{"result": 3100}', ServiceError, True),
            ('{"result": 5001}', ServiceError, False),
            ('{"result": 77777}', ServiceError, False),
            (LIMIT, ComeLater, False),
        ):
            self.plan(200, told)
            with self.subTest(told), self.assertRaises(kind) as refused:
                self.calls()
            self.assertEqual(refused.exception.permanent, is_permanent)

    def test_its_numbers(self) -> None:
        self.world(numbers=[{"virtual_phone_number": "78120006666", "name": "SMS осень"}])
        with provider_for(self.account) as provider:
            self.assertEqual(provider.numbers(), [OfferedNumber("+78120006666", "SMS осень")])
