"""A segment's page: shares side by side, advice, plan, uses, and who came and went."""

from django.http import HttpResponse
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from segments import shares
from segments.admin.segment_page import _money, share_of
from segments.models import Segment
from tests.segments.builders import make_customer, make_facts, make_interaction, make_segment, make_staff

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
MANAGER = ("segments.view_segment", "segments.add_segment", "segments.change_segment", "segments.view_customer")


class Page(TestCase):
    def setUp(self) -> None:
        self.manager = make_staff(*MANAGER)
        self.client.force_login(self.manager)
        self.anna, self.boris = make_customer("Ларк"), make_customer("Дрозд")
        for each in (self.anna, self.boris):
            make_facts(each)
        self.segment = make_segment(self.anna, rule=BUYERS, name="Покупатели", slug="buyers", owner=self.manager)

    def page(self) -> HttpResponse:
        return self.client.get(reverse("admin:segments_segment_change", args=[self.segment.pk]))

    def test_people_money_and_messages_stand_side_by_side(self) -> None:
        make_interaction(self.anna, amount=3_000_000)
        make_interaction(self.boris, amount=1_000_000)
        shares.measure([self.segment])
        page = self.page()
        for label, share in (("Люди", "50,0"), ("Деньги за год", "75,0"), ("Сообщения за год", "—")):
            self.assertContains(page, label)
            self.assertContains(page, share)
        self.assertContains(page, "3,0\u00a0млн\u00a0₽")

    def test_plan_and_advice(self) -> None:
        self.assertContains(self.page(), "Нет плана: напишите, что получают эти люди")
        Segment.objects.update(plan="Письмо в мае", plan_reason="Чтобы вернулись")
        page = self.page()
        self.assertNotContains(page, "Нет плана")
        self.assertContains(page, "Чтобы вернулись")

    def test_where_it_is_used(self) -> None:
        self.assertContains(self.page(), "Пока нигде")
        upon = {"format": 1, "rule": {"field": "segment", "op": "any_of", "value": ["buyers"]}}
        for number in range(10):
            make_segment(rule=upon, name=f"Поверх {number}")
        page = self.page()
        self.assertContains(page, "Поверх 7")
        self.assertNotContains(page, "Поверх 8")
        self.assertContains(page, "и ещё 2 места")

    def test_one_that_is_being_counted_gets_no_advice_yet(self) -> None:
        Segment.objects.update(refreshed_at=None, size=None)
        page = self.page()
        self.assertContains(page, "считается")
        self.assertNotContains(page, "Нет плана")

    def test_a_frozen_list_is_not_refreshed_by_hand(self) -> None:
        refresh = reverse("admin:segments_segment_refresh", args=[self.segment.pk])
        self.assertContains(self.page(), refresh)
        Segment.objects.update(policy="frozen")
        page = self.page()
        self.assertNotContains(page, refresh)
        self.assertContains(page, "Список от")

    def test_who_may_only_look_has_no_buttons_that_change(self) -> None:
        self.client.force_login(make_staff("segments.view_segment"))
        page = self.page()
        for name in ("refresh", "clone", "freeze", "people", "compare"):
            self.assertNotContains(page, reverse(f"admin:segments_segment_{name}", args=[self.segment.pk]))


class Moves(TestCase):
    def setUp(self) -> None:
        self.client.force_login(make_staff(*MANAGER))
        self.people = [make_customer(f"Птица{number:02}") for number in range(60)]
        self.segment = make_segment(*self.people, rule=BUYERS)
        ids = [each.pk for each in self.people]
        self.change = self.segment.changes.create(
            cause="base", entered=ids, entered_count=60, gone=ids[:1], gone_count=1, happened_at=timezone.now()
        )
        self.url = reverse("admin:segments_segment_moves", args=[self.segment.pk])

    def test_refresh_by_refresh_with_the_cause(self) -> None:
        page = self.client.get(self.url)
        for words in ("Изменилась база", "+60", "−1"):
            self.assertContains(page, words)

    def test_the_first_fill_has_no_list(self) -> None:
        self.segment.changes.update(cause="first", gone_count=0)
        page = self.client.get(self.url)
        self.assertContains(page, "+60")
        self.assertNotContains(page, "side=entered")

    def test_the_people_of_one_page_by_page(self) -> None:
        first = self.client.get(f"{self.url}?change={self.change.pk}&side=entered")
        second = self.client.get(f"{self.url}?change={self.change.pk}&side=entered&page=2")
        self.assertContains(first, "Птица49")
        self.assertNotContains(first, "Птица50")
        self.assertContains(first, f"?change={self.change.pk}&amp;side=entered&amp;page=2")
        self.assertContains(second, "Птица59")
        gone = self.client.get(f"{self.url}?change={self.change.pk}&side=gone")
        self.assertContains(gone, '<tr><th scope="row">', count=1)

    def test_what_is_not_there(self) -> None:
        other = make_segment(rule=BUYERS)
        for query in ("change=x&side=gone", f"change={self.change.pk}&side=entered__0", "change=99999999&side=gone"):
            self.assertEqual(self.client.get(f"{self.url}?{query}").status_code, 404, query)
        elsewhere = reverse("admin:segments_segment_moves", args=[other.pk])
        self.assertEqual(self.client.get(f"{elsewhere}?change={self.change.pk}&side=gone").status_code, 404)

    def test_without_the_right_to_see_customers(self) -> None:
        self.client.force_login(make_staff("segments.view_segment"))
        self.assertEqual(self.client.get(self.url).status_code, 403)


class Numbers(TestCase):
    def test_shares(self) -> None:
        for size, base, shown in ((1, 3, "33,3 %"), (1, 100_000, "< 0,1 %"), (0, 5, "0,0 %"), (9, 5, "100,0 %")):
            self.assertEqual(share_of(size, base).replace("\u00a0", " "), shown)
        self.assertEqual((share_of(None, 5), share_of(1, 0)), ("—", "—"))

    def test_money(self) -> None:
        for value, shown in (
            (0, "0 ₽"),
            (12_300, "12 тыс. ₽"),
            (148_900_000, "148,9 млн ₽"),
            (2_500_000_000, "2,5 млрд ₽"),
        ):
            self.assertEqual(_money(value).replace("\u00a0", " "), shown)
