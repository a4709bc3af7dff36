"""CoMagic's Data API against a fake of its shapes: paging, limits, errors inside 200, other people's clocks."""

import json
from datetime import UTC, datetime
from unittest import mock

from django.test import TestCase

from channels.audiences.errors import ComeLater, KeysRefused, ServiceError
from tests.tracking.call_services import FakeCase, make_call_account, told_call
from tracking.calls.cells import call_of
from tracking.telephony import comagic, provider_for
from tracking.telephony.base import OfferedNumber

MAY = datetime(2025, 5, 3, tzinfo=UTC), datetime(2025, 5, 4, tzinfo=UTC)
LIMITS = {"day_limit": 1000, "day_remaining": 998, "day_reset": 3600,
          "minute_limit": 250, "minute_remaining": 249, "minute_reset": 30}  # fmt: skip


class Reading(FakeCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.account = make_call_account(url=f"{self.url}/v2.0")

    def calls(self, since: datetime = MAY[0], until: datetime = MAY[1]) -> list[dict[str, object]]:
        with provider_for(self.account) as provider:
            return [dict(cells) for page in provider.calls(since, until) for cells in page]

    def questions(self) -> list[dict[str, object]]:
        return [json.loads(each["body"])["params"] for each in self.asked()]

    def test_every_page_is_read(self) -> None:
        self.world(calls=[told_call(number, at=f"2025-05-03 14:0{number}:00") for number in range(5)])
        with mock.patch.object(comagic, "PAGE", 2):
            self.assertEqual([call["id"] for call in self.calls()], [0, 1, 2, 3, 4])
        self.assertEqual([question["offset"] for question in self.questions()], [0, 2, 4])

    def test_nothing_new_is_one_question(self) -> None:
        self.assertEqual((self.calls(), len(self.asked())), ([], 1))

    def test_a_day_with_more_calls_than_can_be_paged_is_cut(self) -> None:
        self.world(calls=[told_call(number, at=f"2025-05-03 {number:02}:05:00") for number in range(4, 23)])
        with mock.patch.object(comagic, "FARTHEST", 6):
            self.assertEqual(sorted(int(str(call["id"])) for call in self.calls()), list(range(4, 23)))

    def test_times_are_asked_by_the_clock_of_the_account(self) -> None:
        self.account.time_zone = "Asia/Vladivostok"
        self.calls()
        self.assertEqual(self.questions()[0]["date_from"], "2025-05-03 10:00:00")

    def test_what_is_a_list_over_there_becomes_names(self) -> None:
        employees = [
            {"employee_full_name": "Ждал", "is_answered": False},
            {"employee_full_name": "Говорил", "is_answered": True},
        ]
        tags = [{"tag_id": 1, "tag_name": "Тест-драйв", "tag_type": "manual", "tag_change_time": None}]
        self.world(calls=[told_call(1, employees=employees, tags=tags, call_records=["a1b2"])])
        row = call_of(self.calls()[0])
        self.assertEqual((row.employee, row.communication), ("Говорил", "91"))
        self.assertEqual(json.loads(row.details)["tags"], ["Тест-драйв"])
        self.assertEqual(json.loads(row.details)["call_records"], ["a1b2"])

    def test_two_numbers_in_one_call(self) -> None:
        self.world(calls=[told_call(1, virtual_phone_number="78120006666, 78120007777")])
        row = call_of(self.calls()[0])
        self.assertEqual(row.virtual_number, "+78120006666")
        self.assertEqual(json.loads(row.details)["other_numbers"], ["+78120007777"])

    def test_limits_of_the_minute_and_of_the_day_are_kept(self) -> None:
        calls = [told_call(number, at=f"2025-05-03 14:0{number}:00") for number in range(5)]
        for remaining, seconds in (({"minute_remaining": 1}, 30), ({"day_remaining": 21}, 3600)):
            with self.subTest(**remaining), mock.patch.object(comagic, "PAGE", 1):
                self.world(calls=calls, limits=LIMITS | remaining)
                before = len(self.asked())
                with self.assertRaises(ComeLater) as later:
                    self.calls()
                self.assertEqual((later.exception.seconds, len(self.asked()) - before), (seconds, 1))

    def test_a_limit_that_is_used_up_already_says_when(self) -> None:
        self.world(limits=LIMITS | {"minute_remaining": 0, "minute_reset": 17})
        with self.assertRaises(ComeLater) as later:
            self.calls()
        self.assertEqual(later.exception.seconds, 17)

    def test_an_error_inside_200_is_an_error(self) -> None:
        def said(code: int, mnemonic: str) -> str:
            error = {"code": code, "message": "слова", "data": {"mnemonic": mnemonic, "metadata": {}}}
            return json.dumps({"jsonrpc": "2.0", "id": 1, "error": error})

        for code, is_permanent in (
            (-32003, True),
            (-32008, True),
            (-32009, True),
            (-32602, True),
            (-32603, False),
            (7, False),
        ):
            self.plan(200, said(code, "mnemonic_of_it"))
            with self.subTest(code), self.assertRaises(ServiceError) as refused:
                self.calls()
            self.assertEqual(refused.exception.permanent, is_permanent)
            self.assertIn("mnemonic_of_it", str(refused.exception))

    def test_what_cannot_be_read_is_a_sentence(self) -> None:
        for status, body in (
            (200, "<html>"),
            (200, "[]"),
            (200, '{"jsonrpc":"2.0","id":1}'),
            (200, ""),
            (500, "oops"),
            (502, ""),
        ):
            self.plan(status, body)
            with self.subTest(body), self.assertRaises(ServiceError) as refused:
                self.calls()
            self.assertFalse(refused.exception.permanent)

    def test_an_answer_to_another_question_is_not_taken(self) -> None:
        self.plan(200, '{"jsonrpc":"2.0","id":77,"result":{"metadata":{"total_items":0},"data":[]}}')
        with self.assertRaises(ServiceError):
            self.calls()

    def test_the_key_is_checked_and_never_repeated(self) -> None:
        with provider_for(self.account) as provider:
            self.assertIn("999", provider.check())
        self.account = make_call_account(url=f"{self.url}/v2.0", secret="")
        self.account.secret = make_call_account(name="другой").secret
        provider = provider_for(self.account)
        provider._secrets = {"token": "bad-token"}  # type: ignore[misc]
        self.plan(200, '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"bad-token is bad","data":{}}}')
        with provider, self.assertRaises(KeysRefused) as refused:
            provider.check()
        self.assertNotIn("bad-token", str(refused.exception))

    def test_numbers_of_the_account_have_names(self) -> None:
        self.world(
            numbers=[
                {"virtual_phone_number": "78120006666", "name": "SMS осень", "campaigns": []},
                {"virtual_phone_number": "78120007777", "name": None, "campaigns": [{"campaign_name": "Сайт"}]},
                {"virtual_phone_number": None},
            ]
        )
        with provider_for(self.account) as provider:
            wanted = [OfferedNumber("+78120006666", "SMS осень"), OfferedNumber("+78120007777", "Сайт")]
            self.assertEqual(provider.numbers(), wanted)
