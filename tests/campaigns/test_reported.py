from datetime import UTC, datetime

from django.test import TestCase

from campaigns import links, partitions, reported
from campaigns.models import DeliveryState, Message, Outcome, Resolution
from channels.signals import delivery_reported

RUN = 203012000001
NOON = datetime(2030, 12, 1, 12, tzinfo=UTC)


def key_of(message_id: int) -> str:
    return f"<krug.{message_id}.{links.tokens(message_id).track[7:]}@dealer.example>"


class ReportedTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        partitions.ensure(203012)
        cls.message = Message.objects.create(run_id=RUN, customer_id=1, channel="email", planned_at=NOON)

    def tell(self, key: str, status: str = "delivered") -> None:
        report = {"provider": "inbox", "provider_key": key, "status": status, "happened_at": NOON, "raw": {}}
        delivery_reported.send(sender=None, reports=[report, report])

    def test_a_report_is_tied_to_its_message(self) -> None:
        self.tell(key_of(self.message.pk))
        state = DeliveryState.objects.get()
        self.assertEqual((state.message_id, state.run_id, state.delivered_at), (self.message.pk, RUN, NOON))

    def test_strange_and_forged_keys_and_statuses_change_nothing(self) -> None:
        right = key_of(self.message.pk)
        for key in ("", "<a@b>", f"<krug.{self.message.pk}.AAAAAAAAAAA@x>", "<krug.999999999999.AAAAAAAAAAA@x>"):
            self.tell(key)
        self.tell(right.replace(f".{self.message.pk}.", f".{self.message.pk + 1}."))
        self.tell(right, status="thinking")
        self.assertFalse(DeliveryState.objects.exists())

    def test_a_report_resolves_an_unknown_whichever_came_first(self) -> None:
        self.tell(key_of(self.message.pk))
        self.assertEqual(reported.settle(), 0)
        Outcome.objects.create(message_id=self.message.pk, run_id=RUN, kind="unknown", happened_at=NOON)
        self.assertEqual(reported.settle(), 1)
        self.assertEqual(reported.settle(), 0)
        self.assertEqual(Resolution.objects.get().kind, "accepted")
