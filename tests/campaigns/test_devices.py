"""Whose devices are, and what their owners have agreed to; a push campaign that reaches a device, and one that is gone."""

import time
from datetime import timedelta
from unittest import mock

from django.db import transaction
from django.test import TestCase
from django.utils import timezone

from campaigns import devices, permission, planning, running
from campaigns.erasing import erase
from campaigns.models import Campaign, Message, Outcome
from campaigns.pump.draining import drain
from channels.models import Account, Device, Notice
from channels.providers.web_push import WebPushProvider
from channels.push_tokens import person_token, read_device
from segments.identity.merging import Refused
from segments.models import CardContact, Consent, ContactPoint, Customer
from segments.models.people import ConsentState
from segments.reachability import mark_unreachable
from tests.campaigns.builders import approve, make_campaign
from tests.channels.push_site import SITE, Browser, ask, make_account, subscribed
from tests.peers.process import peer
from tests.segments.builders import make_contact, make_customer, make_segment, make_staff

PHONE = "+79119876543"
SOON = int(time.time()) + 600


class Owners(TestCase):
    def setUp(self) -> None:
        self.account = make_account()
        self.customer = make_customer()
        self.point = make_contact(self.customer, PHONE)
        self.enterContext(mock.patch("channels.throttle.allowed", return_value=True))

    def signed(self, address: str = PHONE, account: Account | None = None) -> str:
        return person_token(account or self.account, address, SOON)

    def device(self, token: str) -> ContactPoint:
        return ContactPoint.objects.get(kind="device", value=read_device(token))

    def holders(self, token: str) -> list[Customer]:
        held = CardContact.objects.filter(contact_point=self.device(token))
        return [each.customer for each in held.select_related("customer")]

    def test_a_device_becomes_hers_whom_the_site_has_signed(self) -> None:
        token = subscribed(self.account, Browser(), person=self.signed())
        self.assertEqual(self.holders(token), [self.customer])
        self.assertTrue(Device.objects.get().is_tied)

    def test_subscribing_is_a_consent_and_its_text_is_kept(self) -> None:
        point = self.device(subscribed(self.account, Browser()))
        said = Consent.objects.filter(contact_point=point)
        self.assertEqual(sorted(said.values_list("purpose", flat=True)), ["advertising", "service"])
        first = said.first()
        self.assertEqual((first.channel, first.given, first.origin), ("push", True, "person"))
        self.assertIn("Я согласен получать", first.text)
        self.assertIn(SITE, first.evidence)

    def test_a_device_that_is_seen_again_says_nothing_new(self) -> None:
        browser = Browser()
        subscribed(self.account, browser)
        for _turn in range(2):
            token = subscribed(self.account, browser, agreed=False)
        self.assertEqual(Consent.objects.filter(contact_point=self.device(token)).count(), 2)

    def test_a_device_that_came_by_itself_has_agreed_to_nothing(self) -> None:
        token = subscribed(self.account, Browser(), person=self.signed(), agreed=False)
        self.assertEqual(self.holders(token), [self.customer])
        self.assertFalse(Consent.objects.filter(contact_point=self.device(token)).exists())

    def test_unsubscribing_withdraws_and_coming_back_agrees_again(self) -> None:
        browser = Browser()
        token = subscribed(self.account, browser)
        ask(self.account, b"", method="DELETE", authorization=f"Bearer {token}")
        states = ConsentState.objects.filter(contact_point=self.device(token))
        self.assertEqual(set(states.values_list("given", flat=True)), {False})
        self.assertEqual(self.device(token).reachability, "unreachable")
        self.assertEqual(subscribed(self.account, browser, agreed=False), token)  # the browser itself came back
        self.assertEqual(self.device(token).reachability, "unknown")
        self.assertEqual(set(states.values_list("given", flat=True)), {False})
        subscribed(self.account, browser, agreed=True)
        self.assertEqual(set(states.values_list("given", flat=True)), {True})

    def test_an_anonymous_device_is_kept_and_tied_when_it_is_known(self) -> None:
        browser = Browser()
        token = subscribed(self.account, browser)
        self.assertEqual(self.holders(token), [])
        subscribed(self.account, browser, person=self.signed())
        self.assertEqual(self.holders(token), [self.customer])

    def test_one_whom_nobody_has_yet_is_tied_when_the_base_knows_her(self) -> None:
        token = subscribed(self.account, Browser(), person=self.signed("anna@mail.ru"))
        self.assertEqual((self.holders(token), devices.tie_later()), ([], 0))
        make_contact(self.customer, "anna@mail.ru")
        self.assertEqual(devices.tie_later(), 1)
        self.assertEqual((self.holders(token), devices.tie_later()), ([self.customer], 0))

    def test_a_familys_phone_tells_nobody(self) -> None:
        make_contact(make_customer("Иванов", "Пётр"), PHONE)
        self.assertEqual(self.holders(subscribed(self.account, Browser(), person=self.signed())), [])

    def test_of_merged_people_the_living_one(self) -> None:
        living = make_customer("Петрова", "Анна")
        Customer.objects.filter(pk=self.customer.pk).update(merged_into=living)
        self.assertEqual(self.holders(subscribed(self.account, Browser(), person=self.signed())), [living])

    def test_a_hub_tells_nobody(self) -> None:
        ContactPoint.objects.filter(pk=self.point.pk).update(is_shared=True)
        self.assertEqual(self.holders(subscribed(self.account, Browser(), person=self.signed())), [])

    def test_another_person_who_logs_in_takes_the_device_over(self) -> None:
        browser, other = Browser(), make_customer("Сидорова", "Ольга")
        make_contact(other, "olga@mail.ru")
        token = subscribed(self.account, browser, person=self.signed())
        subscribed(self.account, browser, person=self.signed("olga@mail.ru"))
        self.assertEqual(self.holders(token), [other])

    def test_while_an_import_runs_the_device_waits(self) -> None:
        with mock.patch.object(devices, "bind", side_effect=Refused("an import")):
            token = subscribed(self.account, Browser(), person=self.signed())
        self.assertEqual(self.holders(token), [])
        self.assertEqual(devices.tie_later(), 1)
        self.assertEqual(self.holders(token), [self.customer])

    def test_the_erased_leave_no_device(self) -> None:
        subscribed(self.account, Browser(), person=self.signed())
        subscribed(self.account, Browser())
        erase([self.customer.pk])
        self.assertEqual(Device.objects.filter(person=PHONE).count(), 0)
        self.assertEqual(Device.objects.count(), 1)


class Looked(Exception):
    """What was seen; what was done to see it is taken back."""


class PushCampaign(TestCase):
    """From the subscription on a site to what the push service answers."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.port = cls.enterClassContext(peer("http_provider", "http_push", "-"))

    def setUp(self) -> None:
        self.enterContext(mock.patch("channels.throttle.allowed", return_value=True))
        self.enterContext(mock.patch.object(WebPushProvider, "allows_loopback", True))
        self.enterContext(mock.patch.object(WebPushProvider, "resolver", None))
        self.account = make_account(timeout=20)
        permission.turn_on(make_staff())

    def person(self, name: str, ends: str, account: Account | None = None) -> Customer:
        number, customer = Customer.objects.count(), make_customer(name)
        make_contact(customer, f"reader{number}@example.test")
        where = account or self.account
        signed = person_token(where, f"reader{number}@example.test", SOON)
        subscribed(where, Browser(f"http://127.0.0.1:{self.port}/push/b{number}{ends}"), person=signed)
        return customer

    def test_who_is_reached_and_what_becomes_of_the_dead(self) -> None:
        anna, dead = self.person("Анна", "001"), self.person("Борис", "550")
        elsewhere, gone = self.person("Вера", "001", make_account()), self.person("Глеб", "001")
        Device.objects.filter(key=self.point(gone).value).update(gone_at=timezone.now())
        content = {"subject": "Пора на сервис", "body": '{{ имя|"Здравствуйте" }}, скидка до пятницы', "preheader": ""}
        campaign = make_campaign(
            make_segment(anna, dead, elsewhere, gone), account=self.account, channel="push", content=content
        )
        approve(campaign)
        run = running.start(campaign)
        left_out = dict(Message.objects.filter(run=run).values_list("customer", "left_out"))
        self.assertEqual(left_out, {anna.pk: "", dead.pk: "", elsewhere.pk: "no_contact", gone.pk: "no_contact"})
        drain(campaign.channel, seconds=10)
        message_of = dict(Message.objects.filter(run=run).values_list("pk", "customer"))
        kinds = {message_of[one.pk]: one.kind for one in Outcome.objects.filter(run=run)}
        self.assertEqual(kinds, {anna.pk: "accepted", dead.pk: "rejected"})
        self.assertEqual((self.point(dead).reachability, self.point(anna).reachability), ("unreachable", "unknown"))
        self.assertIn("Анна, скидка", Notice.objects.get().body)
        steps = {step.key: step.people for step in planning.waterfall(campaign)}
        self.assertEqual((steps["no_contact"], steps["to_send"]), (3, 1))

    def test_of_several_devices_the_one_that_was_seen_last(self) -> None:
        anna = self.person("Анна", "001")
        signed = person_token(self.account, ContactPoint.objects.get(kind="email", holders__customer=anna).value, SOON)
        keys = [read_device(subscribed(self.account, Browser(), person=signed)) for _device in range(2)]
        campaign = make_campaign(
            make_segment(anna), account=self.account, channel="push", content={"subject": "Сервис"}
        )
        now = timezone.now()
        for latest in keys:
            Device.objects.update(seen_at=now - timedelta(days=1))
            Device.objects.filter(key=latest).update(seen_at=now)
            self.assertEqual(self.chosen(campaign), latest)
        Device.objects.filter(key=keys[0]).update(seen_at=now - timedelta(hours=1))
        Device.objects.filter(key=keys[1]).update(gone_at=now)
        self.assertEqual(self.chosen(campaign), keys[0])  # the next of them
        mark_unreachable({ContactPoint.objects.get(value=keys[0]).pk: "bounced"})
        self.assertNotIn(self.chosen(campaign), keys)

    def chosen(self, campaign: Campaign) -> str:
        """The device to which its one message would go."""
        try:
            with transaction.atomic():
                approve(campaign)
                message = Message.objects.get(run=running.start(campaign))
                raise Looked(message.contact_point.value)
        except Looked as looked:
            campaign.refresh_from_db()
            return str(looked)

    def point(self, customer: Customer) -> ContactPoint:
        return ContactPoint.objects.get(kind="device", holders__customer=customer)
