"""Calls that close by themselves, found by the sweep."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from campaigns.calls_to_make import closing
from campaigns.models import CallEvent, CallTask
from segments.models import Customer
from tests.campaigns.calls.builders import make_call_task, make_callable
from tests.segments.builders import make_consent, make_interaction


class Closing(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.anna = make_callable()

    def setUp(self) -> None:
        self.task = make_call_task(self.anna, made_at=timezone.now() - timedelta(hours=2))

    def swept(self) -> tuple[str, str]:
        closing.sweep()
        return CallTask.objects.values_list("state", "outcome").get(pk=self.task.pk)

    def phoned(self, minutes: float, talk: int = 40, **fields: object) -> None:
        details = {"talk_seconds": talk, "virtual_number": "+78120000000"}
        make_interaction(
            fields.pop("customer", self.anna), "call", happened_at=timezone.now() - timedelta(minutes=minutes),
            details=details, **fields,
        )  # fmt: skip

    def test_a_call_that_tracking_heard_closes_it_and_leaves_the_result_to_be_told(self) -> None:
        self.phoned(30, status="исходящий")
        self.assertEqual(self.swept(), ("done", "called"))
        self.assertEqual(CallEvent.objects.get().verb, "tracked")
        task = CallTask.objects.get()
        self.assertLess(abs(timezone.now() - timedelta(minutes=30) - task.called_at), timedelta(seconds=20))
        self.assertIsNone(task.told_at)

    def test_a_call_of_before_a_missed_one_and_another_persons_close_nothing(self) -> None:
        self.phoned(150)
        self.phoned(30, talk=0)
        self.phoned(30, customer=make_callable("+79160000001"))
        make_interaction(self.anna, "visit")
        self.assertEqual(self.swept(), ("open", ""))

    def test_a_call_of_the_customer_whom_she_was_merged_into_counts(self) -> None:
        survivor = make_callable("+79160000002")
        Customer.objects.filter(pk=self.anna.pk).update(merged_into=survivor)
        self.phoned(5, customer=survivor)
        self.assertEqual(self.swept(), ("done", "called"))

    def test_it_is_cancelled_when_the_consent_is_withdrawn(self) -> None:
        self.assertEqual(self.swept()[0], "open")
        make_consent(self.anna.contacts.get().contact_point, False, channels=["call"], origin="person")
        self.assertEqual(self.swept()[0], "cancelled")
        self.assertEqual(CallEvent.objects.get().verb, "no_phone")

    def test_whoever_was_erased_is_not_called(self) -> None:
        CallTask.objects.update(customer=10**9)
        self.assertEqual(self.swept()[0], "cancelled")

    def test_two_weeks_after_the_deadline_it_is_given_up(self) -> None:
        for days, state in ((13, "open"), (15, "expired")):
            CallTask.objects.update(due_at=timezone.now() - timedelta(days=days))
            self.assertEqual(self.swept()[0], state)

    def test_what_was_told_is_let_be(self) -> None:
        CallTask.objects.update(state="done", outcome="visit")
        self.phoned(5)
        self.assertEqual(self.swept(), ("done", "visit"))
