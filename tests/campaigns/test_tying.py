"""Saying by hand whose a messenger's id is."""

from unittest import mock

from django.contrib.admin.models import LogEntry
from django.test import TestCase
from django.urls import reverse

from campaigns import permission, replies
from campaigns.models import Reply
from segments.identity.merging import Refused
from segments.models import CardContact
from tests.campaigns.talks import CHAT, hear, make_bot, make_sms
from tests.segments.builders import make_contact, make_customer, make_staff

OPERATOR = ("campaigns.view_reply", "campaigns.change_reply", "campaigns.answer_reply", "segments.view_customer")


class TyingTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.customer = make_customer()
        make_contact(cls.customer, "+79991234567")
        cls.bot = make_bot()
        cls.operator = make_staff(*OPERATOR)

    def setUp(self) -> None:
        permission.turn_on(None)
        self.client.force_login(self.operator)
        self.reply, self.other = hear(self.bot, "Кто вы?"), hear(self.bot, "Алло")

    def address(self, name: str, reply: Reply | None = None) -> str:
        return reverse(f"admin:campaigns_reply_{name}", args=[(reply or self.reply).pk])

    def tie(self) -> None:
        self.client.post(self.address("tie"), {"customer": self.customer.pk})

    def whose(self) -> list[int | None]:
        return list(Reply.objects.order_by("pk").values_list("customer", flat=True))

    def test_a_customer_is_found_tied_and_untied(self) -> None:
        page = self.client.get(self.address("change"), {"who": "8 999 123-45-67"}).content.decode()
        self.assertIn("Иванова Анна", page)
        self.assertNotIn("+79991234567", page)
        self.tie()
        self.assertEqual(self.whose(), [self.customer.pk] * 2)
        self.assertTrue(CardContact.objects.filter(customer=self.customer, contact_point__value=CHAT).exists())
        self.assertIn("Иванова Анна", LogEntry.objects.get().get_change_message())
        self.assertIn("отвязать", self.client.get(self.address("change")).content.decode())
        self.client.post(self.address("untie"))
        self.assertEqual((self.whose(), replies.tie_later()), ([None, None], 0))
        self.assertFalse(CardContact.objects.filter(contact_point__value=CHAT).exists())

    def test_an_import_at_work_is_told(self) -> None:
        with mock.patch.object(replies, "bind", side_effect=Refused("Идёт импорт.")):
            told = self.client.post(self.address("tie"), {"customer": self.customer.pk}, follow=True)
        self.assertContains(told, "Идёт импорт.")
        self.assertEqual(self.whose(), [None, None])

    def test_only_ids_of_messengers_and_only_by_operators(self) -> None:
        sms = hear(make_sms(), sender="+79990001122")
        self.assertNotIn("Кто это?", self.client.get(self.address("change", sms)).content.decode())
        asked = {"customer": self.customer.pk}
        self.assertEqual(self.client.post(self.address("tie", sms), asked).status_code, 403)
        self.assertEqual(self.client.post(self.address("tie"), {"customer": "x"}).status_code, 302)
        self.client.force_login(make_staff("campaigns.view_reply", "campaigns.answer_reply"))
        self.assertNotIn("Кто это?", self.client.get(self.address("change")).content.decode())
        self.assertEqual(self.client.post(self.address("tie"), asked).status_code, 403)
        self.assertEqual(self.whose()[:2], [None, None])
