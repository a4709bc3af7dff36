"""Attribution of deals against a plain walk over a random history; its rules one by one; what takes it back."""

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.test import TestCase

from campaigns import engagement
from campaigns.models import Campaign, PromoCode, PromoPool, PromoRedemption, Run
from segments.facts import refresh_facts
from segments.identity.merging import merge_by_hand, unmerge
from segments.models import Customer, Interaction, MergeRecord
from tests.campaigns.histories import NOW, Letter, make_history, make_run, report, send
from tests.segments.builders import make_card, make_customer, make_interaction, make_staff
from tests.tracking.builders import make_lease, make_number
from tests.tracking.test_response_facts import make_call, make_click
from tracking import response_facts
from tracking.attribution import counting
from tracking.attribution.definitions import DEFINITIONS, WINDOWS
from tracking.models import Attribution, AttributionWindow, Call

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
LINES = ("new", "used", "service", "insurance", "accessories", "")
Model = Attribution.Model


def make_deal(customer: Customer | None, at: dt.datetime, line: str = "used", **fields: Any) -> Interaction:
    """A document of the line with a time of day that is nobody's midnight."""
    kind = line if line in ("service", "insurance") else "sale"
    fields = {"amount": Decimal(100_000), "happened_at": at.replace(second=17)} | fields
    return make_interaction(customer, kind, line="" if kind != "sale" else line, **fields)


def ring(customer: Customer, at: dt.datetime, run: Run, **fields: Any) -> Call:
    """A call on the number of the run's campaign, tied to no message unless the fields say so."""
    key = f"ring-{Call.objects.count()}"
    return Call.objects.create(external_id=key, started_at=at, customer=customer, campaign_id=run.campaign_id, **fields)


def count(customers: Sequence[int] | None = None) -> int:
    engagement.refresh(customers)
    response_facts.refresh(customers)
    return counting.refresh(customers)


def given(deal: Interaction) -> dict[str, list[tuple[int, Decimal]]]:
    """{model: (message, share) in order}"""
    rows = Attribution.objects.filter(deal=deal).order_by("model", "begins")
    found: dict[str, list[tuple[int, Decimal]]] = {}
    for row in rows:
        found.setdefault(row.model, []).append((row.message_id, row.share))
    return found


class World:
    def __init__(self, chance: random.Random) -> None:
        self.customers, letters = make_history(chance)
        self.letters = [each for each in letters if each.kind == "accepted"]
        self.calls: list[tuple[Letter, dt.datetime]] = []
        self.clicks: list[tuple[Letter, dt.datetime]] = []
        for letter in self.letters:
            at = (letter.sent_at + chance.randrange(1, 900) * HOUR).replace(second=3)
            if chance.random() < 0.3:
                make_call(letter.customer, at, letter, direction="in")
                self.calls.append((letter, at))
            if chance.random() < 0.3 and letter.steps["clicked"] is None:
                make_click(letter, at)
                self.clicks.append((letter, at))
            for each in ["service"] if chance.random() < 0.2 else []:
                Campaign.objects.filter(pk=letter.run.campaign_id).update(purpose=each)
        self.service = set(Campaign.objects.filter(purpose="service").values_list("pk", flat=True))
        self.deals = [
            make_deal(customer, NOW - chance.randrange(1, 2400) * HOUR, chance.choice(LINES))
            for customer in self.customers for _ in range(3)
        ]  # fmt: skip

    def expected(self, deal: Interaction) -> dict[str, list[tuple[int, Decimal]]]:
        line = deal.line or (deal.kind if deal.kind != "sale" else "")
        since = deal.happened_at - WINDOWS[line] * DAY
        sent = self._chosen(deal, since, [(each, each.sent_at) for each in self.letters if not each.steps["failed"]])
        found = {}
        if sent:
            found |= {"first": [(sent[0], Decimal(1))], "last": [(sent[-1], Decimal(1))]}
            found["position"] = list(zip(sent, shares(len(sent)), strict=True))
        for model, done in (("number", self.calls), ("click", self.clicks)):
            if hers := self._chosen(deal, since, done):
                found[model] = [(hers[-1], Decimal(1))]
        return found

    def _chosen(self, deal: Interaction, since: dt.datetime, told: list[tuple[Letter, dt.datetime]]) -> list[int]:
        inside = [
            (letter.run.campaign_id in self.service, at, letter.message_id)
            for letter, at in told if letter.customer == deal.customer and since <= at < deal.happened_at
        ]  # fmt: skip
        best = min((is_service for is_service, _at, _id in inside), default=False)
        return [
            message
            for _at, message in sorted((at, message) for is_service, at, message in inside if is_service == best)
        ]


def shares(messages: int) -> list[Decimal]:
    match messages:
        case 1:
            return [Decimal(1)]
        case 2:
            return [Decimal("0.5")] * 2
    cuts = [round(Decimal("0.2") * k / (messages - 2), 6) for k in range(messages - 1)]
    between = [after - before for before, after in zip(cuts, cuts[1:], strict=False)]
    return [Decimal("0.4"), *between, Decimal("0.4")]


class RandomHistories(TestCase):
    def test_every_deal_counts_for_what_a_plain_walk_says(self) -> None:
        models = set()
        for seed in range(4):
            world = World(random.Random(seed))
            count()
            for deal in world.deals:
                wanted = world.expected(deal)
                models |= set(wanted)
                self.assertEqual(given(deal), wanted, (seed, deal.line, deal.happened_at))
        self.assertEqual(models, {"first", "last", "position", "number", "click"})

    def test_the_ways_to_count_agree_and_repeat_nothing(self) -> None:
        world = World(random.Random(7))
        people = [each.pk for each in world.customers]
        self.assertGreater(count(people), 0)
        kept = list(Attribution.objects.order_by("pk").values())
        self.assertEqual((count(), count(people), counting.catch_up(NOW - 200 * DAY)), (0, 0, 0))
        self.assertEqual(list(Attribution.objects.order_by("pk").values()), kept)


class Case(TestCase):
    """One letter, sent 20 days ago, and a used car bought 10 days ago."""

    def setUp(self) -> None:
        self.customer = make_customer()
        make_card(self.customer)
        self.run = make_run("email", days_ago=20)
        self.letter = send(self.run, self.customer)
        self.bought_at = NOW - 10 * DAY
        self.deal = make_deal(self.customer, self.bought_at)

    def models(self, deal: Interaction | None = None) -> dict[str, list[int]]:
        """{model: campaigns}"""
        count()
        rows = Attribution.objects.filter(deal=deal or self.deal).order_by("model", "begins")
        found: dict[str, list[int]] = {}
        for row in rows:
            found.setdefault(row.model, []).append(row.campaign_id)
        return found

    def touched(self, campaign_id: int) -> dict[str, list[int]]:
        return dict.fromkeys(("first", "last", "position"), [campaign_id])


class Rules(Case):
    def test_the_row_carries_what_reports_read(self) -> None:
        Interaction.objects.filter(pk=self.deal.pk).update(margin=7000)
        self.models()
        row = Attribution.objects.get(model="last")
        self.assertEqual(
            (row.campaign_id, row.run_id, row.message_id, row.channel, row.customer_id, row.line, row.reason, row.key),
            (self.run.campaign_id, self.run.pk, self.letter.message_id, "email", self.customer.pk, "used", "message",
             self.letter.message_id),
        )  # fmt: skip
        self.assertEqual((row.amount, row.margin, row.share), (100_000, 7000, 1))
        self.assertEqual((row.touched_at, row.dealt_at), (self.letter.sent_at, self.deal.happened_at))

    def test_each_line_has_its_window(self) -> None:
        late = {line: make_deal(self.customer, self.letter.sent_at + (days + 1) * DAY, line, happened_at=None or
                                (self.letter.sent_at + days * DAY + HOUR)) for line, days in WINDOWS.items()}  # fmt: skip
        near = {line: make_deal(self.customer, self.letter.sent_at, line, happened_at=self.letter.sent_at + days * DAY - HOUR)
                for line, days in WINDOWS.items()}  # fmt: skip
        count()
        for line in WINDOWS:
            self.assertEqual((bool(given(late[line])), bool(given(near[line]))), (False, True), line)

    def test_a_window_that_was_changed_counts_from_the_night_on(self) -> None:
        self.models()
        AttributionWindow.objects.filter(line="used").update(days=5)
        self.assertEqual(counting.refresh([self.customer.pk]), 0)
        self.assertEqual(self.models(), {})
        self.assertEqual(AttributionWindow.objects.get(line="used").days_applied, 5)

    def test_what_brought_no_money_is_no_deal(self) -> None:
        for kind in ("visit", "booking", "call", "buyout"):
            self.assertEqual(self.models(make_interaction(self.customer, kind, happened_at=self.bought_at)), {}, kind)

    def test_a_letter_that_bounced_or_that_nobody_got_brings_nothing(self) -> None:
        report(self.letter, failed=self.letter.sent_at + HOUR)
        for kind in ("control", "rejected", "unknown", "pending"):
            send(make_run("email", days_ago=15), self.customer, kind=kind)
        self.assertEqual(self.models(), {})

    def test_a_letter_on_the_day_of_a_document_without_a_time_did_not_bring_it_but_a_call_may_have(self) -> None:
        midnight = self.letter.sent_at.astimezone(dt.timezone(3 * HOUR)).replace(hour=0, minute=0, second=0)
        Interaction.objects.filter(pk=self.deal.pk).update(happened_at=midnight)
        self.assertEqual(self.models(), {})
        make_call(self.customer, midnight + 23 * HOUR, self.letter)
        self.assertEqual(self.models(), {"number": [self.run.campaign_id]})

    def test_a_service_message_counts_where_there_is_no_advertising(self) -> None:
        notice = make_run("email", days_ago=12)
        Campaign.objects.filter(pk=notice.campaign_id).update(purpose="service")
        reminded = send(notice, self.customer)
        make_call(self.customer, self.bought_at - 3 * DAY, self.letter)
        make_call(self.customer, self.bought_at - DAY, reminded)
        self.assertEqual(self.models(), {"number": [self.run.campaign_id], **self.touched(self.run.campaign_id)})
        Campaign.objects.filter(pk=self.run.campaign_id).update(purpose="service")
        self.assertEqual(
            self.models(),
            {"number": [notice.campaign_id], "first": [self.run.campaign_id], "last": [notice.campaign_id],
             "position": [self.run.campaign_id, notice.campaign_id]},
        )  # fmt: skip

    def test_every_model_is_defined(self) -> None:
        self.assertEqual(list(DEFINITIONS), Model.values)
        self.assertEqual(dict(AttributionWindow.objects.values_list("line", "days")), WINDOWS)


class Numbers(Case):
    def call(self, at: dt.datetime, **fields: Any) -> Any:
        return ring(self.customer, at, self.run, **fields)

    def number(self) -> list[int]:
        return self.models().get("number", [])

    def test_a_call_of_ours_and_one_after_the_deal_count_for_nothing(self) -> None:
        self.call(self.bought_at - DAY, direction="out")
        self.call(self.bought_at + DAY)
        self.assertEqual(self.number(), [])

    def test_who_was_not_written_to_and_called_the_number_of_the_letter(self) -> None:
        friend = make_customer()
        deal = make_deal(friend, self.bought_at)
        ring(friend, self.bought_at - DAY, self.run)
        self.assertEqual(self.models(deal), {"number": [self.run.campaign_id]})
        self.assertIsNone(Attribution.objects.get(deal=deal).message_id)

    def test_not_before_the_launch(self) -> None:
        friend = make_customer()
        ring(friend, self.run.started_at - DAY, self.run)
        self.assertEqual(self.models(make_deal(friend, self.bought_at)), {})

    def test_not_of_whom_the_campaign_left_alone(self) -> None:
        held_out = make_customer()
        send(self.run, held_out, kind="control")
        ring(held_out, self.bought_at - DAY, self.run)
        self.assertEqual(self.models(make_deal(held_out, self.bought_at)), {})

    def test_an_older_call_counts_where_a_later_one_may_not(self) -> None:
        self.call(self.bought_at - 2 * DAY, message_id=self.letter.message_id)
        ring(self.customer, self.bought_at - DAY, make_run("email", days_ago=3))
        self.assertEqual(self.number(), [self.run.campaign_id])

    def test_a_call_on_a_lease_takes_its_channel(self) -> None:
        lease = make_lease(make_number(), self.run.campaign)
        self.call(self.bought_at - DAY, message_id=self.letter.message_id, lease=lease)
        self.number()
        row = Attribution.objects.get(model="number")
        self.assertEqual((row.reason, row.channel, row.message_id), ("call", "email", self.letter.message_id))


class Promo(Case):
    def setUp(self) -> None:
        super().setUp()
        self.pool = PromoPool.objects.create(name="Весна", amount=10)
        self.others = [make_run("email", days_ago=19) for _ in range(2)]

    def use(self, at: dt.datetime, run: Any = None, **fields: Any) -> PromoRedemption:
        n = PromoCode.objects.count()
        code = PromoCode.objects.create(
            pool=self.pool, code=f"C{n}", key=f"C{n}", customer=self.customer, message_id=self.letter.message_id
        )
        fields = {"receipt": f"Ч{n}", "campaign_id": (run or self.run).campaign_id, "customer": self.customer} | fields
        return PromoRedemption.objects.create(code=code, happened_at=at, door="till", **fields)

    def promo(self, deal: Interaction | None = None) -> list[int]:
        return self.models(deal).get("promo", [])

    def test_the_nearest_deal_of_three_days(self) -> None:
        used = self.use(self.bought_at - 2 * DAY)
        self.assertEqual(self.promo(), [self.run.campaign_id])
        row = Attribution.objects.get(model="promo")
        self.assertEqual(
            (row.reason, row.key, row.message_id, row.channel), ("promo", used.pk, self.letter.message_id, "email")
        )
        used.happened_at = self.bought_at - 4 * DAY
        used.save()
        self.assertEqual(self.promo(), [])

    def test_the_receipt_says_more_than_the_time(self) -> None:
        oil = make_deal(self.customer, self.bought_at + 20 * HOUR, "service")
        self.use(self.bought_at, receipt=oil.number)
        self.assertEqual((self.promo(), self.promo(oil)), ([], [self.run.campaign_id]))

    def test_then_the_sum(self) -> None:
        oil = make_deal(self.customer, self.bought_at + 20 * HOUR, "service", amount=4900)
        self.use(self.bought_at, amount=4900)
        self.assertEqual((self.promo(), self.promo(oil)), ([], [self.run.campaign_id]))

    def test_one_use_is_one_deal_and_one_deal_has_one_use(self) -> None:
        oil = make_deal(self.customer, self.bought_at + 20 * HOUR, "service")
        self.use(self.bought_at + HOUR)
        self.use(self.bought_at + 2 * HOUR, run=self.others[0])
        self.assertEqual((self.promo(), self.promo(oil)), ([self.run.campaign_id], []))

    def test_what_was_taken_back_is_no_use(self) -> None:
        self.use(self.bought_at, cancelled_at=NOW)
        self.assertEqual(self.promo(), [])


class TakenBack(Case):
    def setUp(self) -> None:
        super().setUp()
        refresh_facts([self.customer.pk])
        self.assertEqual(Attribution.objects.count(), 3)

    def left(self) -> int:
        refresh_facts([self.customer.pk])
        return Attribution.objects.count()

    def test_a_deal_that_was_cancelled(self) -> None:
        for status in ("Отменён", "Возврат", "аннулирован"):
            Interaction.objects.filter(pk=self.deal.pk).update(status=status)
            self.assertEqual(self.left(), 0, status)
        Interaction.objects.filter(pk=self.deal.pk).update(status="Закрыт")
        self.assertEqual(self.left(), 3)

    def test_a_deal_that_is_gone(self) -> None:
        self.deal.delete()
        self.assertEqual(self.left(), 0)

    def test_a_deal_that_became_another_s(self) -> None:
        other = make_customer()
        Interaction.objects.filter(pk=self.deal.pk).update(customer=other)
        self.assertEqual(self.left(), 0)

    def test_a_refund_takes_one_deal_of_its_sum(self) -> None:
        make_deal(self.customer, self.bought_at + DAY)
        make_deal(self.customer, self.bought_at - DAY, amount=-100_000)
        self.assertEqual(self.left(), 6, "a refund before the deal is not of it")
        make_deal(self.customer, self.bought_at + 2 * DAY, amount=-100_000)
        make_deal(self.customer, self.bought_at + 2 * DAY, amount=-99_000)
        self.assertEqual(self.left(), 3)

    def test_the_deal_of_a_customer_who_was_merged_and_split_again(self) -> None:
        twin = make_customer()
        make_card(twin)
        deal = make_deal(twin, self.bought_at)
        merge_by_hand([twin.pk], self.customer.pk, make_staff().pk)
        self.assertEqual(Attribution.objects.filter(deal=deal, customer=self.customer).count(), 3)
        unmerge(MergeRecord.objects.get().pk, make_staff().pk)
        self.assertEqual((Attribution.objects.filter(deal=deal).count(), Attribution.objects.count()), (0, 3))

    def test_a_deal_older_than_what_is_counted_anew(self) -> None:
        Attribution.objects.update(dealt_at=NOW - 500 * DAY)
        Interaction.objects.filter(pk=self.deal.pk).update(happened_at=NOW - 500 * DAY, amount=90_000)
        self.assertEqual(self.left(), 3)
        self.assertEqual(set(Attribution.objects.values_list("amount", flat=True)), {90_000})
        Interaction.objects.filter(pk=self.deal.pk).update(status="Отменён")
        self.assertEqual(self.left(), 0)


class News(Case):
    def test_what_was_told_lately_is_heard_of(self) -> None:
        since = NOW - HOUR
        count()
        make_deal(self.customer, NOW - HOUR)
        self.assertEqual(counting.catch_up(since), 3)
        self.assertEqual(counting.catch_up(since), 0)
        report(self.letter, failed=self.letter.sent_at + HOUR)
        engagement.refresh()
        self.assertEqual(counting.catch_up(since), 6)

    def test_a_use_of_a_code_that_is_told_late(self) -> None:
        count()
        pool = PromoPool.objects.create(name="Весна", amount=10)
        code = PromoCode.objects.create(pool=pool, code="C", key="C", customer=self.customer)
        fields = {"receipt": "1", "customer": self.customer, "campaign": self.run.campaign, "door": "file"}
        PromoRedemption.objects.create(code=code, happened_at=self.bought_at, **fields)
        self.assertEqual(counting.catch_up(NOW - HOUR), 1)


class TheDatabase(Case):
    def setUp(self) -> None:
        super().setUp()
        count()

    def refuses(self, **fields: Any) -> None:
        row = Attribution.objects.get(model="last")
        row.pk = None
        for name, value in fields.items():
            setattr(row, name, value)
        with self.assertRaises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)

    def test_lets_no_deal_count_twice(self) -> None:
        self.refuses(campaign_id=make_run("email", days_ago=5).campaign_id)
        self.refuses(begins=Decimal("0.5"), share=Decimal("0.5"))
        Attribution.objects.filter(model="position").update(share=Decimal("0.5"))
        self.refuses(model="position", begins=Decimal("0.4"), share=Decimal("0.4"))
        self.refuses(model="position", begins=Decimal("0.5"), share=Decimal("0.6"))
        self.refuses(model="position", begins=Decimal("0.5"), share=Decimal(0))
