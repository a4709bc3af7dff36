"""Letters that people write back: whose each is, an order in it, and the answer in her thread."""

from email import message_from_bytes, policy
from typing import Any
from unittest import mock
from uuid import uuid4

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns import answering, erasing, links, permission, threads
from campaigns.answer_bodies import medium_of
from campaigns.models import Answer, DeliveryState, Message, Reply
from channels import collecting
from channels.mailbox import Letter
from channels.models import IncomingLetter, IncomingMessage
from segments.models import ConsentState, ContactPoint
from tests.campaigns.builders import make_account
from tests.campaigns.histories import make_run
from tests.campaigns.test_parked import commit
from tests.channels.letters_from_people import GMAIL, letter, page
from tests.segments.builders import make_consent, make_contact, make_customer, make_staff

HERS = "anna@mail.test"
OTHER = "anna@work.test"


class LetterCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account(provider="smtp", name="Почта салона")
        cls.customer, cls.stranger = make_customer(), make_customer()
        cls.point = make_contact(cls.customer, HERS)
        cls.message = Message.objects.create(
            run=make_run("email", days_ago=1),
            customer=cls.customer,
            channel="email",
            contact_point=cls.point,
            planned_at=timezone.now(),
        )
        commit(cls.message, "k1")

    def setUp(self) -> None:
        permission.turn_on(None)
        self.enterContext(mock.patch("campaigns.bell.ring_answers"))

    def ours(self) -> str:
        """The Message-ID of our letter, as `campaigns.rendering.letter` writes it."""
        return f"<krug.{self.message.pk}.{links.tokens(self.message.pk).track[7:]}@alfa.example>"

    def hear(self, text: str = GMAIL, **headers: str) -> Reply | None:
        headers = {"From": HERS, "In_Reply_To": self.ours(), "Message_ID": f"<{uuid4()}@mail.test>"} | headers
        return self.take(letter(text, **headers))

    def take(self, raw: bytes) -> Reply | None:
        before = set(Reply.objects.values_list("pk", flat=True))
        collecting.take(self.account, [Letter(raw, timezone.now())], collecting.Collected())
        return Reply.objects.exclude(pk__in=before).select_related("incoming__account").first()

    def heard(self, *words: str, **headers: str) -> Reply:
        reply = self.hear(*words, **headers)
        assert reply is not None
        return reply


class WhoseTests(LetterCase):
    def test_it_is_tied_by_our_letter_whatever_address_it_came_from(self) -> None:
        make_contact(self.stranger, OTHER)
        for headers in (
            {},
            {"From": OTHER},
            {"From": OTHER, "In_Reply_To": "", "References": f"<first@x.test> {self.ours()}"},
            {"From": OTHER, "In_Reply_To": "", "To": f"bounce+{self.ours()[1:-1].partition('@')[0]}@mail.alfa.example"},
        ):
            reply = self.heard(**headers)
            self.assertEqual(
                (reply.customer_id, reply.contact_point_id, reply.answers),
                (self.customer.pk, self.point.pk, self.message.pk),
                headers,
            )
            self.assertEqual(reply.address, headers.get("From", HERS))
        self.assertIsNotNone(DeliveryState.objects.get(message_id=self.message.pk).replied_at)

    def test_else_by_the_address_that_it_came_from(self) -> None:
        forged = self.ours().replace("krug.", "krug.9", 1)
        for names in ({"In_Reply_To": ""}, {"In_Reply_To": forged}, {"In_Reply_To": "<other@x.test>"}):
            self.assertEqual(self.heard(**names).customer_id, self.customer.pk)
            self.assertIsNone(self.heard(From="nobody@x.test", **names).customer_id)

    def test_an_answer_to_our_answer_is_hers_too(self) -> None:
        answer = answering.write(self.heard(), "В 12:00", author=make_staff(), form=uuid4())
        name = threads.message_id_of(answer, "alfa.example")
        reply = self.heard(From=OTHER, In_Reply_To=name)
        self.assertEqual((reply.customer_id, reply.contact_point_id), (self.customer.pk, self.point.pk))
        self.assertIsNone(self.heard(From=OTHER, In_Reply_To=name.replace("@", "0@", 1)).customer_id)
        self.assertIsNone(self.heard(From=OTHER, In_Reply_To="<krug.answer.99.0123456789ab@x.test>").customer_id)

    def test_a_letter_read_twice_is_one_reply(self) -> None:
        raw = letter(From=HERS, In_Reply_To=self.ours())
        self.assertIsNotNone(self.take(raw))
        self.assertIsNone(self.take(raw))
        self.assertEqual(IncomingLetter.objects.count(), 1)

    def test_machines_and_circles_are_no_replies(self) -> None:
        for headers in (
            {"Auto_Submitted": "auto-replied"},
            {"From": "NEWS@alfa.example"},
            {"Subject": "Автоответ: ТО"},
        ):
            self.assertIsNone(self.hear(**headers), headers)

    def test_an_account_may_want_fewer(self) -> None:
        for wanted, with_names, without in (("answers", True, False), ("none", False, False), ("all", True, True)):
            self.account.options = {"imap_letters": wanted}
            self.assertEqual(self.hear() is not None, with_names, wanted)
            self.assertEqual(self.hear(In_Reply_To="") is not None, without, wanted)

    def test_what_she_wrote_goes_with_her(self) -> None:
        self.heard()
        erasing.erase([self.customer.pk])
        self.assertFalse(IncomingMessage.objects.exists() or IncomingLetter.objects.exists())


class OrderTests(LetterCase):
    def may_write(self, point: ContactPoint) -> bool:
        return ConsentState.objects.get(contact_point=point, channel="email").given

    def test_a_word_alone_above_a_quotation_withdraws(self) -> None:
        for word in ("СТОП", "Отпишите!", "Unsubscribe"):
            ConsentState.objects.all().delete()
            make_consent(self.point)
            reply = self.heard(f"{word}\n\n22.11.2026, 10:15, Салон <news@alfa.example>:\n> Приезжайте")
            self.assertEqual((reply.keyword, self.may_write(self.point)), ("stop", False), word)

    def test_a_word_more_waits_for_a_person(self) -> None:
        make_consent(self.point)
        self.assertEqual(self.heard("Стоп, а сколько стоит ТО?").keyword, "")
        self.assertTrue(self.may_write(self.point))

    def test_from_another_address_it_is_of_both(self) -> None:
        make_consent(self.point)
        self.heard("стоп", From=OTHER)
        self.assertFalse(self.may_write(self.point))
        self.assertFalse(self.may_write(ContactPoint.objects.get(value=OTHER)))


class AnswerTests(LetterCase):
    def body(self, reply: Reply) -> Any:
        answer = answering.write(reply, "Приезжайте в 12:00", author=make_staff(), form=uuid4())
        return message_from_bytes(medium_of("email").body(Answer.objects.get(pk=answer.pk)), policy=policy.default)

    def test_it_goes_into_her_thread(self) -> None:
        sent = self.body(self.heard(From=OTHER, Subject="RE: Fwd: Вопрос", Message_ID="<q@mail.test>"))
        self.assertEqual((sent["To"], sent["Subject"]), (OTHER, "Re: Вопрос"))
        self.assertEqual((sent["In-Reply-To"], sent["References"]), ("<q@mail.test>", f"{self.ours()} <q@mail.test>"))
        self.assertEqual(sent["From"].addresses[0].addr_spec, "news@alfa.example")

    def test_a_letter_without_a_name_or_a_subject(self) -> None:
        sent = self.body(self.heard(Message_ID="", Subject=""))
        self.assertIsNone(sent["In-Reply-To"])
        self.assertTrue(sent["Subject"].startswith("Re: "))


class PageTests(LetterCase):
    def test_the_page_tells_what_came_beside_the_words(self) -> None:
        permissions = ("campaigns.view_reply", "campaigns.answer_reply")
        reply = self.take(
            page(
                "<p>Вот скан</p><blockquote>Пишет anna@mail.test, 8 (921) 000-00-09, 22.11.2026 10:15</blockquote>",
                "Скан СТС.pdf",
            )
        )
        assert reply is not None
        address = reverse("admin:campaigns_reply_change", args=[reply.pk])
        for more, sees in (((), False), (("segments.view_contacts",), True)):
            self.client.force_login(make_staff(*permissions, *more))
            text = self.client.get(address).content.decode()
            self.assertIn("Скан СТС.pdf", text)
            self.assertIn("Re: Скидка на ТО", text)
            self.assertIn("Письмо целиком", text)
            shown = "anna@mail.test, 8 (921) 000-00-09" if sees else "a***@mail.test, +*** *** ***-00-09"
            self.assertIn(f"Пишет {shown}, 22.11.2026 10:15", text)
