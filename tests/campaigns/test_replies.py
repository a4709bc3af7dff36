"""What people write to us: whose it is, what it answers, and a refusal that acts at once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, connections
from django.test import Client, TestCase, TransactionTestCase
from django.urls import reverse
from django.utils import timezone

from campaigns import erasing, hearing, replies
from campaigns.models import DeliveryState, Message, Reply, Run
from channels import reporting
from channels.models import IncomingMessage
from channels.providers.base import Incoming, Told
from segments.models import ConsentState, ContactPoint, Customer
from segments.models.people import Consent
from tests.campaigns.histories import make_run
from tests.campaigns.room import TABLES
from tests.campaigns.test_parked import commit
from tests.peers.signed import make_account, registered, signed
from tests.segments.builders import make_consent, make_contact, make_customer, make_staff

PHONE = "+79990000001"
NOW = timezone.now()


class AtOnceTests(TransactionTestCase):
    """Fault plan, row 18, through the door and to the end."""

    def tearDown(self) -> None:
        with connection.cursor() as cursor:  # Django's flush leaves tables that it does not manage
            cursor.execute(f"TRUNCATE channels_webhookevent, channels_deliveryreport, {TABLES}")

    def test_one_call_a_hundred_times_has_one_effect(self) -> None:
        registered.start()
        self.addCleanup(registered.stop)
        customer, run = make_customer(), make_run("sms", days_ago=0)
        account = make_account()
        Run.objects.update(account=account)
        phone = make_contact(customer, PHONE)
        make_consent(phone, channels=["sms"])
        message = Message.objects.create(
            run=run, customer=customer, channel="sms", contact_point=phone, planned_at=timezone.now()
        )
        commit(message, "k1")
        at = int(timezone.now().timestamp())
        events = [{"id": "k1", "status": word, "at": at} for word in ("sent", "ok", "seen", "spam")]
        words = [{"id": "m1", "from": PHONE, "text": "СТОП", "at": at}]
        body = json.dumps({"events": events, "messages": words}).encode()
        barrier = threading.Barrier(10)

        def knock(_number: int) -> list[int]:
            barrier.wait()
            try:
                address = reverse("channels:hook", args=[account.hook])
                post = partial(Client().post, address, body, content_type="application/json", headers=signed(body))
                return [post().status_code for _time in range(10)]
            finally:
                connections.close_all()

        with ThreadPoolExecutor(10) as pool:
            answers = sum(pool.map(knock, range(10)), [])
        self.assertEqual(answers, [200] * 100)
        state = DeliveryState.objects.get()
        self.assertTrue(all((state.delivered_at, state.opened_at, state.complained_at)))
        self.assertEqual(Reply.objects.count(), 1)
        said = Consent.objects.filter(given=False).values_list("evidence", flat=True)
        self.assertEqual(sorted(said), ["delivery report: complained", f"reply № {Reply.objects.get().pk}"])


class ReplyTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account()
        cls.customer = make_customer()
        cls.phone = make_contact(cls.customer, PHONE)
        make_consent(cls.phone, channels=["sms", "whatsapp"])

    def hear(self, text: str = "Сколько стоит ТО?", sender: str = "79990000001", **fields: Any) -> Reply:
        key = fields.pop("key", f"m{IncomingMessage.objects.count()}")
        account = fields.pop("account", self.account)
        reporting.take(account, Told(incoming=[Incoming(key, sender, text, fields.get("at", NOW))]))
        return Reply.objects.get(incoming__provider_key=key)

    def send(self, customer: Customer, run: Run | None = None) -> Message:
        run = run or make_run("sms", days_ago=1)
        message = Message.objects.create(
            run=run, customer=customer, channel="sms", contact_point=self.phone, planned_at=NOW
        )
        commit(message, f"k{message.pk}")
        return message

    def may_write(self, channel: str) -> bool:
        return ConsentState.objects.get(contact_point=self.phone, channel=channel).given

    def test_a_sender_is_tied_however_he_is_spelled(self) -> None:
        for sender in ("79990000001", PHONE, "89990000001", "9990000001"):
            reply = self.hear(sender=sender)
            self.assertEqual((reply.customer_id, reply.contact_point_id), (self.customer.pk, self.phone.pk), sender)

    def test_a_message_is_taken_once(self) -> None:
        self.hear("СТОП", key="m")
        self.hear("СТОП", key="m")
        self.assertEqual(Reply.objects.count(), 1)
        self.assertEqual(Consent.objects.filter(given=False).count(), 1)
        hearing.take(None, [{"account_id": self.account.pk, "provider_key": "m"}])
        self.assertEqual(Consent.objects.filter(given=False).count(), 1)

    def test_stop_withdraws_this_channel_for_all_brands(self) -> None:
        reply = self.hear("Стоп!")
        self.assertEqual((self.may_write("sms"), self.may_write("whatsapp")), (False, True))
        said = Consent.objects.get(given=False)
        self.assertEqual(
            (said.brand_id, said.origin, said.text, said.customer_id), (None, "person", "Стоп!", self.customer.pk)
        )
        self.assertEqual((said.decided_at, said.evidence), (NOW, f"reply № {reply.pk}"))
        self.assertEqual(reply.keyword, "stop")

    def test_other_words_withdraw_nothing(self) -> None:
        self.assertEqual(self.hear("не стоп").keyword, "")
        self.assertTrue(self.may_write("sms"))

    def test_a_stranger_who_says_stop_is_kept_from_ever_being_written_to(self) -> None:
        reply = self.hear("СТОП", sender="79112223344")
        point = ContactPoint.objects.get(value="+79112223344")
        self.assertEqual((reply.contact_point_id, reply.customer_id), (point.pk, None))
        make_consent(point, channels=["sms"])
        self.assertFalse(ConsentState.objects.get(contact_point=point, channel="sms").given)

    def test_a_stranger_is_tied_when_an_import_has_brought_him(self) -> None:
        reply = self.hear(sender="79112223344")
        self.assertEqual((reply.contact_point_id, replies.tie_later()), (None, 0))
        self.assertFalse(ContactPoint.objects.filter(value="+79112223344").exists())
        customer = make_customer("Поздний")
        make_contact(customer, "+79112223344")
        self.assertEqual((replies.tie_later(), replies.tie_later()), (1, 0))
        reply.refresh_from_db()
        self.assertEqual(reply.customer_id, customer.pk)

    def test_of_two_holders_it_is_the_one_we_wrote_to(self) -> None:
        husband = make_customer("Иванов", "Пётр")
        make_contact(husband, PHONE)
        self.assertEqual(self.hear().customer_id, self.customer.pk)
        message, later = self.send(husband), timezone.now()
        reply = self.hear(at=later)
        self.assertEqual((reply.customer_id, reply.answers), (husband.pk, message.pk))
        self.assertEqual(DeliveryState.objects.get().replied_at, later)

    def test_whoever_was_merged_is_the_living_one(self) -> None:
        gone = make_customer("Иванова", "Аня", merged_into=self.customer)
        message = self.send(gone)
        reply = self.hear(at=timezone.now())
        self.assertEqual((reply.customer_id, reply.answers), (self.customer.pk, message.pk))

    def test_an_old_message_is_not_what_is_answered(self) -> None:
        self.send(self.customer)
        self.assertIsNone(self.hear(at=NOW - timedelta(days=30)).answers)

    def test_a_hub_and_a_sender_without_an_address_are_nobody(self) -> None:
        ContactPoint.objects.filter(pk=self.phone.pk).update(is_shared=True)
        self.assertIsNone(self.hear().customer_id)
        reply = self.hear("СТОП", sender="MegaFon")
        self.assertEqual((reply.address, reply.contact_point_id), ("", None))
        self.assertIn(reply, replies.waiting())  # nothing was withdrawn: a person must see to it

    def test_an_e_mail_is_an_address_too(self) -> None:
        email = make_contact(self.customer, "anna@example.test")
        mail = make_account("Почта", channel="email")
        self.assertEqual(self.hear(sender="Anna@Example.test", account=mail).contact_point_id, email.pk)

    def test_what_an_erased_person_wrote_goes_with_her(self) -> None:
        self.hear("СТОП")
        self.hear("Да", sender="79112223344")
        erasing.erase([self.customer.pk])
        self.assertEqual(list(IncomingMessage.objects.values_list("text", flat=True)), ["Да"])
        self.assertEqual(Reply.objects.count(), 1)

    def test_the_first_who_answers_stands(self) -> None:
        reply = self.hear()
        anna, boris = make_staff(), make_staff()
        self.assertEqual([replies.mark_answered([reply.pk], user) for user in (anna, boris)], [1, 0])
        reply.refresh_from_db()
        self.assertEqual(reply.answered_by, anna)
