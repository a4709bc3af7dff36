"""Leases: never two at a time, suggestions, release, and what the letter prints."""

from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from tests.campaigns.builders import make_campaign
from tests.segments.builders import make_brand
from tests.tracking.builders import make_lease, make_number, make_period, make_run
from tracking.models import NumberLease
from tracking.numbers import QUARANTINE, Line, NumberTaken, free_numbers, normalised, release, short, spelled

INSERT = "INSERT INTO tracking_numberlease (number_id, channel, period) VALUES (%s, 'email', %s)"


class Spelling(SimpleTestCase):
    def test_written_as_people_write_and_say_it(self) -> None:
        self.assertEqual(spelled("+78120006666"), "+7 812 000-66-66")
        self.assertEqual(short("+78120006666"), "…6666")
        self.assertEqual(spelled("6666"), "6666")

    def test_any_usual_way_is_one_number(self) -> None:
        for text in ("+7 812 000-66-66", "8 (812) 000-66-66", "78120006666", "8120006666"):
            self.assertEqual(normalised(text), "+78120006666", text)
        for text in ("", "anonymous", "123", "1" * 16):
            self.assertEqual(normalised(text), "", text)


class Leasing(TestCase):
    def setUp(self) -> None:
        self.number, self.campaign = make_number("+78120006666"), make_campaign(name="Весна")

    def test_the_database_itself_forbids_two_at_a_time(self) -> None:
        first, later = make_period(30), make_period(30, begins=29)
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [self.number.pk, first])
            with self.assertRaises(IntegrityError), transaction.atomic():
                cursor.execute(INSERT, [self.number.pk, later])
            cursor.execute(INSERT, [self.number.pk, make_period(30, begins=31)])

    def test_periods_that_only_touch_do_not_overlap(self) -> None:
        one = make_lease(self.number, self.campaign, period=make_period(10))
        after = type(one.period)(one.period.upper, one.period.upper + timedelta(days=1), "[)")
        make_lease(self.number, make_campaign(), period=after)
        self.assertEqual(NumberLease.objects.count(), 2)

    def test_a_taken_number_says_who_holds_it(self) -> None:
        make_lease(self.number, self.campaign)
        with self.assertRaises(NumberTaken) as refused:
            make_lease(self.number, make_campaign())
        self.assertIn("…6666", refused.exception.messages[0])
        self.assertIn("Весна", refused.exception.messages[0])
        self.assertEqual(NumberLease.objects.count(), 1)

    def test_suggestions_put_the_number_of_the_same_brand_first(self) -> None:
        rested, brand = make_number("+78120001111"), make_brand("Mitsubishi")
        make_lease(self.number, line=Line("email", brand), period=make_period(5, begins=-40))
        make_number("+78120002222", is_active=False)
        self.assertEqual(list(free_numbers(make_period(), line=Line("email", brand))), [self.number, rested])
        self.assertEqual(list(free_numbers(make_period(), line=Line("sms", brand))), [rested, self.number])
        self.assertEqual(list(free_numbers(make_period(5, begins=-39))), [rested])

    def test_a_number_that_rests_comes_last_and_says_till_when(self) -> None:
        other, brand = make_number("+78120001111"), make_brand("Mitsubishi")
        held = make_lease(self.number, line=Line("email", brand), period=make_period(5, begins=-9))
        last = list(free_numbers(make_period(), line=Line("email", brand)))
        self.assertEqual(last, [other, self.number])
        self.assertEqual([number.rests_till for number in last], [None, held.period.upper + QUARANTINE])
        self.assertEqual(list(free_numbers(make_period(begins=40), line=Line("email", brand))), [self.number, other])

    def test_release_keeps_what_may_have_been_called(self) -> None:
        make_run(self.campaign)
        make_lease(self.number, self.campaign)
        self.assertEqual(release(self.campaign), 1)
        self.assertLessEqual(NumberLease.objects.get().period.upper, timezone.now())
        self.assertIn(self.number, free_numbers(make_period()))

    def test_release_of_a_draft_leaves_nothing(self) -> None:
        make_lease(self.number, self.campaign)
        release(self.campaign)
        self.assertFalse(NumberLease.objects.exists())
