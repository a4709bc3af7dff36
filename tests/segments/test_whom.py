"""Whom a pass is about: the condition and its parameters choose the same people as plain Python."""

from django.db import connection
from django.test import TestCase

from segments.whom import EVERYBODY, Whom
from tests.segments.builders import make_customer


class WhomTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = [make_customer().pk for _ in range(7)]

    def found(self, whom: Whom) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM segments_customer WHERE {whom.among('id')} ORDER BY id", whom.parameters)
            return [row[0] for row in cursor.fetchall()]

    def test_everybody(self) -> None:
        self.assertEqual(self.found(EVERYBODY), self.people)

    def test_those_listed(self) -> None:
        self.assertEqual(self.found(Whom((self.people[2], self.people[0], 0))), [self.people[0], self.people[2]])
        self.assertEqual(self.found(Whom([])), [])

    def test_shares_are_everybody_once(self) -> None:
        shares = [self.found(Whom(share=(n, 3))) for n in range(3)]
        self.assertEqual(sorted(pk for share in shares for pk in share), self.people)
        self.assertEqual({pk % 3 for pk in shares[1]}, {1})
