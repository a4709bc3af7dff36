"""What every call-tracking provider promises, whatever its words: a mixin for the case of a provider, against its fake."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from channels.audiences.errors import KeysRefused, ServiceError
from tests.tracking.call_services import FakeCase, make_call_account, told_call
from tracking.calls.cells import CallRow, call_of
from tracking.models import CallTrackingAccount
from tracking.telephony import provider_for

DAY = datetime(2025, 5, 2, 21, tzinfo=UTC), datetime(2025, 5, 3, 21, tzinfo=UTC)  # 3 May in Moscow


class Contract(FakeCase):
    """`folder` is also the name of the provider."""

    path: ClassVar[str] = ""  # where it lives in its folder
    options: ClassVar[dict[str, Any]] = {}
    tells_tags: ClassVar[bool] = True
    recording_is_told: ClassVar[bool] = True

    def setUp(self) -> None:
        super().setUp()
        self.account = self.make_account()

    def make_account(self, **fields: Any) -> CallTrackingAccount:
        return make_call_account(self.folder, url=self.url + self.path, **self.options, **fields)

    def calls(self, since: datetime = DAY[0], until: datetime = DAY[1]) -> list[CallRow]:
        with provider_for(self.account) as provider:
            pages = [[call_of(cells, provider.zone) for cells in page] for page in provider.calls(since, until)]
        self.assertTrue(all(pages), "a page without calls")
        return sorted((row for page in pages for row in page), key=lambda row: row.started_at)

    def test_a_call_says_who_called_whom_and_when(self) -> None:
        self.world(calls=[told_call(7), told_call(8, at="2025-05-03 15:00:00", is_lost=True, talk_duration=0)])
        talked, lost = self.calls()
        self.assertEqual((talked.caller, talked.virtual_number), ("+79211234567", "+78120006666"))
        self.assertEqual((talked.started_at, talked.talk_seconds), (datetime(2025, 5, 3, 11, 5, tzinfo=UTC), 60))
        self.assertEqual((talked.direction, talked.is_lost, lost.is_lost, lost.talk_seconds), ("in", False, True, 0))

    def test_nothing_new_is_nothing(self) -> None:
        self.assertEqual(self.calls(), [])

    def test_only_what_began_in_the_window(self) -> None:
        edges = ("2025-05-02 23:59:59", "2025-05-03 00:00:00", "2025-05-03 23:59:59", "2025-05-04 00:00:00")
        self.world(calls=[told_call(number, at=at) for number, at in enumerate(edges)])
        self.assertEqual([row.started_at for row in self.calls()], [DAY[0], DAY[1] - timedelta(seconds=1)])
        middle = datetime(2025, 5, 3, 9, tzinfo=UTC)
        self.assertEqual((len(self.calls(DAY[0], middle)), len(self.calls(middle, DAY[1]))), (1, 1))

    def test_the_clock_is_that_of_the_account(self) -> None:
        self.account.time_zone = "Asia/Vladivostok"
        self.world(calls=[told_call(1, at="2025-05-03 10:30:00")], zone="Asia/Vladivostok")
        midnight = datetime(2025, 5, 2, 14, tzinfo=UTC)
        (row,) = self.calls(midnight, midnight + timedelta(days=1))
        self.assertEqual(row.started_at, datetime(2025, 5, 3, 0, 30, tzinfo=UTC))

    def test_told_later_with_a_tag_it_is_the_same_call(self) -> None:
        self.world(calls=[told_call(1)])
        (before,) = self.calls()
        self.world(calls=[told_call(1, tags=[{"tag_name": "Тест-драйв"}], call_records=["https://callibri.ru/r/1"])])
        (after,) = self.calls()
        self.assertEqual(before.external_id, after.external_id)
        details = json.loads(after.details)
        if self.tells_tags:
            self.assertEqual(details["tags"], ["Тест-драйв"])
        if self.recording_is_told:
            self.assertTrue(details.get("call_records") or details.get("recording"))

    def test_two_numbers_in_one_call(self) -> None:
        self.world(calls=[told_call(1, virtual_phone_number="78120006666, 78120007777")])
        (row,) = self.calls()
        self.assertEqual(row.virtual_number, "+78120006666")
        self.assertEqual(json.loads(row.details)["other_numbers"], ["+78120007777"])

    def test_what_cannot_be_read_is_a_sentence(self) -> None:
        for status, body in ((200, "<html>"), (200, "[]"), (200, "{}"), (500, "oops"), (502, ""), (200, '{"a": 1}')):
            self.plan(status, body)
            with self.subTest(body), self.assertRaises(ServiceError) as refused:
                self.calls()
            self.assertFalse(refused.exception.permanent)

    def test_the_key_is_checked_and_never_repeated(self) -> None:
        with provider_for(self.account) as provider:
            self.assertIn("Ключ принят", provider.check())
        provider = provider_for(self.account)
        provider._secrets = dict.fromkeys(provider._secrets, "bad-token")  # type: ignore[misc]
        with provider, self.assertRaises(KeysRefused) as refused:
            provider.check()
        self.assertTrue(refused.exception.permanent)
        self.assertNotIn("bad-token", str(refused.exception))

    def test_the_longest_window_is_allowed(self) -> None:
        with provider_for(self.account) as provider:
            longest = provider.window
        self.world(calls=[told_call(1), told_call(2, at="2025-05-03 14:06:00")])
        self.assertEqual(len(self.calls(DAY[0], DAY[0] + longest)), 2)
