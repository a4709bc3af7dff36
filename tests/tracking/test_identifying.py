"""Whose a device is: by the word of the site's server or a link of our letter, and what becomes of earlier events."""

import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from campaigns import links
from segments.identity.merging import merge_by_hand, unmerge
from segments.models import Card, Consent, ContactPoint, Customer, MergeRecord
from tests.segments.builders import free_locks, make_card, make_contact, make_customer, make_source, make_staff
from tests.tracking.builders import make_message, make_run
from tests.tracking.site_room import DEVICE, Visitor, make_event, make_site, refused, server_of
from tracking.models import SiteDevice, WebsiteEvent
from tracking.website_events import asking, identifying

PHONE, EMAIL = "+79119876543", "anna.lark@example.test"
EVERYONE = (Customer, ContactPoint, Consent, Card)


class Room(TestCase):
    def setUp(self) -> None:
        self.site = make_site()
        self.page, self.server = Visitor(self.site), server_of(self.site)
        self.anna = make_customer()
        make_contact(self.anna, PHONE)
        make_contact(self.anna, EMAIL)

    def whose(self) -> list[int | None]:
        return list(WebsiteEvent.objects.order_by("id").values_list("customer_id", flat=True))

    def token(self, customer: Customer, *, ago: float = 0) -> str:
        return links.site_token(make_message(make_run(), customer).pk, time.time() - ago)


class ByTheServer(Room):
    def test_the_device_and_its_earlier_events_become_hers(self) -> None:
        self.page.tell(make_event(), make_event("cart_add"))
        Visitor(self.site).tell(make_event(device="another-device"))
        self.server.tell(make_event("login", person={"phone": "8 911 987-65-43"}))
        self.page.tell(make_event())
        self.assertEqual(self.whose(), [self.anna.pk, self.anna.pk, None, self.anna.pk, self.anna.pk])
        device = SiteDevice.objects.get()
        self.assertEqual((device.key, device.how, device.contact_value), (DEVICE, "server", ""))

    def test_an_email_and_a_card_of_a_source_will_do_too(self) -> None:
        card = make_card(make_customer("Петрова"), source=make_source("Личный кабинет"), code="17")
        self.server.tell(make_event(device="first-device", person={"email": EMAIL.upper()}))
        self.server.tell(make_event(device="other-device", person={"ids": {"личный кабинет": "17"}, "phone": PHONE}))
        self.assertEqual(self.whose(), [self.anna.pk, card.customer_id])

    def test_a_person_without_a_device_gets_one(self) -> None:
        for _time in range(2):
            self.server.tell(make_event("order", device=None, person={"phone": PHONE}))
        self.assertEqual(self.whose(), [self.anna.pk] * 2)
        self.assertNotIn("9876543", SiteDevice.objects.get().key)

    def test_what_cannot_be_read_is_refused(self) -> None:
        for field, person in {"person.phone": {"phone": "12"}, "person.email": {"email": "anna"}, "device": {}}.items():
            self.assertEqual(refused(self.server.tell(make_event(device=None, person=person))), [field])

    def test_whom_the_base_does_not_have_is_waited_for(self) -> None:
        self.server.tell(make_event("registration", person={"phone": "+79210000001"}))
        self.page.tell(make_event())
        self.assertEqual((identifying.look_again(), self.whose()), (0, [None, None]))
        late = make_customer("Новая")
        make_contact(late, "+79210000001")
        self.assertEqual(identifying.look_again(), 0)  # looked a moment ago
        SiteDevice.objects.update(looked_at=timezone.now() - identifying.AGAIN - timedelta(seconds=1))
        self.assertEqual((identifying.look_again(), self.whose()), (1, [late.pk, late.pk]))
        self.assertEqual(SiteDevice.objects.get().contact_value, "")

    def test_a_card_is_waited_for_too(self) -> None:
        self.server.tell(make_event("login", person={"ids": {"Сайт": "42"}}))
        card = make_card(source=make_source("Сайт"), code="42")
        self.assertEqual((identifying.look_again(), self.whose()), (1, [card.customer_id]))

    def test_a_phone_of_a_family_is_nobodys(self) -> None:
        make_contact(make_customer("Иванов"), PHONE)
        self.server.tell(make_event(person={"phone": PHONE}))
        self.assertEqual((self.whose(), SiteDevice.objects.get().contact_value), ([None], PHONE))

    def test_a_family_computer_goes_to_whoever_logs_in(self) -> None:
        boris = make_customer("Борисов")
        make_contact(boris, "+79210000002")
        for phone in (PHONE, "+79210000002", "+79219999999"):
            self.server.tell(make_event("login", person={"phone": phone}))
            self.page.tell(make_event())
        self.assertEqual(self.whose(), [self.anna.pk] * 2 + [boris.pk] * 2 + [None] * 2)

    def test_of_one_call_the_last_word_counts(self) -> None:
        boris = make_customer("Борисов")
        make_contact(boris, "+79210000002")
        now = timezone.now()
        self.server.tell(
            make_event(at=now, person={"phone": PHONE}),
            make_event(at=now - timedelta(hours=1), person={"phone": "+79210000002"}),
        )
        self.assertEqual(SiteDevice.objects.get().customer_id, self.anna.pk)


class ByALink(Room):
    def test_a_click_of_her_letter_names_her(self) -> None:
        self.page.tell(make_event())
        self.page.tell(make_event(person={"token": self.token(self.anna)}))
        self.assertEqual((self.whose(), SiteDevice.objects.get().how), ([self.anna.pk] * 2, "link"))

    def test_a_token_that_is_over_or_not_ours_names_nobody(self) -> None:
        good = self.token(self.anna)
        start = links.start_token(make_message(make_run(), self.anna).pk)
        for token in (self.token(self.anna, ago=links.SITE_SECONDS + 5), self.token(self.anna, ago=-120), good[:-2] + "zz",
                      good + "A", start, "", "ю"):  # fmt: skip
            self.assertEqual(self.page.tell(make_event(person={"token": token})).json()["accepted"], 1, token)
        self.assertEqual((set(self.whose()), SiteDevice.objects.count()), ({None}, 0))

    def test_a_letter_that_was_passed_on_does_not_beat_the_server(self) -> None:
        boris = make_customer("Борисов")
        make_contact(boris, "boris@example.test")
        self.server.tell(make_event("login", person={"phone": PHONE}))
        self.page.tell(make_event(person={"token": self.token(boris)}))
        self.assertEqual(self.whose(), [self.anna.pk] * 2)

    def test_a_browser_may_say_nothing_else_and_changes_no_contact_and_no_consent(self) -> None:
        before = [list(model.objects.order_by("pk").values()) for model in EVERYONE]
        for field, value in (("phone", PHONE), ("email", EMAIL), ("ids", {"a": "1"})):
            self.assertEqual(refused(self.page.tell(make_event(person={field: value}))), [f"person.{field}"])
        self.page.operate("Website.EditCustomer", {"customer": {"email": EMAIL, "mobilePhone": PHONE}})
        body = {"viewProduct": {"product": {"ids": {"website": "1"}}}, "customer": {"email": EMAIL}}
        self.assertEqual(self.page.operate("Website.ViewProduct", body)["status"], "Success")
        self.server.tell(make_event("subscription", person={"phone": PHONE, "email": "new@example.test"}))
        self.assertEqual([list(model.objects.order_by("pk").values()) for model in EVERYONE], before)
        self.assertEqual(self.whose()[0], self.anna.pk)  # hers by the server's word, which came last


class Afterwards(Room):
    def test_an_event_that_came_while_its_device_was_tied_is_found_by_the_sweep(self) -> None:
        self.server.tell(make_event(person={"phone": PHONE}))
        WebsiteEvent.objects.update(customer=None)
        identifying.look_again()
        self.assertEqual(self.whose(), [self.anna.pk])

    def test_events_follow_a_merge_and_its_undoing(self) -> None:
        free_locks()
        twin, staff = make_customer("Иванова", "Аня"), make_staff()
        make_card(twin)
        make_card(self.anna)
        self.server.tell(make_event("order", person={"phone": PHONE}))
        merge_by_hand([self.anna.pk, twin.pk], twin.pk, staff.pk)
        self.assertEqual(self.persons(), [twin.pk])
        self.page.tell(make_event("order"))
        self.assertEqual(self.persons(), [twin.pk] * 2)
        unmerge(MergeRecord.objects.get().pk, staff.pk)
        self.assertEqual(self.persons(), [self.anna.pk] * 2)

    def persons(self) -> list[int]:
        return list(asking.of_people().order_by("id").values_list("person", flat=True))


class Asking(Room):
    def unfollowed(self, **window: Any) -> list[int]:
        now = timezone.now()
        asked = {"kinds": ["cart", "cart_add"], "after": ["order"], "since": now - timedelta(days=1),
                 "until": now - timedelta(minutes=30), **window}  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(asking.UNFOLLOWED, asked)
            return [row[0] for row in cursor.fetchall()]

    def did(self, *deeds: tuple[str, int], **fields: Any) -> None:
        """(kind, minutes ago) each, by Anna."""
        now = timezone.now()
        events = [
            make_event(kind, at=now - timedelta(minutes=ago), person={"phone": PHONE}, **fields) for kind, ago in deeds
        ]
        self.server.tell(*events)

    def test_a_cart_is_abandoned_when_nothing_followed(self) -> None:
        self.did(("cart_add", 60))
        self.assertEqual(self.unfollowed(), [self.anna.pk])
        self.did(("page_view", 10))
        self.assertEqual(self.unfollowed(), [self.anna.pk])
        self.did(("order", 5))
        self.assertEqual(self.unfollowed(), [])

    def test_a_cart_that_is_still_being_filled_or_was_emptied_is_not(self) -> None:
        self.did(("cart_add", 60), ("cart_add", 10))
        self.assertEqual(self.unfollowed(), [])
        WebsiteEvent.objects.all().delete()
        self.did(("cart_add", 60))
        self.did(("cart", 50), cart=[])
        self.assertEqual(self.unfollowed(), [])

    def test_an_order_under_a_card_that_was_merged_counts(self) -> None:
        self.did(("cart_add", 60))
        shell = make_customer("Иванова", "Аня", merged_into=self.anna)
        self.did(("order", 20), device="another-device")
        WebsiteEvent.objects.filter(kind="order").update(customer=shell)
        self.assertEqual(self.unfollowed(), [])

    def test_what_came_is_asked_by_the_time_of_receipt(self) -> None:
        self.did(("form", 60 * 24 * 3), ("order", 1))
        now = timezone.now()
        found = asking.came(["form"], now - timedelta(minutes=5), now)
        self.assertEqual([event.person for event in found], [self.anna.pk])
