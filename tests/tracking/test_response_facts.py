"""Facts of responses against a plain count over a random history; the best channel; merges, erasing, news."""

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

from django.test import TestCase

from campaigns import engagement
from channels.models import Account
from segments.erasing import erase
from segments.facts import refresh_facts
from segments.identity.merging import merge_by_hand, unmerge
from segments.models import Customer, Interaction, MergeRecord
from tests.campaigns.histories import NOW, Letter, day, kept, make_history, make_run, report, send
from tests.segments.builders import make_card, make_contact, make_customer, make_interaction, make_staff
from tests.tracking.builders import call_file, call_line, make_number
from tracking import response_facts
from tracking.calls import load_calls
from tracking.models import Call, Hit, Response, ResponseFacts, SurveyAnswer

_numbers = count(1)
PERSON, ROBOT = "Mozilla/5.0 (Macintosh)", "Mozilla/5.0 (compatible; Googlebot/2.1)"
HOUR = dt.timedelta(hours=1)


def make_call(customer: Customer | None, at: dt.datetime, letter: Letter | None = None, **fields: Any) -> Call:
    return Call.objects.create(
        external_id=f"test-{next(_numbers)}", started_at=at, customer=customer,
        campaign_id=letter and letter.run.campaign_id, message_id=letter and letter.message_id, **fields,
    )  # fmt: skip


def make_answer(letter: Letter, at: dt.datetime, decision: str = "keep", via: str = "survey") -> SurveyAnswer:
    return SurveyAnswer.objects.create(
        run=letter.run, campaign=letter.run.campaign, message_id=letter.message_id, customer=letter.customer,
        decision=decision, via=via, answered_at=at,
    )  # fmt: skip


def make_click(letter: Letter, at: dt.datetime, agent: str = PERSON) -> Hit:
    """A click that is classed; a person's one is noted on the message, as `tracking.hits.classing` does."""
    if agent == PERSON:
        report(letter, clicked=at)
    return Hit.objects.create(
        kind="click", run=letter.run, message_id=letter.message_id, link=1, at=at, user_agent=agent,
        made_by="human" if agent == PERSON else "machine",
    )  # fmt: skip


class World:
    """A history of letters, and of what people did after them."""

    def __init__(self, chance: random.Random) -> None:
        self.customers, letters = make_history(chance)
        for account in Account.objects.all():
            account.cost = Decimal(chance.choice(["0", "0.5", "1", "4"]))
            account.save()
        self.letters = [letter for letter in letters if letter.kind == "accepted"]
        self.calls: list[Call] = []
        self.answers: list[SurveyAnswer] = []
        self.clicks: list[tuple[Letter, Hit]] = []
        self.visits: list[Interaction] = []
        for letter in self.letters:
            self._respond(letter, chance)
        for customer in chance.sample(self.customers, 5):
            at = NOW - dt.timedelta(days=chance.randrange(150))
            self.visits.append(
                make_interaction(customer, "visit", happened_at=at, status=chance.choice(["", "Отменён"]))
            )
            self.calls.append(make_call(customer, at, direction=chance.choice(["in", "out"])))

    def _respond(self, letter: Letter, chance: random.Random) -> None:
        at = letter.sent_at + chance.randrange(100) * HOUR
        if chance.random() < 0.25:
            self.clicks += [(letter, make_click(letter, at + n * 20 * HOUR)) for n in range(3)]
        if chance.random() < 0.2:
            self.clicks.append((letter, make_click(letter, at, ROBOT)))
        for decision in chance.sample(["keep", "fewer", "stop"], chance.choice([0, 0, 1, 2])):
            via = "one_click" if decision == "stop" and chance.random() < 0.5 else "survey"
            self.answers.append(make_answer(letter, at, decision, via))
            at += HOUR
        if chance.random() < 0.2:
            self.calls.append(make_call(letter.customer, at, letter, is_lost=chance.random() < 0.5))

    def last_answers(self, customer: Customer) -> list[SurveyAnswer]:
        """By the survey, if it is the last word of its message."""
        last = {each.message_id: each for each in sorted(self.answers, key=lambda one: one.pk)}
        return [each for each in last.values() if each.via == "survey" and each.customer == customer]

    def site_days(self, customer: Customer) -> set[tuple[int, dt.date | None]]:
        """(message, day) of her own clicks."""
        return {
            (letter.message_id, day(hit.at))
            for letter, hit in self.clicks
            if letter.customer == customer and hit.user_agent == PERSON and hit.at >= letter.steps["clicked"]  # type: ignore[operator]
        }

    def visits_after(self, customer: Customer) -> list[Interaction]:
        arrived = [each for each in self.letters if each.customer == customer and not each.steps["failed"]]
        return [
            visit for visit in self.visits
            if visit.customer == customer and not visit.status
            and any(dt.timedelta() <= visit.happened_at - each.sent_at < dt.timedelta(days=90) for each in arrived)
        ]  # fmt: skip

    def best_channel(self, customer: Customer) -> tuple[str, dt.datetime | None]:
        """The rule of `tracking.response_facts`, and the newest response to a message."""
        scores = []
        for channel in ("email", "sms"):
            hers = [each for each in self.letters if each.customer == customer and each.channel == channel]
            told = {each.message_id: at for each in hers if (at := self._responded(each))}
            if told:
                cost = sum(Fraction(each.run.campaign.account.cost) for each in self._with_costs(hers))
                rate = Fraction(len(told)) / cost if cost else Fraction(0)
                scores.append((not cost, rate, Fraction(len(told), len(hers)), max(told.values()), channel))
        scores.sort(key=lambda score: (score[:4], score[4] == "email"))
        return (scores[-1][4], max(score[3] for score in scores)) if scores else ("", None)

    def _with_costs(self, letters: list[Letter]) -> list[Letter]:
        for each in letters:
            each.run.campaign.account.refresh_from_db()
        return letters

    def _responded(self, letter: Letter) -> dt.datetime | None:
        times = [letter.steps["clicked"], letter.steps["replied"]]
        answers = [each for each in self.last_answers(letter.customer) if each.message_id == letter.message_id]
        times += [each.answered_at for each in answers if each.decision != "stop"]
        times += [
            each.started_at for each in self.calls if each.message_id == letter.message_id and each.direction == "in"
        ]
        return max(filter(None, times), default=None)

    def expected(self, customer: Customer) -> dict[str, Any] | None:
        calls = [day(each.started_at) for each in self.calls if each.customer == customer and each.direction == "in"]
        answers = [day(each.answered_at) for each in self.last_answers(customer)]
        site = [each for _message, each in self.site_days(customer)]
        visits = [day(each.happened_at) for each in self.visits_after(customer)]
        best, newest = self.best_channel(customer)
        every = [*calls, *answers, *site, *visits, *([day(newest)] if newest else [])]
        if not every:
            return None
        return {
            "calls": len(calls), "last_call": max(calls, default=None),
            "answers": len(answers), "last_answer": max(answers, default=None),
            "site_visits": len(site), "last_site_visit": max(site, default=None),
            "visits": len(visits), "last_visit": max(visits, default=None),
            "last_response": max(every), "best_channel": best,
        }  # fmt: skip


class RandomHistories(TestCase):
    def test_a_row_says_what_a_plain_count_says(self) -> None:
        best = set()
        for seed in range(4):
            world = World(random.Random(seed))
            engagement.refresh()
            response_facts.refresh()
            wanted = {each.pk: facts for each in world.customers if (facts := world.expected(each))}
            hers = {
                pk: facts for pk, facts in kept(ResponseFacts).items() if pk in {each.pk for each in world.customers}
            }
            with self.subTest(seed=seed):
                self.assertEqual(hers, wanted)
            best |= {facts["best_channel"] for facts in wanted.values()}
        self.assertEqual(best, {"", "email", "sms"})

    def test_the_three_ways_to_compute_agree_and_repeat_nothing(self) -> None:
        world = World(random.Random(9))
        engagement.refresh()
        self.assertGreater(response_facts.catch_up(NOW - dt.timedelta(days=200)), 0)
        by_news = kept(ResponseFacts)
        people = [each.pk for each in world.customers]
        for again in (lambda: response_facts.refresh(people), response_facts.refresh):
            self.assertEqual(again(), 0)
            self.assertEqual(kept(ResponseFacts), by_news)


class BestChannel(TestCase):
    def setUp(self) -> None:
        self.customer = make_customer()
        self.email, self.sms = make_run("email", days_ago=9, cost="1"), make_run("sms", days_ago=8, cost="3")

    def best(self) -> str:
        engagement.refresh()
        response_facts.refresh()
        facts = ResponseFacts.objects.filter(pk=self.customer.pk).first()
        return facts.best_channel if facts else "no row"

    def test_who_only_opened_has_none(self) -> None:
        send(self.email, self.customer, opened=NOW)
        self.assertEqual(self.best(), "no row")

    def test_a_visit_names_no_channel(self) -> None:
        send(self.email, self.customer)
        make_interaction(self.customer, "visit", happened_at=NOW)
        self.assertEqual(self.best(), "")

    def test_per_rouble_not_per_message(self) -> None:
        """One of two e-mails at 1 ₽: a response for 2 ₽. The only SMS, at 3 ₽: one for 3 ₽."""
        send(self.email, self.customer)
        send(make_run("email", days_ago=7, cost="1"), self.customer, clicked=NOW)
        send(self.sms, self.customer, clicked=NOW)
        self.assertEqual(self.best(), "email")
        Account.objects.filter(channel="email").update(cost=2)
        self.assertEqual(self.best(), "sms")

    def test_what_costs_nothing_comes_first(self) -> None:
        Account.objects.filter(channel="sms").update(cost=0)
        send(self.email, self.customer, clicked=NOW)
        send(self.sms, self.customer, replied=NOW)
        self.assertEqual(self.best(), "sms")

    def test_of_equals_the_higher_share_then_the_newer(self) -> None:
        Account.objects.update(cost=0)
        send(self.email, self.customer, clicked=NOW - HOUR)
        send(self.sms, self.customer, replied=NOW)
        self.assertEqual(self.best(), "sms")
        send(make_run("sms", days_ago=7), self.customer)
        self.assertEqual(self.best(), "email")

    def test_to_stop_is_an_answer_but_no_response(self) -> None:
        make_answer(send(self.email, self.customer), NOW, "stop")
        self.assertEqual(self.best(), "")
        self.assertEqual(ResponseFacts.objects.get().answers, 1)


class News(TestCase):
    def setUp(self) -> None:
        self.customer = make_customer()
        self.letter = send(make_run("email", days_ago=5), self.customer)
        refresh_facts()

    def test_answers_clicks_and_calls_are_heard(self) -> None:
        make_answer(self.letter, NOW)
        make_click(self.letter, NOW)
        make_call(self.customer, NOW - dt.timedelta(days=1))
        engagement.catch_up(NOW - HOUR)
        self.assertEqual(response_facts.catch_up(NOW - HOUR), 1)
        facts = ResponseFacts.objects.get()
        self.assertEqual((facts.answers, facts.site_visits, facts.calls, facts.best_channel), (1, 1, 1, "email"))

    def test_loaded_calls_count_at_once_and_leave_with_their_owner(self) -> None:
        number = make_number()
        make_contact(self.customer, "+79211234567")
        load_calls(call_file([call_line(number.number, "79211234567", key=1)]))
        self.assertEqual(ResponseFacts.objects.get(pk=self.customer.pk).calls, 1)
        other = make_customer()
        make_contact(other, "+79217654321")
        load_calls(call_file([call_line(number.number, "79217654321", key=1)]))
        self.assertEqual([row.pk for row in ResponseFacts.objects.all()], [other.pk])

    def test_a_dry_run_leaves_nothing(self) -> None:
        make_contact(self.customer, "+79211234567")
        load_calls(call_file([call_line(make_number().number, "79211234567")]), dry_run=True)
        self.assertFalse(ResponseFacts.objects.exists())


class People(TestCase):
    def setUp(self) -> None:
        self.survivor, self.loser, self.third = make_customer(), make_customer(), make_customer()
        for customer in (self.survivor, self.loser, self.third):
            make_card(customer)
        run = make_run("email", days_ago=5)
        for customer in (self.survivor, self.loser, self.third):
            make_answer(send(run, customer), NOW)
        make_call(self.loser, NOW)
        refresh_facts()
        self.before = kept(ResponseFacts)
        self.author = make_staff().pk

    def test_merging_adds_up_and_taking_it_back_gives_back(self) -> None:
        self.assertEqual(len(self.before), 3)
        for loser in (self.loser, self.third):
            merge_by_hand([loser.pk], self.survivor.pk, self.author)
        (facts,) = ResponseFacts.objects.all()
        self.assertEqual((facts.pk, facts.answers, facts.calls), (self.survivor.pk, 3, 1))
        for record in MergeRecord.objects.order_by("pk"):
            unmerge(record.pk, self.author)
        self.assertEqual(kept(ResponseFacts), self.before)

    def test_a_call_to_a_merged_customer_loses_none_of_the_others(self) -> None:
        for loser in (self.loser, self.third):
            merge_by_hand([loser.pk], self.survivor.pk, self.author)
        make_call(self.loser, NOW)
        response_facts.catch_up(NOW - HOUR)
        facts = ResponseFacts.objects.get()
        self.assertEqual((facts.answers, facts.calls), (3, 2))

    def test_erasing_forgets_her_for_good(self) -> None:
        erase([self.loser.pk])
        refresh_facts()
        self.assertEqual(set(kept(ResponseFacts)), {self.survivor.pk, self.third.pk})
        self.assertFalse(Response.objects.filter(customer=self.loser.pk).exists())
