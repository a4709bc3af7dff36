"""A segment of the base as a list at a service, from the consent to the withdrawal, against the fake."""

import hashlib

from django.test import TestCase, override_settings
from django.utils import timezone

from campaigns import permission
from campaigns.audiences import Connected, connected
from campaigns.experiments import draw
from channels.audiences.hashing import Hashing
from channels.models import ListAccount
from channels.sealing import seal
from segments.models import ConsentState, DataExport, ExternalList, ListSync
from segments.outward import providers, syncing
from segments.outward.providers import ListError
from tests.channels.list_services import ServiceCase
from tests.segments.builders import make_consent, make_contact, make_customer, make_segment

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}


class ListCase(ServiceCase, TestCase):
    kind = "phone"
    consent = "ads"
    secret = "good-token"
    people = 120

    def setUp(self) -> None:
        super().setUp()
        permission.turn_on(None)
        self.account = ListAccount.objects.create(
            name="Основной", mode="live", provider=self.service, options={"url": self.url}, secret=seal(self.secret)
        )
        self.customers = [make_customer(f"Имя{i}") for i in range(self.people)]
        self.points = [make_contact(each, self.address(i)) for i, each in enumerate(self.customers)]
        for point in self.points:
            make_consent(point, channels=[self.consent])
        self.segment = make_segment(*self.customers, rule=BUYERS, name="Покупатели")
        self.external = ExternalList.objects.create(
            name="Похожие", segment=self.segment, provider=f"account-{self.account.pk}-{self.kind}", audience="a1"
        )

    def address(self, number: int) -> str:
        return f"+7911{number:07}" if self.kind == "phone" else f"person{number}@example.test"

    def sync(self) -> ListSync:
        ExternalList.objects.update(due_at=timezone.now())
        syncing.sync_due(self.external.pk)
        self.external.refresh_from_db()
        return ListSync.objects.first()


class GlobalControl(ListCase):
    service, folder = "yandex_audience", "yandex"

    def test_whoever_is_left_alone_is_left_alone_there_too(self) -> None:
        self.sync()
        self.assertEqual(len(self.rows("a1")), 120)
        with override_settings(GLOBAL_CONTROL_PERCENT=15, GLOBAL_CONTROL_SALT="lists"):
            done = self.sync()
        spared = [
            point for each, point in zip(self.customers, self.points, strict=True) if draw("lists", each.pk) < 0.15
        ]
        self.assertEqual((done.removed, done.added), (len(spared), 0))
        there = {Hashing().of("phone", point.value) for point in self.points if point not in spared}
        self.assertEqual(self.rows("a1"), there)


class Yandex(ListCase):
    service, folder = "yandex_audience", "yandex"

    def test_it_follows_the_segment_and_the_consents(self) -> None:
        make_consent(self.points[0], channels=["ads"], given=False, origin="person")
        make_consent(self.points[1], channels=["sms"], given=False, origin="person")  # of mailings alone
        self.assertEqual((self.sync().added, self.external.error), (119, ""))
        there = {Hashing().of("phone", point.value) for point in self.points[1:]}
        self.assertEqual(self.rows("a1"), there)
        self.assertIn("119", self.external.told)
        make_consent(self.points[1], channels=["ads"], given=False, origin="person")
        self.assertEqual(self.sync().removed, 1)
        self.assertEqual(self.rows("a1"), there - {Hashing().of("phone", self.points[1].value)})

    def test_the_log_knows_what_left(self) -> None:
        self.sync()
        entry = DataExport.objects.get()
        values = [point.value for point in self.points]
        self.assertEqual((entry.rows, entry.recipient), (120, "Основной: телефон: a1"))
        self.assertEqual(entry.digest, hashlib.sha256(Connected(self.account, "phone").pack(values)).hexdigest())

    def test_in_the_journal_nothing_leaves_and_all_of_it_is_counted(self) -> None:
        ListAccount.objects.update(mode="journal")
        sync = self.sync()
        ((reason, people),) = sync.refused.items()
        self.assertEqual((sync.added, people, self.external.error), (0, 120, ""))
        self.assertIn("журнал", reason)
        self.assertIn("журнал", self.external.told)
        self.assertFalse(DataExport.objects.exists())
        self.assertEqual(self.state()["calls"], [])
        ListAccount.objects.update(mode="live")
        self.assertEqual(self.sync().added, 120)

    def test_back_in_the_journal_whoever_is_to_go_waits_and_the_list_says_so(self) -> None:
        self.sync()
        make_consent(self.points[0], channels=["ads"], given=False, origin="person")
        ListAccount.objects.update(mode="journal")
        self.assertIn("журнал", self.sync().error)
        self.assertEqual(len(self.rows("a1")), 120)
        ListAccount.objects.update(mode="live")
        self.assertEqual(self.sync().removed, 1)

    def test_below_the_minimum_nothing_leaves_and_it_says_why(self) -> None:
        for point in self.points[50:]:
            make_consent(point, channels=["ads"], given=False, origin="person")
        self.assertIn("50", self.sync().error)
        self.assertFalse(DataExport.objects.exists())
        self.assertEqual(self.calls("upload"), [])

    def test_faults_of_the_service_stand_on_the_list(self) -> None:
        self.plan(503)
        self.assertIn("503", self.sync().error)
        self.assertEqual(self.sync().added, 120)


class Mailchimp(ListCase):
    service, folder = "mailchimp", "mailchimp"
    kind = consent = "email"
    secret = "good-token-us21"
    people = 4

    def test_who_left_there_has_said_no_here_before_anybody_is_added(self) -> None:
        self.left(self.points[0].value)
        journal = self.sync()
        self.assertEqual((journal.opted_out, journal.added, journal.error), (1, 3, ""))
        self.assertEqual(self.rows("a1"), {point.value for point in self.points[1:]})
        state = ConsentState.objects.get(contact_point=self.points[0], channel="email")
        self.assertEqual((state.given, state.origin), (False, "person"))
        self.left(self.points[1].value)
        self.assertEqual((self.sync().opted_out, ListSync.objects.first().removed), (1, 1))
        self.assertNotIn("resubscribed", self.state()["notes"])

    def test_a_member_that_is_refused_is_offered_again(self) -> None:
        bad = make_contact(self.customers[0], "bad.one@example.test")
        make_consent(bad)
        journal = self.sync()
        self.assertEqual((journal.added, journal.refused), (4, {"Please provide a valid email": 1}))
        self.assertEqual(self.sync().refused, {"Please provide a valid email": 1})

    def test_a_consent_for_platforms_is_none_for_letters(self) -> None:
        for point in self.points:
            make_consent(point, given=False, origin="person")
            make_consent(point, channels=["ads"])
        self.assertEqual(self.sync().added, 0)


class Accounts(TestCase):
    def test_each_account_offers_what_its_service_takes(self) -> None:
        account = ListAccount.objects.create(name="Основной", provider="yandex_audience")
        ListAccount.objects.create(name="Забытый", provider="gone")
        self.assertEqual([each.name for each in connected()], [f"account-{account.pk}-{k}" for k in ("phone", "email")])
        self.assertEqual(connected()[0].label, "Основной: телефон")
        self.assertIn(connected()[0].name, [each.name for each in providers.providers()])
        self.assertEqual({each.channel for each in connected()}, {"ads"})

    def test_one_that_is_off_says_so(self) -> None:
        ListAccount.objects.create(name="Основной", provider="yandex_audience", is_active=False)
        with self.assertRaises(ListError) as refused:
            connected()[0].add("a1", ["+79110000000"])
        self.assertTrue(refused.exception.permanent)
        self.assertIn("Основной", str(refused.exception))
