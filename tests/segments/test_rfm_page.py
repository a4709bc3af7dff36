"""The page of RFM and what it leads to: totals that agree, people of a cell, a segment, a campaign, other cut-offs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.begun_letters import LETTERS
from campaigns.rendering import build
from segments.admin.rfm_page import days_between, money_bounds, times
from segments.erasing import erase
from segments.facts import refresh_facts
from segments.models import Customer, RfmLine, RfmMove, RfmScore, RfmSegment, Segment
from segments.rfm import applying, cutting, reading
from segments.rfm.naming import names
from segments.rfm.scoring import refresh_rfm
from segments.rules.compile import matching
from segments.rules.words import sentence
from segments.templatetags.rfm_words import short
from tests.segments.builders import make_customer, make_interaction, make_staff

PAGE = "admin:segments_rfmline_changelist"
RIGHTS = ("segments.view_rfmline", "segments.change_rfmline", "segments.view_rfmsegment", "segments.change_rfmsegment",
          "segments.view_customer", "segments.view_segment", "segments.add_segment", "segments.change_segment",
          "campaigns.add_campaign", "campaigns.change_campaign", "campaigns.view_campaign")  # fmt: skip


def buyer(days: int, purchases: int, total: int, **fields: Any) -> Customer:
    customer = make_customer()
    for number in range(purchases):
        make_interaction(
            customer, fields.get("kind", "service"), amount=Decimal(total) if number == 0 else 0,
            happened_at=timezone.now() - timedelta(days=days + number), **{"line": "service"} | fields,
        )  # fmt: skip
    return customer


class World(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.vip, cls.whale, cls.lost = buyer(3, 10, 200_000), buyer(200, 10, 90_000), buyer(300, 1, 500)
        cls.risk, cls.stranger = buyer(40, 6, 200_000), make_customer()
        refresh_facts()
        cls.manager = make_staff(*RIGHTS)

    def setUp(self) -> None:
        self.client.force_login(self.manager)


class ReadingTest(World):
    def test_totals_agree_with_the_base(self) -> None:
        codes = reading.by_code("all")
        rows = reading.grid(codes)
        total = reading.total(codes.values())
        self.assertEqual((total.people, total.money), (4, Decimal(490_500)))
        self.assertEqual(reading.total(row.figures for row in rows), total)
        self.assertEqual(reading.total(cell.figures for row in rows for cell in row.cells), total)
        self.assertEqual(reading.total(figures for _score, figures in reading.columns(rows)), total)
        table = names()
        named = reading.named(codes, table, reading.flows(RfmLine.objects.get(pk="all"), table))
        self.assertEqual(reading.total(each.figures for each in named), total)
        self.assertEqual({each.segment.slug: each.figures.people for each in named if each.figures.people},
                         {"vip": 1, "whales": 1, "lost": 1, "attention": 1})  # fmt: skip
        self.assertEqual({each.segment.slug: each.risk for each in named if each.risk}, {"attention": 1})
        self.assertEqual(reading.living() - total.people, 1)

    def test_the_dearest_cell_is_the_darkest_and_an_empty_one_is_pale(self) -> None:
        cells = {cell.pattern: cell for row in reading.grid(reading.by_code("all")) for cell in row.cells}
        self.assertEqual((cells["44X"].heat, cells["22X"].heat), (reading.HEATS, 0))
        self.assertGreater(cells["14X"].heat, cells["11X"].heat)
        self.assertEqual(cells["11X"].heat, 1)

    def test_moves_of_the_month_are_net_and_of_people(self) -> None:
        line = RfmLine.objects.get(pk="all")
        now = timezone.now()
        RfmLine.objects.filter(pk="all").update(applied_at=now - timedelta(days=70))
        for customer, codes in ((self.vip, ("333", "344", "444")), (self.lost, ("", "111")), (self.risk, ("344", "334")),
                                (self.whale, ("444", "344", "444"))):  # fmt: skip
            for before, after in zip(codes, codes[1:], strict=False):
                RfmMove.objects.create(
                    line="all", customer=customer, before=before, after=after, cause="base", moved_at=now
                )
        RfmMove.objects.create(
            line="all", customer=self.risk, before="444", after="111", cause="cut_offs", moved_at=now
        )
        RfmMove.objects.create(
            line="all", customer=self.risk, before="444", after="111", cause="base", moved_at=now - timedelta(days=62)
        )
        line.refresh_from_db()
        table = names()
        flows = reading.flows(line, table)
        by_name = table.by_slug
        self.assertEqual(flows.people, {(by_name["attention"], by_name["vip"]): 1, (None, by_name["lost"]): 1})
        self.assertEqual((flows.came(by_name["vip"]), flows.left(None), flows.is_since_cut_offs), (1, 1, False))

    def test_moves_begin_again_with_other_cut_offs(self) -> None:
        line = RfmLine.objects.get(pk="all")
        RfmMove.objects.create(
            line="all", customer=self.vip, before="111", after="444", cause="base",
            moved_at=line.applied_at - timedelta(seconds=1),
        )  # fmt: skip
        flows = reading.flows(line, names())
        self.assertEqual((flows.people, flows.since), ({}, line.applied_at))


class PartsTest(World):
    def found(self, text: str) -> set[int]:
        part = cutting.part(text)
        assert part is not None
        by_filter = set(Customer.objects.filter(merged_into=None).filter(part.condition()).values_list("pk", flat=True))
        by_rule = set(matching(part.rule()).values_list("pk", flat=True))
        self.assertEqual(by_filter, by_rule, text)
        return by_filter

    def test_a_part_is_the_same_people_as_a_filter_and_as_a_rule(self) -> None:
        self.assertEqual(self.found("all.vip"), {self.vip.pk})
        self.assertEqual(self.found("service.none"), {self.stranger.pk})
        self.assertEqual(self.found("all.none"), {self.stranger.pk})
        self.assertEqual(self.found("all.any"), {self.vip.pk, self.whale.pk, self.lost.pk, self.risk.pk})
        self.assertEqual(self.found("all.risk"), {self.risk.pk})
        self.assertEqual(self.found("all.X4X"), {self.vip.pk, self.whale.pk})
        self.assertEqual(self.found("all.14X"), {self.whale.pk})
        self.assertEqual(self.found("new.any"), set())

    def test_what_is_no_part_is_none(self) -> None:
        for text in ("", "all", "all.", "all.nobody", "moon.vip", "all." + "X" * 3, "all.45X", "all.vip.x"):
            self.assertIsNone(cutting.part(text), text)

    def test_every_part_is_told_in_words(self) -> None:
        for line in RfmLine.Line.values:
            for part in (*cutting.parts(line, names()), cutting.Part(line, "4X1", names())):
                self.assertTrue(sentence(part.rule()).endswith("."), part)
        self.assertIn("Спящие киты", sentence(cutting.Part("new", "whales", names()).rule()))

    def test_a_segment_is_made_once(self) -> None:
        part = cutting.part("new.whales")
        assert part is not None
        segment = cutting.cut(part, self.manager)
        self.assertEqual((segment.owner, segment.name), (self.manager, "RFM: Спящие киты (новые автомобили)"))
        self.assertIn("Личное письмо", segment.plan)
        self.assertEqual(cutting.cut(part, self.manager), segment)
        Segment.objects.filter(pk=segment.pk).update(rule={"format": 1, "rule": {"all": []}})
        other = cutting.cut(part, self.manager)
        self.assertNotEqual((other.pk, other.name, other.slug), (segment.pk, segment.name, segment.slug))


class PageTest(World):
    def test_the_page_of_every_line(self) -> None:
        for line in RfmLine.Line.values:
            with CaptureQueriesContext(connection) as captured:
                answer = self.client.get(reverse(PAGE), {"line": line})
            self.assertLess(len(captured), 20)
            self.assertContains(answer, "Спящие киты")
        self.assertEqual(self.client.get(reverse(PAGE), {"line": "moon"}).status_code, 404)
        self.assertContains(self.client.get(reverse(PAGE)), "?rfm=all.44X")

    def test_an_empty_base_says_where_codes_come_from(self) -> None:
        RfmScore.objects.all().delete()
        empty = self.client.get(reverse(PAGE))
        self.assertContains(empty, "с импортом документов")
        self.assertNotContains(empty, "— на клиента")

    def test_a_cell_opens_its_people(self) -> None:
        answer = self.client.get(reverse("admin:segments_customer_changelist"), {"rfm": "all.44X"})
        self.assertEqual([each.pk for each in answer.context["cl"].result_list], [self.vip.pk])

    def test_advice_opens_a_campaign_with_name_audience_and_letter(self) -> None:
        cut = reverse("admin:segments_rfmline_cut")
        answer = self.client.post(cut, {"part": "all.vip", "onward": "campaign"}, follow=True)
        form = answer.context["form"]
        self.assertEqual(form.initial["segments_in"], [Segment.objects.get()])
        self.assertEqual(form.initial["name"], "RFM: VIP-клиенты")
        self.assertEqual(form.initial["subject"], LETTERS["rfm-vip"].subject)
        self.assertIn("закрытый показ", form.initial["body"])

    def test_every_letter_to_begin_with_is_sound(self) -> None:
        wanted = {f"rfm-{slug}" for slug in RfmSegment.objects.values_list("slug", flat=True)}
        self.assertEqual(set(LETTERS) - {"rfm-risk"}, wanted)
        for letter in LETTERS.values():
            build(subject=letter.subject, preheader=letter.preheader, body=letter.body)
            self.assertIn(letter.text, letter.body)
            self.assertIn(letter.button, letter.body)

    def test_a_segment_of_a_cell(self) -> None:
        cut = reverse("admin:segments_rfmline_cut")
        answer = self.client.post(cut, {"part": "all.14X"})
        segment = Segment.objects.get()
        self.assertRedirects(
            answer, reverse("admin:segments_segment_change", args=[segment.pk]), fetch_redirect_response=False
        )
        self.assertRedirects(self.client.post(cut, {"part": "x"}), reverse(PAGE))
        self.assertEqual(self.client.get(cut).status_code, 405)

    def test_the_panel_of_a_customer(self) -> None:
        RfmMove.objects.create(
            line="all", customer=self.vip, before="", after="444", cause="base", moved_at=timezone.now()
        )
        answer = self.client.get(reverse("admin:segments_customer_change", args=[self.vip.pk]))
        self.assertContains(answer, "Как менялся код")
        self.assertContains(answer, "444")

    def test_the_erased_leave_neither_codes_nor_history(self) -> None:
        gone = self.vip.pk
        RfmMove.objects.create(line="all", customer=self.vip, after="444", cause="base", moved_at=timezone.now())
        erase([gone])
        self.assertFalse(
            RfmScore.objects.filter(customer=gone).exists() or RfmMove.objects.filter(customer=gone).exists()
        )


class CutOffsFormTest(World):
    VALUES = {"mode": "fixed", "recency_4": 30, "recency_3": 60, "recency_2": 90, "frequency_4": 10, "frequency_3": 5,
              "frequency_2": 2, "money_4": "100000", "money_3": "50000", "money_2": "10000"}  # fmt: skip

    def save(self, **changed: Any) -> Any:
        return self.client.post(reverse("admin:segments_rfmline_change", args=["all"]), self.VALUES | changed)

    def test_cut_offs_are_changed_and_applied_by_the_job(self) -> None:
        self.assertRedirects(self.save(recency_4=2), f"{reverse(PAGE)}?line=all")
        waiting = self.client.get(reverse(PAGE))
        self.assertContains(waiting, "коды пересчитываются")
        self.assertContains(waiting, "до 2 дней", count=1)  # not over people whose codes are by other days
        counts = applying.apply()
        self.assertEqual(counts and counts["moves"], 1)
        self.assertContains(self.client.get(reverse(PAGE)), "до 2 дней", count=2)
        self.assertEqual(RfmScore.objects.get(line="all", customer=self.vip).code, "344")
        self.assertIsNone(applying.apply())

    def test_nothing_changed_asks_for_nothing(self) -> None:
        before = RfmLine.objects.get(pk="all").changed_at
        self.save()
        self.assertEqual(RfmLine.objects.get(pk="all").changed_at, before)

    def test_cut_offs_in_the_wrong_order_are_refused(self) -> None:
        for wrong in ({"recency_4": 60}, {"recency_3": 91}, {"frequency_4": 5}, {"frequency_2": 0}, {"money_2": "60000"},
                      {"money_2": "0"}, {"money_4": "x"}, {"mode": "moon"}):  # fmt: skip
            answer = self.save(**wrong)
            self.assertEqual(answer.status_code, 200, wrong)
            self.assertTrue(answer.context["adminform"].form.errors, wrong)

    def test_the_table_of_segments_keeps_every_code(self) -> None:
        vip = RfmSegment.objects.get(slug="vip")
        page = reverse("admin:segments_rfmsegment_change", args=[vip.pk])
        sent = {
            "name": "Лучшие",
            "codes": "444 443 434 433",
            "priority": "high",
            "advice": "Звонить",
            "vip_risk_from": "",
        }
        self.assertEqual(self.client.post(page, sent).status_code, 302)
        self.assertEqual(names().of["433"].name, "Лучшие")
        answer = self.client.post(page, sent | {"codes": "443 434"})
        self.assertContains(answer, "остались бы без сегмента: 444")
        self.assertEqual(self.client.post(page, sent | {"codes": "9"}).status_code, 200)


class WordsTest(TestCase):
    def test_spans_of_scores(self) -> None:
        days = [days_between(score, (30, 60, 90)) for score in "4321"]
        self.assertEqual(days, ["до 30 дней", "31–60\u00a0дней", "61–90\u00a0дней", "больше 90 дней"])
        self.assertEqual([times(score, (10, 5, 2)) for score in "4321"], ["10 и больше", "5–9", "2–4", "1"])
        self.assertEqual([times(score, (2, 2, 2)) for score in "4321"], ["2 и больше", "—", "—", "1"])
        self.assertEqual(money_bounds((Decimal("1000.01"), Decimal(500), Decimal(1)))[0], (4, "1\u00a0000\u00a0₽"))

    def test_sums_of_cells(self) -> None:
        for money, shown in ((None, "—"), (0, "0 ₽"), (999, "999 ₽"), (71_800, "71,8 тыс. ₽"), (12_400_000, "12,4 млн ₽"),
                             (629_400_000, "629 млн ₽"), (27_000_000_000, "27,0 млрд ₽"), (-1500, "-1,5 тыс. ₽")):  # fmt: skip
            self.assertEqual(short(None if money is None else Decimal(money)), shown.replace(" ", "\u00a0"))

    def test_scores_of_a_line_that_nobody_bought_in(self) -> None:
        self.assertEqual(refresh_rfm()["customers"], 0)
        self.assertEqual(reading.total(reading.by_code("new").values()), reading.Figures())
