"""The survey and the one-click opt-out: who may be written to afterwards, and what a person reads."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections
from django.test import Client, TestCase, TransactionTestCase

from campaigns.models import DeliveryState, Message
from segments.binding import bind
from segments.consents import may_write_sql
from segments.models import Consent, ContactPoint, Preference
from tests.campaigns.builders import make_campaign, make_reader
from tests.segments.builders import make_brand, make_consent, make_contact, make_customer
from tests.tracking.builders import choice, make_message, make_run
from tracking.models import SurveyAnswer

MAY_WRITE = f"SELECT {may_write_sql('cp.id')} FROM segments_contactpoint AS cp WHERE cp.id = %(point)s"
STOP = {"decision": "stop", "reason": "too_often"}
TIED = (("telegram", "telegram"), ("max", "max"), ("device", "push"))  # kinds of addresses and their channels
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def may_write(point: ContactPoint, channel: str = "email", brand: object = None) -> bool:
    """What the pump asks as it leases a chunk."""
    with connection.cursor() as cursor:
        cursor.execute(
            MAY_WRITE,
            {"point": point.pk, "channel": channel, "purpose": "advertising", "brand": getattr(brand, "pk", None)},
        )
        return cursor.fetchone()[0]


def sent_message(**fields: object) -> Message:
    """A letter to a person with an e-mail and a phone, both with consent."""
    message = make_message(make_run(make_campaign(**fields)), make_reader())
    make_consent(make_contact(message.customer, "+79211112233"), channels=["sms"])
    return message


class OneClick(TestCase):
    def setUp(self) -> None:
        self.message = sent_message()
        self.path = f"/u/{choice(self.message)}"

    def test_get_and_head_change_nothing(self) -> None:
        before = Consent.objects.count()
        self.assertContains(self.client.get(self.path), "One-Click")
        self.client.head(self.path)
        self.client.get(f"/s/{choice(self.message)}")
        self.client.head(f"/s/{choice(self.message)}")
        self.assertEqual((Consent.objects.count(), SurveyAnswer.objects.count()), (before, 0))
        self.assertTrue(may_write(self.message.contact_point))

    def test_a_post_without_cookies_opts_out_at_once(self) -> None:
        response = Client(enforce_csrf_checks=True).post(self.path, ONE_CLICK)
        self.assertEqual(response.status_code, 200)
        self.assertFalse(may_write(self.message.contact_point))
        self.assertIsNotNone(DeliveryState.objects.get(message_id=self.message.pk).unsubscribed_at)
        self.assertNotIn("Set-Cookie", response.headers)

    def test_as_multipart_too(self) -> None:
        """RFC 8058 allows both encodings of a form; the test client sends multipart by default."""
        body = "List-Unsubscribe=One-Click"
        self.client.post(self.path, body, content_type="application/x-www-form-urlencoded")
        self.assertFalse(may_write(self.message.contact_point))

    def test_any_other_body_changes_nothing(self) -> None:
        self.assertEqual(self.client.post(self.path, {"List-Unsubscribe": "no"}).status_code, 400)
        self.assertEqual(self.client.put(self.path).status_code, 405)
        self.assertTrue(may_write(self.message.contact_point))

    def test_repeats_are_one_answer(self) -> None:
        for _ in range(3):
            self.client.post(self.path, ONE_CLICK)
        self.assertEqual(SurveyAnswer.objects.count(), 1)
        self.assertEqual(Consent.objects.filter(given=False).count(), 1)

    def test_only_the_address_and_the_brand_of_the_letter(self) -> None:
        brand, other = make_brand("Mitsubishi"), make_brand("Kia")
        message = sent_message(brand=brand)
        self.client.post(f"/u/{choice(message)}", ONE_CLICK)
        self.assertFalse(may_write(message.contact_point, brand=brand))
        self.assertTrue(may_write(message.contact_point, brand=other))
        self.assertTrue(may_write(ContactPoint.objects.filter(value="+79211112233").first(), "sms"))

    def test_it_can_be_taken_back(self) -> None:
        page = self.client.post(self.path, ONE_CLICK)
        self.assertContains(page, 'value="keep"')
        self.client.post(f"/s/{choice(self.message)}", {"decision": "keep"})
        self.assertTrue(may_write(self.message.contact_point))


class Survey(TestCase):
    def setUp(self) -> None:
        self.message = sent_message()
        self.phone = ContactPoint.objects.get(value="+79211112233")
        self.path = f"/s/{choice(self.message)}"

    def answer(self, **data: object) -> SurveyAnswer:
        response = self.client.post(self.path, data)
        self.assertRedirects(response, f"{self.path}/done")
        return SurveyAnswer.objects.first()

    def test_stop_everything_stops_every_address_and_says_why(self) -> None:
        answer = self.answer(**STOP, comment="Хватит")
        self.assertEqual(
            (answer.reason, answer.comment, answer.customer), ("too_often", "Хватит", self.message.customer)
        )
        self.assertFalse(may_write(self.message.contact_point))
        self.assertFalse(may_write(self.phone, "sms"))
        self.assertIsNotNone(DeliveryState.objects.get(message_id=self.message.pk).unsubscribed_at)

    def test_stop_everything_stops_messengers_and_devices_that_she_tied_herself(self) -> None:
        tied = [(kind, channel, bind(self.message.customer_id, kind, "77700001")) for kind, channel in TIED]
        for _kind, channel, point in tied:
            make_consent(ContactPoint.objects.get(pk=point), channels=[channel], origin="person")
        self.answer(**STOP)
        for kind, channel, point in tied:
            with self.subTest(kind):
                self.assertFalse(may_write(ContactPoint.objects.get(pk=point), channel))

    def test_taking_back_returns_what_was_in_force_and_no_more(self) -> None:
        self.answer(**STOP)
        self.answer(decision="keep")
        self.assertTrue(may_write(self.message.contact_point))
        self.assertTrue(may_write(self.phone, "sms"))
        self.assertFalse(may_write(self.phone, "whatsapp"))

    def test_taking_back_does_not_raise_an_older_no(self) -> None:
        make_consent(self.phone, given=False, channels=["sms"], origin="person")
        self.answer(**STOP)
        self.answer(decision="keep")
        self.assertFalse(may_write(self.phone, "sms"))

    def test_fewer_and_interests_become_preferences_and_touch_no_consent(self) -> None:
        make_brand("Kia")
        self.answer(decision="fewer", brands=["Kia"], topics=["service", "used"], sold_car="on")
        told = set(Preference.objects.filter(customer=self.message.customer).values_list("kind", "value"))
        self.assertEqual(
            told, {("fewer", ""), ("brand", "Kia"), ("topic", "service"), ("topic", "used"), ("sold_car", "")}
        )
        self.assertTrue(may_write(self.message.contact_point))
        self.answer(decision="keep", topics=["new"])
        told = set(Preference.objects.filter(customer=self.message.customer).values_list("kind", "value"))
        self.assertEqual(told, {("brand", "Kia"), ("topic", "new"), ("sold_car", "")})

    def test_a_merged_customers_letter_speaks_for_the_survivor(self) -> None:
        survivor = make_customer()
        type(survivor).objects.filter(pk=self.message.customer_id).update(merged_into=survivor)
        self.assertEqual(self.answer(**STOP).customer_id, survivor.pk)
        self.assertFalse(may_write(self.message.contact_point))

    def test_without_a_decision_it_is_asked_again_and_nothing_is_saved(self) -> None:
        for data in ({}, {"decision": "explode"}, {"reason": "too_often"}):
            self.assertContains(self.client.post(self.path, data), 'role="alert"', status_code=400)
        self.assertFalse(SurveyAnswer.objects.exists())

    def test_nothing_else_can_stand_between_a_person_and_her_opt_out(self) -> None:
        answer = self.answer(decision="stop", reason="x", brands=["Ы"], topics=["y"], comment="\x00Нет" * 2000)
        self.assertEqual((answer.reason, answer.brands, answer.topics, len(answer.comment)), ("", [], [], 2000))
        self.assertFalse(may_write(self.message.contact_point))

    def test_the_page_shows_no_personal_data_and_runs_no_scripts(self) -> None:
        response = self.client.get(self.path, headers={"accept-language": "en"})
        self.assertContains(response, "***@example.test")
        self.assertNotContains(response, self.message.contact_point.value)
        self.assertNotContains(response, self.message.customer.last_name)
        self.assertNotContains(response, "<script")
        self.assertContains(response, '<html lang="en">')
        policy = response["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)

    def test_speaks_russian_unless_asked_otherwise(self) -> None:
        for header, lang in (("ru-RU,ru", "ru"), ("de", "ru"), ("en-GB,en", "en")):
            self.assertContains(
                self.client.get(self.path, headers={"accept-language": header}), f'<html lang="{lang}">'
            )

    def test_done_before_any_answer_leads_to_the_survey(self) -> None:
        self.assertRedirects(self.client.get(f"{self.path}/done"), self.path)


class Races(TransactionTestCase):
    def test_a_double_click_answers_once_and_is_seen_at_once(self) -> None:
        message = sent_message()
        path = f"/s/{choice(message)}"

        def post(_n: int) -> int:
            try:
                return Client().post(path, STOP).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(post, range(16)))
        self.assertEqual(set(codes), {302})
        self.assertEqual(SurveyAnswer.objects.count(), 1)
        self.assertEqual(Consent.objects.filter(given=False, channel="email").count(), 1)
        self.assertFalse(may_write(message.contact_point))
