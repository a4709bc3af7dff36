from datetime import UTC, datetime
from itertools import permutations

from django.test import TestCase

from campaigns import delivery, partitions
from campaigns.models import DeliveryState

RUN = 203012000001
NOON = datetime(2030, 12, 1, 12, tzinfo=UTC)
ONE = datetime(2030, 12, 1, 13, tzinfo=UTC)


class DeliveryTests(TestCase):
    def setUp(self) -> None:
        partitions.ensure(203012)

    def test_the_state_does_not_depend_on_the_order_of_reports(self) -> None:
        reports = [("delivered", NOON), ("opened", ONE), ("opened", NOON), ("clicked", ONE)]
        for number, order in enumerate(permutations(reports)):
            for fact, at in order:
                delivery.record({number: RUN}, fact, at)
        states = DeliveryState.objects.values_list("delivered_at", "opened_at", "clicked_at", "replied_at")
        self.assertEqual(set(states), {(NOON, NOON, ONE, None)})

    def test_a_repeated_report_is_no_news(self) -> None:
        self.assertEqual(delivery.record({1: RUN, 2: RUN}, "delivered", NOON), 2)
        self.assertEqual(delivery.record({1: RUN, 2: RUN}, "delivered", ONE), 0)
        self.assertEqual(delivery.record({}, "delivered", ONE), 0)

    def test_a_failure_keeps_its_first_reason(self) -> None:
        delivery.record({1: RUN}, "failed", NOON, failure="mailbox_full")
        delivery.record({1: RUN}, "failed", ONE, failure="other")
        self.assertEqual(DeliveryState.objects.get(message_id=1).failure, "mailbox_full")

    def test_two_failures_at_one_moment_leave_the_same_reason_whichever_came_first(self) -> None:
        for number, reasons in enumerate((["full", "gone"], ["gone", "full"])):
            for reason in reasons:
                delivery.record({number: RUN}, "failed", NOON, failure=reason)
        together = [delivery.Fact(RUN, 2, "failed", NOON, reason) for reason in ("full", "gone")]
        self.assertEqual(delivery.record_all(together), {2})
        self.assertEqual(set(DeliveryState.objects.values_list("failure", flat=True)), {"gone"})

    def test_an_unknown_fact_is_an_error(self) -> None:
        with self.assertRaises(KeyError):
            delivery.record({1: RUN}, "eaten", NOON)
