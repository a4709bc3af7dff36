"""The number in a campaign's plan, and the placeholders of its letters."""

from datetime import timedelta
from email import message_from_bytes, policy

from django.core.exceptions import ValidationError
from django.test import TestCase
from django.utils import timezone

from campaigns import plan_fields, rendering, slots, writing
from campaigns.models import Run
from campaigns.slots import Row
from tests.campaigns.builders import make_campaign, make_content, make_reader
from tests.segments.builders import make_brand
from tests.tracking.builders import choice, make_lease, make_message, make_number, make_run
from tracking import plan
from tracking.models import NumberLease
from tracking.numbers import holding, spelled

BODY = """<mjml><mj-body><mj-section><mj-column><mj-text>
Звоните: {{ номер_для_звонка }} <a href="{{ ссылка_на_опрос }}">Отписаться</a>
</mj-text></mj-column></mj-section></mj-body></mjml>"""


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

    def test_a_version_has_a_number_of_its_own_or_the_campaign_s(self) -> None:
        lada, kia, other = make_brand("Lada"), make_brand("Kia"), make_number()
        (of_lada,) = plan_fields.every(lada)
        self.field.save(self.campaign, self.number)
        of_lada.save(self.campaign, other)
        self.assertEqual((self.field.load(self.campaign), of_lada.load(self.campaign)), (self.number, other))
        self.assertEqual(holding(self.campaign, lada).brand, lada)
        texts = {"body": BODY, "subject": "Тема"}
        for brand, number in ((None, self.number), (lada, other), (kia, self.number)):
            content = writing.write(self.campaign, brand, **texts)
            run = Run(campaign=self.campaign, content=content)
            self.assertEqual(plan.resolve_number(run, [Row(7, 7)]), {7: spelled(number.number)})
        with self.assertRaises(ValidationError):  # one number prints for one version
            of_lada.form_field(self.campaign).clean(self.number.number)
        self.field.save(self.campaign, None)
        self.assertEqual((self.field.load(self.campaign), of_lada.load(self.campaign)), (None, other))
        self.assertEqual([len(field.check(self.campaign)) for field in (self.field, of_lada)], [1, 0])

    def test_the_numbers_of_versions_follow_a_changed_start(self) -> None:
        lada = make_brand("Lada")
        plan.save(self.campaign, self.number, lada)
        self.campaign.starts_at = timezone.now() + timedelta(days=20)
        plan_fields.follow(self.campaign, lada)
        self.assertEqual(NumberLease.objects.get().period.lower, self.campaign.starts_at)

    def test_a_number_of_another_campaign_is_not_offered(self) -> None:
        make_lease(self.number, make_campaign())
        with self.assertRaises(ValidationError):
            self.chosen("+78120006666")

    def test_a_letter_with_the_placeholder_needs_a_number(self) -> None:
        make_content(self.campaign, body=BODY)
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

    def test_a_real_letter_prints_the_number_and_leads_to_the_survey(self) -> None:
        """Through the compiler of letters, as the worker joins them; the link opens the page of this message."""
        self.field.save(self.campaign, self.number)
        make_content(self.campaign, body=BODY)
        run = make_run(self.campaign)
        message = make_message(run, make_reader())
        letter = rendering.compile_content(run.content, run)
        rows = [Row(message.pk, message.customer_id, message.contact_point_id)]
        values = rendering.values_for(run, letter, rows)[message.pk]
        raw = letter.render(message.pk, "reader@example.test", values)
        parsed = message_from_bytes(raw, policy=policy.default)
        html = parsed.get_body(("html",)).get_content()
        self.assertIn("+7 812 000-66-66", html)
        self.assertIn(f"/s/{choice(message)}", html)
        self.assertIn(f"/u/{choice(message)}", parsed["List-Unsubscribe"])
        self.assertEqual(self.client.get(f"/s/{choice(message)}").status_code, 200)
