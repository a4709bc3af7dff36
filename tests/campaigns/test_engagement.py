"""Facts of messages against a plain count over a random history; merges, erasing, reports that come late."""

import datetime as dt
import random
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from campaigns import engagement
from campaigns.models import EngagementFacts, Run, Touch
from segments.erasing import erase
from segments.facts import refresh_facts
from segments.identity.merging import merge_by_hand, unmerge
from segments.models import Customer, MergeRecord
from tests.campaigns.histories import NOW, Letter, day, kept, make_history, make_run, report, send
from tests.segments.builders import make_card, make_customer, make_staff

MOMENTS = ("delivered", "opened", "clicked", "replied", "failed", "opted_out")


def expected(letters: list[Letter]) -> dict[str, Any]:
    """The facts of one person, by her letters."""
    sent = [letter for letter in letters if letter.kind == "accepted"]
    days = {step: [day(each.steps[step]) for each in sent if each.steps[step]] for step in ("sent", *MOMENTS)}
    emails = [each for each in sent if each.channel == "email"]
    texts = [each for each in sent if each.channel == "sms"]
    looked = max((each.steps["opened"] for each in emails if each.steps["opened"]), default=None)
    unopened = [each for each in emails if not each.steps["opened"] and not each.steps["failed"]]
    facts: dict[str, Any] = {step: len(days[step]) for step in ("sent", *MOMENTS[:-1])}
    for step in ("sent", "delivered", "opened", "clicked"):
        facts[f"first_{step}"] = min(days[step], default=None)
        facts[f"last_{step}"] = max(days[step], default=None)
    return facts | {
        "last_replied": max(days["replied"], default=None),
        "last_failed": max(days["failed"], default=None),
        "opted_out": max(days["opted_out"], default=None),
        "last_campaign_id": max(sent, key=lambda each: each.message_id).run.campaign_id,
        "email_sent": len(emails),
        "email_opened": sum(bool(each.steps["opened"]) for each in emails),
        "email_clicked": sum(bool(each.steps["clicked"]) for each in emails),
        "email_unopened": sum(looked is None or each.sent_at > looked for each in unopened),
        "last_email_sent": max((day(each.sent_at) for each in emails), default=None),
        "last_email_opened": max((day(each.steps["opened"]) for each in emails if each.steps["opened"]), default=None),
        "sms_sent": len(texts),
        "sms_clicked": sum(bool(each.steps["clicked"]) for each in texts),
        "last_sms_sent": max((day(each.sent_at) for each in texts), default=None),
    }


class RandomHistories(TestCase):
    def test_a_row_says_what_a_plain_count_says(self) -> None:
        for seed in range(4):
            customers, letters = make_history(random.Random(seed))
            engagement.refresh()
            wanted = {}
            for customer in customers:
                hers = [letter for letter in letters if letter.customer == customer]
                if any(letter.kind == "accepted" for letter in hers):
                    wanted[customer.pk] = expected(hers)
            with self.subTest(seed=seed):
                self.assertGreater(len(wanted), 3)
                self.assertEqual({pk: kept(EngagementFacts)[pk] for pk in wanted}, wanted)
                self.assertFalse({each.pk for each in customers} - set(wanted) & set(kept(EngagementFacts)))

    def test_the_three_ways_to_compute_agree(self) -> None:
        customers, _letters = make_history(random.Random(9))
        engagement.catch_up(NOW - dt.timedelta(days=200))
        by_news = kept(EngagementFacts)
        engagement.refresh([each.pk for each in customers])
        self.assertEqual(kept(EngagementFacts), by_news)
        engagement.refresh()
        self.assertEqual(kept(EngagementFacts), by_news)

    def test_what_did_not_change_is_not_written(self) -> None:
        customers, _letters = make_history(random.Random(5))
        self.assertGreater(engagement.refresh(), 0)
        before = list(EngagementFacts.objects.order_by("pk").values_list("pk", "computed_at"))
        self.assertEqual(engagement.refresh(), 0)
        self.assertEqual(engagement.refresh([each.pk for each in customers]), 0)
        self.assertEqual(engagement.catch_up(NOW - dt.timedelta(days=200)), 0)
        self.assertEqual(list(EngagementFacts.objects.order_by("pk").values_list("pk", "computed_at")), before)


class News(TestCase):
    def setUp(self) -> None:
        self.run = make_run("email", days_ago=5)
        self.anna, self.olga = make_customer(), make_customer()
        self.letter = send(self.run, self.anna)
        send(self.run, self.olga)
        engagement.refresh()
        Run.objects.filter(pk=self.run.pk).update(finished_at=NOW - dt.timedelta(days=4))

    def opened(self, customer: Customer) -> int:
        return EngagementFacts.objects.get(pk=customer.pk).opened

    def test_a_report_that_comes_late_is_heard(self) -> None:
        """The provider says "four days ago" only now: what counts is when we were told."""
        with connection.cursor() as cursor:
            cursor.execute("UPDATE campaigns_deliverystate SET changed_at = %s", [NOW - dt.timedelta(days=4)])
        report(self.letter, opened=NOW - dt.timedelta(days=4))
        self.assertEqual(engagement.catch_up(NOW - dt.timedelta(minutes=5)), 1)
        self.assertEqual((self.opened(self.anna), self.opened(self.olga)), (1, 0))

    def test_a_letter_of_a_run_that_goes_on(self) -> None:
        run = make_run("email", days_ago=1)
        send(run, self.anna)
        self.assertEqual(engagement.catch_up(NOW - dt.timedelta(days=2)), 1)
        self.assertEqual(EngagementFacts.objects.get(pk=self.anna.pk).sent, 2)

    def test_an_unknown_that_turned_out_to_be_sent(self) -> None:
        waiting = send(self.run, make_customer(), kind="unknown")
        engagement.refresh()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO campaigns_resolution (run_id, message_id, kind, evidence) VALUES (%s, %s, 'accepted', '')",
                [self.run.pk, waiting.message_id],
            )
        self.assertEqual(engagement.catch_up(NOW - dt.timedelta(minutes=5)), 1)
        self.assertEqual(EngagementFacts.objects.get(pk=waiting.customer.pk).sent, 1)

    def test_nothing_new_asks_nothing_of_the_facts(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE campaigns_deliverystate SET changed_at = %s", [NOW - dt.timedelta(days=4)])
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(engagement.catch_up(NOW - dt.timedelta(minutes=5)), 0)
        self.assertFalse([each for each in queries if "engagementfacts" in each["sql"]])


class People(TestCase):
    """Merging, taking it back, erasing."""

    def setUp(self) -> None:
        self.survivor, self.loser = make_customer(), make_customer()
        for customer in (self.survivor, self.loser):
            make_card(customer)
        run, other = make_run("email", days_ago=5), make_run("sms", days_ago=3)
        for letter_run, customer in ((run, self.survivor), (run, self.loser), (other, self.loser)):
            send(letter_run, customer, opened=NOW)
        refresh_facts()
        self.before = kept(EngagementFacts)
        self.author = make_staff().pk

    def test_the_survivor_has_the_sum_and_the_merged_no_row(self) -> None:
        merge_by_hand([self.loser.pk], self.survivor.pk, self.author)
        (row,) = EngagementFacts.objects.all()
        self.assertEqual((row.customer_id, row.sent, row.opened, row.sms_sent), (self.survivor.pk, 3, 3, 1))

    def test_taking_a_merge_back_gives_each_their_own(self) -> None:
        merge_by_hand([self.loser.pk], self.survivor.pk, self.author)
        unmerge(MergeRecord.objects.get().pk, self.author)
        self.assertEqual(kept(EngagementFacts), self.before)

    def test_the_night_finds_merges_that_nobody_followed(self) -> None:
        Customer.objects.filter(pk=self.loser.pk).update(merged_into=self.survivor)
        refresh_facts()
        self.assertEqual({pk: row["sent"] for pk, row in kept(EngagementFacts).items()}, {self.survivor.pk: 3})

    def test_erasing_forgets_her_for_good(self) -> None:
        erase([self.loser.pk])
        refresh_facts()
        self.assertEqual(set(kept(EngagementFacts)), {self.survivor.pk})
        self.assertFalse(Touch.objects.filter(customer=self.loser.pk).exists())
