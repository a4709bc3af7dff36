"""Addresses that people tie themselves: whose they are, through merges, and beside an import."""

import threading

from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TestCase, TransactionTestCase

from segments.binding import Refused, bind, unbind
from segments.identity import merging
from segments.identity.merging import LOCK
from segments.models import Card, CardContact, ContactPoint, Customer, MergeRecord, Source
from tests.segments.builders import free_locks, make_contact, make_customer, make_staff


def holders(value: str) -> list[int]:
    return list(CardContact.objects.filter(contact_point__value=value).values_list("customer_id", flat=True))


class Binding(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.anna, cls.oleg = make_customer("Журавлёва", "Анна"), make_customer("Журавлёв", "Олег")

    def test_an_address_is_hers_once_however_often_it_comes(self) -> None:
        first, again = bind(self.anna.pk, "telegram", "777000"), bind(self.anna.pk, "telegram", "777000")
        self.assertEqual(first, again)
        self.assertEqual(ContactPoint.objects.get(pk=first).kind, "telegram")
        self.assertEqual(holders("777000"), [self.anna.pk])
        self.assertNotIn("777000", Card.objects.get(source__kind=Source.Kind.OWN).code)

    def test_whoever_ties_it_later_has_it(self) -> None:
        bind(self.anna.pk, "max", "42")
        bind(self.oleg.pk, "max", "42")
        self.assertEqual(holders("42"), [self.oleg.pk])

    def test_one_id_in_two_messengers_is_two_addresses(self) -> None:
        self.assertNotEqual(bind(self.anna.pk, "max", "42"), bind(self.oleg.pk, "telegram", "42"))
        self.assertEqual(sorted(holders("42")), sorted([self.anna.pk, self.oleg.pk]))

    def test_it_goes_and_comes_back_with_her(self) -> None:
        for each in self.anna, self.oleg:
            make_contact(each, f"{each.pk}@mail.ru")
        bind(self.anna.pk, "telegram", "777000")
        author = make_staff().pk
        merging.merge_by_hand([self.anna.pk, self.oleg.pk], self.oleg.pk, author)
        self.assertEqual(holders("777000"), [self.oleg.pk])
        self.assertEqual(bind(self.anna.pk, "max", "42") and holders("42"), [self.oleg.pk])
        merging.unmerge(MergeRecord.objects.get().pk, author)
        self.assertEqual(holders("777000"), [self.anna.pk])

    def test_it_is_taken_away(self) -> None:
        point = bind(self.anna.pk, "device", "d-1")
        self.assertTrue(unbind("device", "d-1"))
        self.assertEqual(holders("d-1"), [])
        self.assertTrue(ContactPoint.objects.filter(pk=point).exists())
        self.assertFalse(unbind("device", "d-1"))
        self.assertFalse(unbind("device", "never seen"))

    def test_addresses_of_cards_are_not_tied_this_way(self) -> None:
        make_contact(self.anna, "+79123456789")
        with self.assertRaises(ValueError):
            bind(self.oleg.pk, "phone", "+79123456789")
        self.assertFalse(unbind("phone", "+79123456789"))
        self.assertEqual(holders("+79123456789"), [self.anna.pk])

    def test_nobody_is_nobody(self) -> None:
        with self.assertRaises(Customer.DoesNotExist):
            bind(10**9, "telegram", "777000")
        self.assertFalse(ContactPoint.objects.filter(value="777000").exists())

    def test_there_is_one_such_source(self) -> None:
        bind(self.anna.pk, "telegram", "777000")
        with self.assertRaises(ValidationError):
            Source(name="another", kind=Source.Kind.OWN).full_clean()


class BesideAnImport(TransactionTestCase):
    def setUp(self) -> None:
        free_locks()

    def test_it_waits_for_no_import(self) -> None:
        anna, held, done = make_customer("Журавлёва", "Анна"), threading.Event(), threading.Event()

        def load() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
                held.set()
                done.wait(60)
            connection.close()

        importing = threading.Thread(target=load)
        importing.start()
        held.wait(60)
        try:
            with self.assertRaises(Refused):
                bind(anna.pk, "telegram", "777000")
        finally:
            done.set()
            importing.join()
        self.assertTrue(bind(anna.pk, "telegram", "777000"))
