"""The report: the identity of the audience, reactions, and both arms counted alike."""

import json
from datetime import timedelta
from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone

from campaigns.delivery import record
from segments.models import Customer
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.segments.builders import make_contact, make_interaction
from tests.tracking.builders import call_file, call_line, make_lease, make_message, make_number, make_run
from tracking.calls import load_calls
from tracking.reports import report, summaries

NUMBER = "+78120006666"
IDENTITY = ("accepted", "rejected", "unknown", "suppressed", "held_out", "cancelled", "pending")


class Reporting(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.campaign = make_campaign(account=make_account(cost="0.5", is_default=False))
        cls.run_ = make_run(cls.campaign, days_ago=5)
        cls.written = [make_message(cls.run_, make_reader()) for _ in range(3)]
        cls.unsent = make_message(cls.run_, make_reader(), outcome="")
        cls.rejected = make_message(cls.run_, make_reader(), outcome="rejected")
        cls.control = [make_message(cls.run_, make_reader(), left_out="control") for _ in range(2)]
        make_message(cls.run_, make_reader(), left_out="global_control")
        make_message(cls.run_, make_reader(), left_out="no_consent")

    def test_everyone_of_the_audience_is_somewhere(self) -> None:
        told = report(self.campaign)
        self.assertEqual(told["audience"], 9)
        self.assertEqual(sum(told[name] for name in IDENTITY), told["audience"])
        self.assertEqual((told["accepted"], told["rejected"], told["pending"], told["held_out"]), (3, 1, 1, 3))
        self.assertEqual(told["suppressed_by_reason"], {"no_consent": 1})
        self.assertEqual((told["runs"], told["cost"]), ([self.run_.pk], "1.50"))

    def test_reactions_are_people_and_a_click_was_opened(self) -> None:
        now = timezone.now()
        record({self.written[0].pk: self.run_.pk}, "clicked", now)
        record({self.written[1].pk: self.run_.pk}, "opened", now)
        record({self.written[1].pk: self.run_.pk}, "unsubscribed", now)
        told = report(self.campaign)
        self.assertEqual(
            told["delivery"],
            {"delivered": 2, "bounced": 0, "complained": 0, "opened": 2, "clicked_human": 1, "replied": 0},
        )
        self.assertEqual(told["opt_outs"], 1)

    def test_both_arms_are_counted_alike(self) -> None:
        buyer, other, held = self.written[0].customer, self.rejected.customer, self.control[0].customer
        make_interaction(buyer, "sale", amount="1000000.00", margin="50000.50")
        make_interaction(other, "visit")
        make_interaction(held, "sale", amount="500000.00")
        make_interaction(held, "visit")
        told = report(self.campaign)
        self.assertEqual((told["deals"], told["visits"]), (1, 1))
        self.assertEqual((told["revenue"], told["margin"]), ("1000000.00", "50000.50"))
        self.assertEqual(
            told["control"],
            {"size": 2, "calls": 0, "visits": 1, "deals": 1, "revenue": "500000.00", "margin": "0.00"},
        )

    def test_only_the_window_counts_and_cancelled_deals_do_not(self) -> None:
        buyer = self.written[0].customer
        make_interaction(buyer, "sale", happened_at=self.run_.started_at - timedelta(minutes=1))
        make_interaction(buyer, "sale", happened_at=self.run_.started_at + timedelta(days=90))
        for status in ("Отменён", "Аннулирована", "Возврат", "Сторно"):
            make_interaction(buyer, "sale", status=status)
        make_interaction(buyer, "service")
        self.assertEqual(report(self.campaign)["deals"], 0)

    def test_what_a_survivor_of_a_merge_does_counts(self) -> None:
        survivor = make_reader()
        Customer.objects.filter(pk=self.written[0].customer_id).update(merged_into=survivor)
        make_interaction(survivor, "visit")
        self.assertEqual(report(self.campaign)["visits"], 1)

    def test_calls_are_of_recipients_and_of_the_number(self) -> None:
        make_lease(make_number(NUMBER), self.campaign)
        make_contact(self.written[0].customer, "+79210000001")
        make_contact(self.control[0].customer, "+79210000002")
        load_calls(
            call_file(
                [
                    call_line(NUMBER, "79210000001"),
                    call_line("+78129999999", "79210000001"),
                    call_line("+78129999999", "79210000002"),
                    call_line(NUMBER, "79990000000", lost=True),
                ]
            )
        )
        told = report(self.campaign)
        self.assertEqual((told["calls"], told["control"]["calls"]), (3, 1))
        called = summaries([self.campaign.pk])[self.campaign.pk].responses.on_number
        self.assertEqual((called.total, called.lost, called.recipients, called.strangers), (2, 1, 1, 1))

    def test_many_campaigns_take_as_many_queries_as_one(self) -> None:
        others = [make_run().campaign.pk for _ in range(4)]
        with self.assertNumQueries(7):
            summaries([self.campaign.pk, *others])

    def test_the_command(self) -> None:
        out = StringIO()
        call_command("campaign_report", str(self.campaign.pk), "--json", stdout=out)
        self.assertEqual(json.loads(out.getvalue()), report(self.campaign))
        call_command("campaign_report", str(self.campaign.pk), stdout=out)
        with self.assertRaises(CommandError):
            call_command("campaign_report", "0")

    def test_a_campaign_that_was_never_launched(self) -> None:
        told = report(make_campaign())
        self.assertEqual((told["audience"], told["runs"], told["cost"]), (0, [], "0.00"))
