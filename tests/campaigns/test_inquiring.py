"""What became of messages is asked of the provider: a server of its own, which knows what it was given."""

import tempfile
from datetime import timedelta
from pathlib import Path
from unittest import mock

import django_rq
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from campaigns import bell, inquiring, jobs, outbox, partitions, unheard
from campaigns.models import DeliveryState, Inquiry, Message, Outcome, Resolution, Run
from campaigns.refusals import Refused
from channels import health
from channels.models import Account, DeliveryReport
from channels.providers import provider_class
from channels.providers.base import Addressed, ProviderError
from channels.providers.smsaero import SmsAeroProvider
from channels.providers.smsc import SmscProvider
from channels.sealing import seal, seal_named
from tests.campaigns.builders import make_account, make_campaign
from tests.peers.http_sms import KEY, LOGIN
from tests.peers.process import peer
from tests.segments.builders import make_contact, make_customer, make_segment, make_staff


class InquiringTests(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.port = cls.enterClassContext(peer("http_provider", "http_sms", str(Path(folder) / "journal")))

    def setUp(self) -> None:
        self.account = self.smsc()
        self.run = self.new_run(self.account)

    def smsc(self, **fields: object) -> Account:
        options = {"url": f"http://127.0.0.1:{self.port}"}
        return make_account(**{"channel": "sms", "provider": "smsc", "secret": seal(KEY), "options": options} | fields)

    def new_run(self, account: Account) -> Run:
        partitions.ensure_near()
        self.customer = make_customer()
        campaign = make_campaign(
            make_segment(self.customer), account=account, channel="sms", content={"body": "Осмотр"}
        )
        now = timezone.now()
        number = partitions.month_of(timezone.localdate(now)) * partitions.RUNS_A_MONTH + 900_000 + Run.objects.count()
        return Run.objects.create(
            id=number, campaign=campaign, content=campaign.contents.get(), account=account, send_until=now
        )

    def message(self, phone: str, kind: str = "unknown", key: str = "", minutes: int = 20) -> Message:
        customer = make_customer()
        point = make_contact(customer, phone, kind="phone")
        now = timezone.now()
        message = Message.objects.create(
            run=self.run, customer=customer, channel="sms", contact_point=point, planned_at=now
        )
        Outcome.objects.create(
            message_id=message.pk,
            run=self.run,
            kind=kind,
            provider_key=key,
            happened_at=now - timedelta(minutes=minutes),
        )
        return message

    def hand_over(self, message: Message, account: Account | None = None) -> str:
        """The provider has taken it, whatever we know of that; returns its key."""
        keys: list[str] = []
        account = account or self.account
        one = Addressed(message.pk, message.contact_point.value, "Осмотр".encode())
        with provider_class(account.provider)(account) as provider:
            provider.send([one], lambda _pk: None, lambda _pk, result: keys.append(result.provider_key))
        return keys[0]

    def ask(self) -> inquiring.Asked:
        inquiring.enrol()
        return inquiring.ask()

    def make_due(self) -> None:
        Inquiry.objects.filter(due_at__isnull=False).update(due_at=timezone.now())

    def assert_counts(self, **expected: int) -> None:
        counts = outbox.counts([self.run.pk])
        self.assertEqual({name: counts[name] for name in expected}, expected)
        parts = ("accepted", "rejected", "unknown", "suppressed", "held_out", "cancelled", "pending")
        self.assertEqual(counts["audience"], sum(counts[part] for part in parts))

    def test_what_the_provider_has_is_resolved_and_what_it_never_heard_of_stays_unknown(self) -> None:
        delivered, failed, refused, lost = (self.message(f"+79990009{end}") for end in ("001", "925", "923", "002"))
        for message in (delivered, failed, refused):
            self.hand_over(message)
        self.assertEqual(self.ask(), {"asked": 4, "found": 3, "unheard": 1})
        self.assert_counts(accepted=2, rejected=1, unknown=1)
        state = DeliveryState.objects.in_bulk()
        self.assertTrue(state[delivered.pk].delivered_at)
        self.assertTrue(state[failed.pk].failed_at)
        self.assertIn("delivered", Resolution.objects.get(pk=delivered.pk).evidence)
        self.assertEqual(unheard.messages([self.run.pk]), {lost.pk})
        self.assertEqual(jobs.reported.settle(), 0)

    def test_asking_again_changes_nothing_and_the_silent_are_asked_a_few_times(self) -> None:
        found, lost = self.message("+79990009001"), self.message("+79990009002")
        self.hand_over(found)
        self.ask()
        self.assertEqual(self.ask()["asked"], 0)
        for _turn in range(5):
            self.make_due()
            self.ask()
        row = Inquiry.objects.get(message_id=lost.pk)
        self.assertEqual((row.times, row.due_at, row.answer), (inquiring.SURE_AFTER, None, "unheard"))
        self.assertEqual(Inquiry.objects.get(message_id=found.pk).times, 1)
        self.assertEqual(DeliveryReport.objects.count(), 1)
        self.assertFalse(inquiring.is_due())

    def test_two_jobs_never_ask_about_one_message_and_a_killed_one_is_made_up_for(self) -> None:
        message = self.message("+79990009001")
        self.hand_over(message)
        inquiring.enrol()
        provider = SmscProvider(self.account)
        self.assertEqual(len(inquiring._claim(self.account.pk, provider)), 1)  # and its job dies
        self.assertEqual(inquiring._claim(self.account.pk, provider), [])
        self.assertEqual(inquiring.ask()["asked"], 0)
        row = Inquiry.objects.get()
        self.assertLess(row.due_at, timezone.now() + timedelta(minutes=6))
        self.make_due()
        self.assertEqual(inquiring.ask()["found"], 1)

    def test_an_account_that_fails_is_asked_later_and_what_was_heard_is_kept(self) -> None:
        heard, unasked = self.message("+79990009001"), self.message("+79990009002")
        self.hand_over(heard)
        real = SmscProvider.lookup

        def fails(provider: SmscProvider, sought: object) -> object:
            yield from real(provider, list(sought)[:1])
            raise ProviderError("gone", permanent=False)

        with mock.patch.object(SmscProvider, "lookup", fails):
            self.assertEqual(self.ask()["found"], 1)
        self.assert_counts(accepted=1, unknown=1)
        row = Inquiry.objects.get(message_id=unasked.pk)
        self.assertEqual((row.answer, row.times), ("", 0))
        self.assertGreater(row.due_at, timezone.now())

    def test_nobody_is_asked_over_an_account_that_is_paused_or_keeps_a_journal(self) -> None:
        self.message("+79990009001")
        health.failed(self.account.pk, "no money", permanent=True)
        self.assertEqual((inquiring.enrol(), inquiring.is_due()), (0, False))
        health.resume(self.account)
        Account.objects.filter(pk=self.account.pk).update(mode=Account.Mode.JOURNAL)
        self.assertEqual(self.ask()["asked"], 0)
        self.smsc(provider="gone")
        self.assertEqual(inquiring.enrol(), 0)

    def test_a_crash_of_this_minute_is_left_to_settle(self) -> None:
        self.message("+79990009001", minutes=0)
        self.assertEqual(inquiring.enrol(), 1)
        self.assertFalse(inquiring.is_due())

    def test_every_account_that_may_have_sent_it_has_to_deny_it(self) -> None:
        message = self.message("+79990009001")
        second = self.smsc()
        self.run.stand_ins = [second.pk]
        self.run.save()
        inquiring.enrol()
        Inquiry.objects.filter(account=second).update(due_at=None)
        inquiring.ask()
        self.assertEqual(unheard.messages([self.run.pk]), set())
        Inquiry.objects.update(due_at=timezone.now())
        inquiring.ask()
        self.assertEqual(unheard.messages([self.run.pk]), {message.pk})

    def test_where_there_is_no_webhook_accepted_messages_are_asked_about(self) -> None:
        options = {"url": f"http://127.0.0.1:{self.port}/v2"}
        secret = seal_named({"login": LOGIN, "key": KEY})
        aero = self.smsc(provider="smsaero", secret=secret, options=options)
        self.assertTrue(SmsAeroProvider.tells_when_asked())
        self.assertFalse(SmscProvider.tells_when_asked())
        self.message("+79990009003", "accepted", key="5")
        self.run = self.new_run(aero)
        first = self.message("+79990009004")
        key = self.hand_over(first, aero)
        message = self.message("+79990009001", "accepted", key=key)
        self.message("+79990009002", "accepted", key=key, minutes=1)
        self.assertEqual(self.ask(), {"asked": 1, "found": 1, "unheard": 0})
        self.assertTrue(DeliveryState.objects.get(pk=message.pk).delivered_at)
        self.assertEqual(Inquiry.objects.get(message_id=first.pk).due_at, None)
        self.assertEqual(inquiring.enrol(), 0)

    def test_a_report_that_came_meanwhile_ends_the_asking(self) -> None:
        message = self.message("+79990009001")
        inquiring.enrol()
        DeliveryState.objects.create(message_id=message.pk, run=self.run, delivered_at=timezone.now())
        self.assertEqual(inquiring.ask()["asked"], 0)
        self.assertIsNone(Inquiry.objects.get().due_at)

    def test_the_sweep_rings_for_the_job_once(self) -> None:
        message = self.message("+79990009001")
        self.hand_over(message)
        queue = django_rq.get_queue(bell.QUEUE)
        queue.empty()
        self.addCleanup(queue.empty)
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(jobs.sweep()["inquiries"], 1)
        self.assertEqual([job.func_name for job in queue.jobs], ["campaigns.jobs.inquire"])
        with self.captureOnCommitCallbacks(execute=True):
            jobs.sweep()
        self.assertEqual([job.func_name for job in queue.jobs], ["campaigns.jobs.inquire"])
        self.assertEqual(jobs.inquire()["found"], 1)

    def test_a_thousand_are_put_down_in_as_many_statements_as_one(self) -> None:
        self.message("+79990009001")
        with self.assertNumQueries(3):
            inquiring.enrol()

    def test_a_person_counts_the_unheard_as_not_sent(self) -> None:
        lost, open_ = self.message("+79990009002"), self.message("+79990009001")
        self.hand_over(open_)
        self.ask()
        author = make_staff(username="decides")
        self.assertEqual(unheard.count_as_not_sent(self.run.campaign, author), 1)
        self.assert_counts(accepted=1, rejected=1, unknown=0)
        resolution = Resolution.objects.get(pk=lost.pk)
        self.assertEqual((resolution.kind, resolution.author), ("rejected", author))
        self.assertEqual(self.run.campaign.events.get().verb, "unheard")
        with self.assertRaises(Refused):
            unheard.count_as_not_sent(self.run.campaign, author)
        self.make_due()
        self.assertEqual(self.ask()["asked"], 0)

    def test_old_inquiries_are_forgotten(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO campaigns_inquiry (run_id, message_id, account_id) VALUES (202001000001, 1, 1)")
        inquiring.enrol()
        self.assertFalse(Inquiry.objects.exists())
