"""The page of replies: who waits longest is first, addresses are masked, a button says that it was dealt with."""

import re
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Reply
from channels.models import IncomingMessage
from tests.peers.signed import make_account
from tests.segments.builders import make_contact, make_customer, make_staff

LIST = reverse("admin:campaigns_reply_changelist")
PHONE = "+79990000001"
NOW = timezone.now()


def make_reply(text: str, *, hours: float = 0, **fields: Any) -> Reply:
    account = fields.pop("account", None) or make_account(f"Аккаунт {text[:40]}")
    incoming = IncomingMessage.objects.create(
        account=account, channel=account.channel, provider_key=text[:40], sender=PHONE, text=text,
        happened_at=NOW - timedelta(hours=hours),
    )  # fmt: skip
    return Reply.objects.create(incoming=incoming, **{"address": PHONE} | fields)


class RepliesTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager = make_staff("campaigns.view_reply", "campaigns.change_reply", "segments.view_customer")
        cls.looker = make_staff("campaigns.view_reply")
        cls.customer = make_customer()
        make_contact(cls.customer, PHONE)

    def setUp(self) -> None:
        self.client.force_login(self.manager)

    def read(self, query: str = "") -> str:
        return self.client.get(LIST + query).content.decode()

    def order(self, query: str = "") -> list[str]:
        return [row.incoming.text for row in self.client.get(LIST + query).context["cl"].result_list]

    def test_who_waits_longest_is_first_and_what_is_done_is_last(self) -> None:
        make_reply("час", hours=1)
        make_reply("давно сделан", hours=90, answered_at=NOW, answered_by=self.manager)
        make_reply("недавно сделан", hours=2, answered_at=NOW, answered_by=self.manager)
        make_reply("СТОП", hours=50, keyword="stop")
        make_reply("двое суток", hours=48)
        self.assertEqual(self.order(), ["двое суток", "час", "недавно сделан", "СТОП", "давно сделан"])
        self.assertEqual(self.order("?state=open"), ["двое суток", "час"])
        make_reply("ПОМОЩЬ", hours=3, keyword="rule")
        self.assertEqual((self.order("?state=orders"), self.order("?state=automatic")), (["СТОП"], ["ПОМОЩЬ"]))
        self.assertEqual(len(self.order("?state=done")), 2)

    def test_age_is_seen(self) -> None:
        make_reply("час", hours=1)
        make_reply("двое суток", hours=48)
        page = re.sub(r"\s+", " ", self.read())
        self.assertIn("ждёт 2 дня", page)
        self.assertIn("ждёт 1 час", page)

    def test_an_address_is_masked_and_a_person_is_named(self) -> None:
        make_reply("Да", customer=self.customer)
        page = self.read()
        self.assertIn("Иванова Анна", page)
        self.assertIn("+7 *** ***-00-01", page)
        self.assertNotIn(PHONE, page)
        self.client.force_login(make_staff("campaigns.view_reply", "segments.view_contacts"))
        self.assertIn("+7 999 000-00-01", self.read())

    def test_a_merged_person_is_the_living_one_and_a_stranger_is_said(self) -> None:
        gone = make_customer("Ушедшая", "Ольга", merged_into=self.customer)
        make_reply("Да", customer=gone)
        make_reply("Кто вы?")
        page = self.read()
        self.assertIn(reverse("admin:segments_customer_change", args=[self.customer.pk]), page)
        self.assertNotIn("Ушедшая", page)
        self.assertIn("нет в базе", page)

    def test_markup_of_a_stranger_is_text(self) -> None:
        reply = make_reply("<script>alert(1)</script>")
        for page in (self.read(), self.page(reply).content.decode()):
            self.assertNotIn("<script>alert", page)
            self.assertIn("&lt;script&gt;alert", page)

    def test_the_page_of_one_says_it_whole(self) -> None:
        reply = make_reply("Да " * 100, hours=30, customer=self.customer)
        page = re.sub(r"\s+", " ", self.page(reply).content.decode())
        self.assertIn(("Да " * 100).strip(), page)
        self.assertIn("ждёт 1 день", page)
        self.assertNotIn("very_late", page)

    def page(self, reply: Reply) -> HttpResponse:
        return self.client.get(reverse("admin:campaigns_reply_change", args=[reply.pk]))

    def test_the_button_says_it_once_and_leads_back(self) -> None:
        reply = make_reply("Да")
        address = reverse("admin:campaigns_reply_answered", args=[reply.pk])
        self.assertIn(f'formaction="{address}"', self.read())
        self.assertIn(address, self.page(reply).content.decode())
        back = f"http://testserver{LIST}?state=open"
        self.assertRedirects(self.client.post(address, headers={"Referer": back}), back)
        away = self.client.post(address, headers={"Referer": "https://evil.example/"})
        self.assertRedirects(away, LIST)
        reply.refresh_from_db()
        self.assertEqual(reply.answered_by, self.manager)
        self.assertNotIn(address, self.read() + self.page(reply).content.decode())

    def test_many_at_once(self) -> None:
        replies = [make_reply(str(number)) for number in range(3)]
        data = {"action": "mark_answered", "_selected_action": [reply.pk for reply in replies]}
        self.assertContains(self.client.post(LIST, data, follow=True), "Обработано 3 ответа")
        self.assertFalse(Reply.objects.filter(answered_at=None).exists())

    def test_who_may_only_look_finds_no_button(self) -> None:
        reply = make_reply("Да")
        self.client.force_login(self.looker)
        address = reverse("admin:campaigns_reply_answered", args=[reply.pk])
        self.assertNotIn(address, self.read() + self.page(reply).content.decode())
        self.assertEqual(self.client.post(address).status_code, 403)
        self.client.post(LIST, {"action": "mark_answered", "_selected_action": [reply.pk]})
        reply.refresh_from_db()
        self.assertIsNone(reply.answered_at)

    def test_an_empty_list_says_where_replies_come_from(self) -> None:
        self.assertIn("Сюда приходит то, что люди отвечают", self.read())
