from datetime import UTC, datetime
from itertools import product

from django.db import connection
from django.test import TestCase

from segments.consents import may_write_by_key_sql, may_write_of_any_sql, may_write_sql, record_consent
from segments.models import Consent, ConsentState, ContactPoint
from tests.segments.builders import make_brand

EARLY, LATE = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)


class ConsentTest(TestCase):
    def setUp(self) -> None:
        self.point = ContactPoint.objects.create(kind="email", value="anna@example.ru")

    def say(self, given: bool, origin: str, **details: object) -> int:
        return record_consent(
            contact_point_ids=[self.point.pk],
            channels=["email"],
            purpose="advertising",
            given=given,
            origin=origin,
            **details,
        )

    def may_write(self, brand: int | None = None, channel: str = "email") -> bool:
        """In both ways of asking."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {may_write_sql('cp.id')}, {may_write_by_key_sql('cp.id')}"
                " FROM segments_contactpoint AS cp WHERE cp.id = %(id)s",
                {"channel": channel, "purpose": "advertising", "brand": brand, "id": self.point.pk},
            )
            of_many, by_key = cursor.fetchone()
        self.assertIs(of_many, by_key)
        return by_key

    def test_silence_is_no_consent(self) -> None:
        self.assertFalse(self.may_write())

    def test_an_import_gives_and_withdraws_but_never_raises(self) -> None:
        self.assertEqual(self.say(True, "import"), 1)
        self.assertTrue(self.may_write())
        self.assertEqual(self.say(False, "import"), 1)
        self.assertEqual(self.say(True, "import"), 0)
        self.assertEqual(self.say(True, "import", decided_at=LATE), 0)
        self.assertFalse(self.may_write())

    def test_of_imports_no_stands_whenever_it_was_said(self) -> None:
        self.say(True, "import", decided_at=LATE)
        self.assertEqual(self.say(False, "import", decided_at=EARLY), 1)
        self.assertEqual(self.say(True, "import", decided_at=LATE), 0)
        self.assertFalse(self.may_write())

    def test_of_the_same_answer_the_dated_one_stands_whichever_comes_first(self) -> None:
        self.assertEqual(self.say(True, "import"), 1)
        self.assertEqual(self.say(True, "import", decided_at=EARLY), 1)
        self.assertEqual(self.say(True, "import", decided_at=LATE), 1)
        self.assertEqual(self.say(True, "import", decided_at=EARLY), 0)
        self.assertEqual(self.say(True, "import"), 0)
        self.assertEqual(ConsentState.objects.get().decided_at, LATE)

    def test_a_person_stands_above_staff_and_staff_above_an_import(self) -> None:
        self.say(True, "person")
        self.assertEqual(self.say(False, "import"), 0)
        self.assertEqual(self.say(False, "staff"), 0)
        self.assertTrue(self.may_write())
        self.assertEqual(self.say(False, "person"), 1)
        self.assertEqual(self.say(True, "staff"), 0)
        self.assertFalse(self.may_write())

    def test_of_one_origin_the_later_decision_stands(self) -> None:
        self.say(False, "person", decided_at=LATE)
        self.assertEqual(self.say(True, "person", decided_at=EARLY), 0)
        self.assertFalse(self.may_write())
        self.assertEqual(self.say(True, "person"), 1)
        self.assertTrue(self.may_write())

    def test_a_withdrawal_for_all_brands_binds_each_of_them(self) -> None:
        brand, other = make_brand().pk, make_brand("Lexus").pk
        self.say(True, "person", brand_id=brand)
        self.assertEqual((self.may_write(brand), self.may_write(other), self.may_write()), (True, False, False))
        self.say(False, "person")
        self.assertFalse(self.may_write(brand))

    def test_one_brand_s_withdrawal_leaves_the_others(self) -> None:
        brand = make_brand().pk
        self.say(True, "person")
        self.say(False, "person", brand_id=brand)
        self.assertEqual((self.may_write(brand), self.may_write()), (False, True))

    def test_of_many_addresses_and_brands_at_once_the_rule_is_the_same(self) -> None:
        """Every way in which the holding, two brands asked about and a third one can have answered."""
        brands = [None, *(make_brand(name).pk for name in ("Toyota", "Lexus", "Lada"))]
        for number, answers in enumerate(product((None, True, False), repeat=len(brands))):
            self.point = ContactPoint.objects.create(kind="email", value=f"{number}@example.ru")
            for brand, given in zip(brands, answers, strict=True):
                if given is not None:
                    self.say(given, "person", brand_id=brand)
        for asked in ([brands[1]], brands[1:3], brands[1:]):
            one_by_one = " OR ".join(may_write_sql("cp.id").replace("%(brand)s", str(each)) for each in asked)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT cp.value, {one_by_one}, EXISTS (SELECT FROM segments_consentstate AS said "
                    f"WHERE said.contact_point_id = cp.id AND {may_write_of_any_sql('said')}) FROM segments_contactpoint AS cp",
                    {"channel": "email", "purpose": "advertising", "brands": asked},
                )
                found = cursor.fetchall()
            self.assertEqual(len(found), 3 ** len(brands) + 1)
            self.assertEqual([value for value, each, together in found if each is not together], [])

    def test_the_log_keeps_what_did_not_come_into_force(self) -> None:
        self.say(False, "person", text="Отписаться", evidence="survey")
        self.say(True, "import", batch_id=7)
        self.assertEqual(Consent.objects.count(), 2)
        state = ConsentState.objects.get()
        self.assertEqual((state.given, state.log_id), (False, Consent.objects.get(origin="person").pk))

    def test_many_addresses_and_channels_at_once(self) -> None:
        other = ContactPoint.objects.create(kind="phone", value="+79216756405")
        ids = [other.pk, self.point.pk, other.pk]
        count = record_consent(
            contact_point_ids=ids,
            channels=["email", "sms"],
            purpose="advertising",
            given=True,
            origin="staff",
            customer_id=5,
        )
        self.assertEqual(
            (count, ConsentState.objects.count(), Consent.objects.filter(customer_id=5).count()), (4, 4, 4)
        )

    def test_nobody_and_nothing(self) -> None:
        self.assertEqual(
            record_consent(contact_point_ids=[], channels=["email"], purpose="advertising", given=True, origin="staff"),
            0,
        )
