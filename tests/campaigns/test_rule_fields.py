"""What rules ask about messages: events with a window against a plain count, negation, words."""

import datetime as dt
import random
from typing import Any

from django.test import TestCase
from django.utils import translation

from campaigns import engagement, rule_fields
from campaigns.models import EngagementFacts
from segments.models import Customer, CustomerFacts
from segments.rules.compile import business_day, people
from segments.rules.fields import EVENTS
from segments.rules.words import sentence
from tests.campaigns.builders import make_campaign
from tests.campaigns.histories import MOSCOW, NOW, Letter, day, make_history, make_run, send
from tests.segments.builders import make_customer, make_facts

STEP = {
    "received": "sent", "opened": "opened", "clicked": "clicked", "replied": "replied", "not_delivered": "failed",
    "unsubscribed": "opted_out", "advertised": "sent",
}  # fmt: skip
ARRIVED = ("received", "advertised")  # all campaigns of these tests advertise


def event(name: str, times: int = 1, days: int | None = None, **where: Any) -> dict:
    conditions = [{"field": field, "op": "any_of", "value": asked} for field, asked in where.items()]
    return {"event": name, "op": "at_least", "value": times, "days": days, "where": conditions}


def found(node: dict) -> set[Customer]:
    return set(people({"format": 1, "rule": node}))


def happened(letter: Letter, node: dict) -> bool:
    """Whether the letter counts for the event."""
    at = letter.steps[STEP[node["event"]]]
    if letter.kind != "accepted" or at is None or (node["event"] in ARRIVED and letter.steps["failed"]):
        return False
    if node["days"] is not None:
        first = dt.datetime.combine(business_day() - dt.timedelta(days=node["days"]), dt.time(), MOSCOW)
        if at < first:
            return False
    said = {"campaign": str(letter.run.campaign_id), "channel": letter.channel}
    return all(said[each["field"]] in each["value"] for each in node["where"])


class Events(TestCase):
    def test_every_event_is_the_plain_count(self) -> None:
        chance = random.Random(17)
        customers, letters = make_history(chance)
        engagement.refresh()
        campaigns = sorted({str(letter.run.campaign_id) for letter in letters})
        for name in STEP:
            for _turn in range(6):
                where = {"channel": [chance.choice(["email", "sms"])]} if chance.random() < 0.3 else {}
                if chance.random() < 0.3:
                    where["campaign"] = chance.sample(campaigns, 2)
                node = event(name, chance.choice([1, 1, 2]), chance.choice([None, 5, 30, 90]), **where)
                count = {
                    each: sum(happened(one, node) for one in letters if one.customer == each) for each in customers
                }
                wanted = {each for each, times in count.items() if times >= node["value"]}
                with self.subTest(node=node):
                    self.assertEqual(found(node), wanted)
                    self.assertEqual(found({"not": node}), set(customers) - wanted)

    def test_all_events_are_among_them(self) -> None:
        self.assertEqual({each.name for each in rule_fields.EVENTS}, set(STEP))

    def test_the_window_slides_without_a_refresh(self) -> None:
        """Nothing is stored of "30 days": tomorrow the same rows give tomorrow's answer."""
        customer = make_customer()
        make_facts(customer)
        letter = send(make_run("email", days_ago=30), customer)
        engagement.refresh()
        ago = (day(NOW) - day(letter.sent_at)).days  # 29 in the last hour of a day
        self.assertEqual(found(event("received", days=ago + 1)), {customer})
        self.assertEqual(found(event("received", days=ago - 1)), set())


class Fields(TestCase):
    """Silent in e-mail, but with a phone: what the ready-made cut is made of."""

    def setUp(self) -> None:
        self.silent, self.reader, self.mute = make_customer(), make_customer(), make_customer()
        for customer in (self.silent, self.reader, self.mute):
            make_facts(customer, has_phone=customer != self.mute)
        for days in (40, 30, 20):
            run = make_run("email", days_ago=days)
            send(run, self.silent)
            send(run, self.mute)
            send(run, self.reader, opened=NOW - dt.timedelta(days=days - 1))
        engagement.refresh()

    def test_silent_in_e_mail_but_with_a_phone(self) -> None:
        unopened = {"field": "emails_unopened", "op": "at_least", "value": 3}
        phone = {"field": "has_phone", "op": "is", "value": True}
        self.assertEqual(found({"all": [unopened, phone]}), {self.silent})

    def test_dates_and_the_last_campaign(self) -> None:
        last = EngagementFacts.objects.get(pk=self.reader.pk).last_campaign_id
        self.assertEqual(found({"field": "last_email_opened", "op": "within_days", "value": 25}), {self.reader})
        self.assertEqual(found({"field": "last_email_opened", "op": "is_empty"}), {self.silent, self.mute})
        self.assertEqual(
            found({"field": "last_campaign", "op": "any_of", "value": [str(last)]}),
            {self.silent, self.reader, self.mute},
        )
        stranger = make_customer()
        make_facts(stranger)
        self.assertEqual(found({"field": "last_message", "op": "is_empty"}), {stranger})
        self.assertEqual(CustomerFacts.objects.count(), 4)

    def test_only_launched_campaigns_are_offered_the_newest_first(self) -> None:
        make_campaign(name="Черновик")
        names = [name for _value, name in rule_fields.launched_campaigns()]
        self.assertEqual(len(names), 3)
        self.assertNotIn("Черновик", names)
        self.assertEqual(names[0], EngagementFacts.objects.get(pk=self.reader.pk).last_campaign.name)


class Words(TestCase):
    def say(self, node: dict) -> str:
        with translation.override("ru"):
            return sentence({"format": 1, "rule": node}).replace("\xa0", " ")

    def test_sentences(self) -> None:
        run = make_run("email", days_ago=3)
        run.campaign.name = "Зимний осмотр"
        run.campaign.save()
        chosen = str(run.campaign_id)
        for node, words in (
            ({"field": "emails_unopened", "op": "at_least", "value": 3}, "Писем подряд не открыто — не меньше 3."),
            ({"field": "opted_out", "op": "within_days", "value": 30}, "Отписка от рассылки — за последние 30 дней."),
            ({"field": "last_email_opened", "op": "earlier_than_days", "value": 180}, "Последнее открытие письма — больше 180 дней назад."),
            ({"field": "last_campaign", "op": "any_of", "value": [chosen]}, "Кампания последнего сообщения — «Зимний осмотр»."),
            (event("received", 3, 30), "Получение сообщения — хотя бы 3 раза за последние 30 дней."),
            (event("opened", channel=["email"]), "Открытие сообщения (канал — «E-mail») — хотя бы 1 раз."),
            (event("clicked", days=90, campaign=[chosen]), "Переход по ссылке из сообщения (кампания — «Зимний осмотр») — хотя бы 1 раз за последние 90 дней."),
            ({"not": event("replied")}, "Ответ на сообщение — ни разу."),
        ):  # fmt: skip
            self.assertEqual(self.say(node), words)

    def test_labels_are_russian(self) -> None:
        with translation.override("ru"):
            for each in (*rule_fields.FIELDS, *rule_fields.EVENTS, *EVENTS["opened"].where.values()):
                self.assertNotRegex(str(each.label).replace("SMS", ""), "[A-Za-z]")
                self.assertNotRegex(str(getattr(each, "missing", "")).replace("SMS", ""), "[A-Za-z]")
