"""Leases: never two at a time, suggestions, release, and what the letter prints."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from campaigns import plan_fields, slots
from campaigns.slots import Row
from tests.campaigns.builders import make_campaign, make_content
from tests.segments.builders import make_brand
from tests.tracking.builders import make_lease, make_number, make_period, make_run
from tracking import plan
from tracking.models import NumberLease
from tracking.numbers import Line, NumberTaken, free_numbers, holding, normalised, release, short, spelled

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
        make_lease(self.number, line=Line("email", brand), period=make_period(5, begins=-9))
        make_number("+78120002222", is_active=False)
        self.assertEqual(list(free_numbers(make_period(), line=Line("email", brand))), [self.number, rested])
        self.assertEqual(list(free_numbers(make_period(), line=Line("sms", brand))), [rested, self.number])
        self.assertEqual(list(free_numbers(make_period(5, begins=-8))), [rested])

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


class InThePlan(TestCase):
    def setUp(self) -> None:
        self.number, self.campaign = make_number("+78120006666"), make_campaign()
        self.field = next(field for field in plan_fields.every() if field.name == "number")

    def chosen(self, text: str) -> object:
        return self.field.form_field(self.campaign).clean(text)

    def test_a_choice_leases_the_number_for_ninety_days(self) -> None:
        self.field.save(self.campaign, self.chosen("+7 (812) 000-66-66"))
        lease = holding(self.campaign)
        self.assertEqual((lease.number, lease.channel, lease.brand), (self.number, "email", None))
        self.assertEqual(lease.period.upper - lease.period.lower, timedelta(days=90))
        self.assertEqual(self.field.load(self.campaign), self.number)

    def test_the_own_number_can_be_chosen_again_and_nothing_moves(self) -> None:
        self.field.save(self.campaign, self.number)
        before = holding(self.campaign).pk
        self.field.save(self.campaign, self.chosen("+78120006666"))
        self.assertEqual(holding(self.campaign).pk, before)

    def test_another_brand_or_start_leases_anew(self) -> None:
        self.field.save(self.campaign, self.number)
        self.campaign.brand = make_brand()
        self.campaign.starts_at = timezone.now() + timedelta(days=20)
        self.field.save(self.campaign, self.number)
        lease = NumberLease.objects.get()
        self.assertEqual((lease.brand, lease.period.lower), (self.campaign.brand, self.campaign.starts_at))

    def test_no_number_gives_it_back(self) -> None:
        self.field.save(self.campaign, self.number)
        self.field.save(self.campaign, self.chosen(""))
        self.assertIsNone(holding(self.campaign))

    def test_a_number_of_another_campaign_is_not_offered(self) -> None:
        make_lease(self.number, make_campaign())
        with self.assertRaises(ValidationError):
            self.chosen("+78120006666")

    def test_a_letter_with_the_placeholder_needs_a_number(self) -> None:
        body = "<mjml><mj-body><mj-section><mj-column><mj-text>{{ номер_для_звонка }}</mj-text></mj-column></mj-section></mj-body></mjml>"
        make_content(self.campaign, body=body)
        self.assertEqual(len(plan.check(self.campaign)), 1)
        self.field.save(self.campaign, self.number)
        self.assertEqual(plan.check(self.campaign), [])

    def test_the_number_must_be_held_on_the_day_of_the_start(self) -> None:
        self.field.save(self.campaign, self.number)
        self.campaign.starts_at = timezone.now() + timedelta(days=100)
        self.assertEqual(len(plan.check(self.campaign)), 1)

    def test_slots_print_the_number_and_the_survey(self) -> None:
        self.field.save(self.campaign, self.number)
        run = make_run(self.campaign)
        rows = [Row(11, 1), Row(12, 2)]
        number, survey = slots.find(plan.NUMBER_SLOT), slots.find(plan.SURVEY_SLOT)
        with self.assertNumQueries(1):
            self.assertEqual(number.resolve(run, rows), {11: "+7 812 000-66-66", 12: "+7 812 000-66-66"})
        with self.assertNumQueries(0):
            links = survey.resolve(run, rows)
        self.assertRegex(links[11], r"/s/[\w-]{28}$")
        self.assertNotEqual(links[11], links[12])
