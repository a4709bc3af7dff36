"""The report beside what is here: what was missing, what is too much, what was different."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.test import TestCase
from django.urls import reverse

from tests.segments.builders import make_staff
from tests.tracking.call_services import FakeCase, make_call_account, told_call
from tests.tracking.test_door import ended
from tests.tracking.test_pulling import NOW, now_is
from tracking.calls.cells import call_of
from tracking.calls.loading import load_rows
from tracking.models import Call, CallTrackingAccount
from tracking.telephony import jobs, notices, provider_for, pulling, reconciling
from tracking.telephony.notices import Knock
from tracking.telephony_models import CallDifference

Kind = CallDifference.Kind


class Reconciling(FakeCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.account = make_call_account(url=f"{self.url}/v2.0")
        self.enterContext(now_is(NOW))

    def here(self, *calls: dict[str, Any]) -> None:
        load_rows([call_of(call) for call in calls], account=self.account)

    def reconcile(self, *there: dict[str, Any]) -> set[tuple[str, str]]:
        self.world(calls=there)
        reconciling.reconcile(self.account.pk)
        return set(CallDifference.objects.values_list("external_id", "kind"))

    def test_all_three_kinds_are_seen_and_mended(self) -> None:
        same = told_call(1, at="2025-05-08 10:00:00")
        self.here(same, told_call(2, at="2025-05-08 11:00:00"), told_call(3, at="2025-05-08 12:00:00"))
        changed = told_call(2, at="2025-05-08 11:00:00", talk_duration=61, tags=[{"tag_name": "Целевой"}])
        found = self.reconcile(same, changed, told_call(4, at="2025-05-09 12:00:00"))
        self.assertEqual(found, {("2", "differs"), ("3", "missing_there"), ("4", "missing_here")})
        fields = CallDifference.objects.get(kind=Kind.DIFFERS).fields
        self.assertEqual(fields, {"talk_seconds": [60, 61], "tags": [[], ["Целевой"]]})
        self.assertEqual(set(Call.objects.values_list("external_id", "talk_seconds")), {("1", 60), ("2", 61), ("3", 60), ("4", 60)})  # fmt: skip

    def test_nothing_differs_the_second_time(self) -> None:
        call = told_call(1, at="2025-05-08 10:00:00")
        self.assertEqual(self.reconcile(call), {("1", "missing_here")})
        CallDifference.objects.all().delete()
        self.assertEqual(self.reconcile(call), set())

    def test_what_the_report_knows_after_all_is_no_difference(self) -> None:
        self.here(told_call(3, at="2025-05-08 12:00:00"))
        self.assertEqual(self.reconcile(), {("3", "missing_there")})
        self.assertEqual(self.reconcile(told_call(3, at="2025-05-08 12:00:00")), set())

    def test_calls_of_other_accounts_and_days_are_not_looked_at(self) -> None:
        self.here(told_call(8, at="2025-05-02 12:00:00"))
        load_rows([call_of(told_call(9, at="2025-05-08 12:00:00"))], account=make_call_account())
        self.assertEqual(self.reconcile(), set())

    def test_it_is_done_at_night_and_again_the_next(self) -> None:
        night = reconciling.next_night(self.account, NOW)
        self.assertEqual(night, datetime(2025, 5, 11, 1, tzinfo=UTC))
        CallTrackingAccount.objects.update(
            reconcile_at=NOW + timedelta(hours=1), pulled_at=NOW, due_at=NOW + timedelta(days=1)
        )
        self.assertIsNone(jobs.reconcile(self.account.pk))
        CallTrackingAccount.objects.update(reconcile_at=NOW)
        with mock.patch.object(jobs, "ring", return_value=1) as ring:
            jobs.sweep()
        self.assertIn((jobs.RECONCILE, [(self.account.pk,)]), [(call.args[1], list(call.args[2].values())) for call in ring.mock_calls if call.args])  # fmt: skip
        self.assertEqual(jobs.reconcile(self.account.pk), {"account": self.account.pk, "differences": 0})
        self.account.refresh_from_db()
        self.assertEqual((self.account.reconciled_at, self.account.reconcile_at), (NOW, night))

    def test_a_service_that_fails_is_asked_again_in_an_hour(self) -> None:
        self.plan(500)
        self.assertIsNone(reconciling.reconcile(self.account.pk))
        self.account.refresh_from_db()
        self.assertEqual((self.account.reconciled_at, self.account.reconcile_at), (None, NOW + timedelta(hours=1)))

    def test_what_notifications_told_wrongly_is_seen_when_the_report_comes(self) -> None:
        with mock.patch.object(notices, "ring"):
            notices.store([Knock(self.account.pk, "998877", ended(talk=190), NOW)])
        notices.apply_all()
        self.world(calls=[told_call(112233, at="2025-05-03 14:05:00", communication_id=998878, talk_duration=180)])
        pulling.pull(self.account.pk)
        self.assertEqual(CallDifference.objects.get().fields, {"talk_seconds": [190, 180]})

    def test_the_page_of_the_account_shows_them_masked(self) -> None:
        self.here(told_call(2, at="2025-05-08 11:00:00"))
        self.reconcile(told_call(2, at="2025-05-08 11:00:00", contact_phone_number="79219998877"))
        self.client.force_login(make_staff("tracking.view_calltrackingaccount"))
        page = self.client.get(reverse("admin:tracking_calltrackingaccount_change", args=[self.account.pk]))
        self.assertContains(page, "запись была другой")
        self.assertNotContains(page, "9219998877")
        self.assertNotContains(page, self.account.hook)

    def test_every_provider_is_asked_within_what_it_allows(self) -> None:
        with provider_for(self.account) as provider:
            days = list(pulling.windows(NOW - timedelta(days=2), NOW, provider))
        self.assertEqual((days[0][0], days[-1][1], len(days)), (NOW - timedelta(days=2), NOW, 3))
        self.assertTrue(all(end == begin for (_a, end), (begin, _b) in zip(days, days[1:], strict=False)))
