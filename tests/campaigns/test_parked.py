"""Fault plan, rows 12 and 19: reports in any order, before our own commit, of messages that nobody knows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from campaigns import parked, reported
from campaigns.models import DeliveryState, Message, ParkedReport, Resolution, Run
from campaigns.report_keys import Named
from channels import reporting
from channels.models import Account
from channels.providers.base import Report, Told
from segments.models import ConsentState
from segments.models.people import Consent
from tests.campaigns.histories import make_run
from tests.peers.signed import make_account
from tests.segments.builders import make_consent, make_contact, make_customer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OUTCOME = "INSERT INTO campaigns_outcome (run_id, message_id, kind, provider_key) VALUES (%s, %s, %s, %s)"
STATE = ("delivered_at", "opened_at", "replied_at", "failed_at", "failure", "complained_at", "unsubscribed_at")


def make_message(run: Run, customer_id: int = 1, **fields: Any) -> Message:
    return Message.objects.create(run=run, customer_id=customer_id, channel="sms", planned_at=NOON, **fields)


def commit(message: Message, key: str, kind: str = "accepted") -> None:
    with connection.cursor() as cursor:
        cursor.execute(OUTCOME, [message.run_id, message.pk, kind, key])


def tell(account: Account, key: str, status: str = "delivered", *, at: datetime = NOON, **fields: Any) -> int:
    return reporting.take(account, Told([Report(key, status, at, **fields)]))


def look_again() -> dict[str, int]:
    ParkedReport.objects.update(due_at=NOON)
    return parked.look_again(reported.apply)


class ParkedTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.run_ = make_run("sms", days_ago=0)
        cls.account = cls.run_.account
        cls.message = make_message(cls.run_)

    def state(self, message: Message | None = None) -> DeliveryState:
        return DeliveryState.objects.get(message_id=(message or self.message).pk)

    def test_a_report_finds_its_message_by_the_providers_key(self) -> None:
        commit(self.message, "k1")
        tell(self.account, "k1")
        self.assertEqual(self.state().delivered_at, NOON)
        self.assertFalse(ParkedReport.objects.exists())

    def test_the_same_key_of_another_account_is_a_stranger(self) -> None:
        commit(self.message, "k1")
        tell(make_account(), "k1")
        tell(make_account("Ещё"), "other", message_id=self.message.pk)
        look_again()
        self.assertFalse(DeliveryState.objects.exists())
        self.assertEqual(ParkedReport.objects.count(), 2)

    def test_a_report_before_our_commit_waits_for_it(self) -> None:
        tell(self.account, "k1", "bounced", reason="absent subscriber")
        self.assertEqual(look_again(), {"unparked": 0, "parked_dropped": 0})
        commit(self.message, "k1")
        self.assertEqual(look_again()["unparked"], 1)
        self.assertEqual((self.state().failed_at, self.state().failure), (NOON, "absent subscriber"))
        self.assertEqual(look_again()["unparked"], 0)

    def test_looks_grow_rarer_and_end_after_a_week(self) -> None:
        tell(self.account, "stranger")
        look_again()
        self.assertEqual(parked.look_again(reported.apply)["unparked"], 0)
        waiting = ParkedReport.objects.get()
        self.assertGreater(waiting.due_at - waiting.parked_at, timedelta(seconds=4))
        ParkedReport.objects.update(parked_at=waiting.parked_at - timedelta(days=2))
        look_again()
        self.assertGreater(ParkedReport.objects.get().due_at - waiting.parked_at, timedelta(hours=23))
        ParkedReport.objects.update(parked_at=waiting.parked_at - timedelta(days=7, minutes=1))
        self.assertEqual(look_again(), {"unparked": 0, "parked_dropped": 1})

    def test_more_than_one_batch(self) -> None:
        told = [Named(self.account.pk, f"k{n}", "delivered", NOON) for n in range(25)]
        parked.park(told)
        for number in range(25):
            commit(make_message(self.run_, number + 2), f"k{number}")
        parked_at_once, parked.AT_ONCE = parked.AT_ONCE, 10
        self.addCleanup(setattr, parked, "AT_ONCE", parked_at_once)
        self.assertEqual(look_again()["unparked"], 25)

    def test_what_tells_no_fact_is_not_parked(self) -> None:
        tell(self.account, "k1", "sent")
        self.assertFalse(ParkedReport.objects.exists())

    def test_who_complains_at_the_provider_is_not_written_to_and_it_is_said_once(self) -> None:
        customer = make_customer()
        phone = make_contact(customer, "+79990000009")
        make_consent(phone, channels=["sms", "whatsapp"])
        commit(make_message(self.run_, customer.pk, step=2, contact_point=phone), "k9")
        for hours in (0, 1):  # the second is a report of its own, and no news
            tell(self.account, "k9", "complained", at=NOON + timedelta(hours=hours))
        state = dict(ConsentState.objects.filter(contact_point=phone).values_list("channel", "given"))
        self.assertEqual(state, {"sms": False, "whatsapp": True})
        said = Consent.objects.get(given=False)
        self.assertEqual((said.evidence, said.decided_at, said.brand_id), ("delivery report: complained", NOON, None))

    def test_an_answer_that_was_lost_is_resolved_by_our_own_id(self) -> None:
        commit(self.message, "", kind="unknown")
        tell(self.account, "k-never-learnt", message_id=self.message.pk)
        self.assertEqual(reported.settle(), 1)
        self.assertEqual(Resolution.objects.get().kind, "accepted")


class AnyOrderTests(HypothesisCase):
    """Reports of two messages, our commits, and sweeps between them: the end is the same."""

    REPORTS = (
        ("k1", "sent", 0), ("k1", "delivered", 3), ("k1", "opened", 5), ("k1", "opened", 4), ("k1", "bounced", 2),
        ("k2", "failed", 2), ("k2", "expired", 2), ("k2", "failed", 1), ("k2", "delivered", 9), ("k2", "complained", 7),
        ("nobody", "delivered", 1),
    )  # fmt: skip
    STEPS = (*REPORTS, *REPORTS, "commit k1", "commit k2", "sweep", "sweep")

    @settings(max_examples=100, deadline=None)
    @given(st.permutations(STEPS))
    def test_the_final_state_is_one(self, steps: list[Any]) -> None:
        run = make_run("sms", days_ago=0)
        messages = {"k1": make_message(run), "k2": make_message(run, 2)}
        for step in steps:
            if step == "sweep":
                look_again()
            elif isinstance(step, str):
                commit(messages[step[-2:]], step[-2:])
            else:
                key, status, minute = step
                reason = f"{status} at {minute}" if status in ("bounced", "failed", "expired") else ""
                tell(run.account, key, status, at=NOON + timedelta(minutes=minute), reason=reason)
        look_again()
        found = {
            key: DeliveryState.objects.filter(message_id=m.pk).values_list(*STATE).get() for key, m in messages.items()
        }

        def at(minute: int) -> datetime:
            return NOON + timedelta(minutes=minute)

        self.assertEqual(found["k1"], (at(3), at(4), None, at(2), "bounced at 2", None, None))
        self.assertEqual(found["k2"], (at(9), None, None, at(1), "failed at 1", at(7), None))
        self.assertEqual(list(ParkedReport.objects.values_list("provider_key", flat=True)), ["nobody"])
