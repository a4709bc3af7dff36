"""«Would you recommend us?»: the pages, what is kept, the index and its interval, who may be behind an answer."""

import random
from datetime import timedelta

from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns import links
from segments import erasing
from segments.models import Customer
from tests.campaigns.builders import make_reader
from tests.segments.builders import make_brand, make_centre, make_interaction, make_staff
from tests.tracking.builders import make_message, make_run
from tracking import nps
from tracking.models import NpsAnswer


def address(message_id: int) -> str:
    return "/n/" + links.nps_url(message_id).rpartition("/")[2]


class Indexes(SimpleTestCase):
    def test_promoters_less_detractors(self) -> None:
        score = nps.Score(10, 5, 2)
        self.assertEqual((score.index, score.passives), (30, 3))
        self.assertEqual((nps.Score().index, nps.Score().interval), (None, None))

    def test_the_interval_is_that_of_the_paper(self) -> None:
        """n = 100, 50 and 20: middle 30/103, sd √((71.5/103 − 0.2913²)/103)."""
        self.assertEqual(nps.Score(100, 50, 20).interval, (14, 44))
        low, high = nps.Score(5, 5, 0).interval
        self.assertTrue(-100 <= low < 100, low)
        self.assertEqual(high, 100)

    def test_it_covers_the_truth(self) -> None:
        """Of 2,000 draws of 40 answers the interval holds the true index in 93 to 98 of a hundred."""
        chance, held = random.Random(8), 0
        for _ in range(2000):
            drawn = chance.choices((1, 0, -1), (0.5, 0.3, 0.2), k=40)
            low, high = nps.Score(40, drawn.count(1), drawn.count(-1)).interval
            held += low <= 30 <= high
        self.assertTrue(1860 <= held <= 1970, held)


class Answering(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.message = make_message(make_run(), make_reader())
        cls.path = address(cls.message.pk)

    def kept(self) -> tuple[int, str, str, bool]:
        return NpsAnswer.objects.values_list("score", "reason", "comment", "may_call").get()

    def test_a_score_is_kept_at_once_and_the_rest_follows(self) -> None:
        answer = self.client.post(self.path, {"score": "9"})
        self.assertRedirects(answer, f"{self.path}/why")
        self.assertEqual(self.kept(), (9, "", "", False))
        said = {"reason": "people", "comment": "Спасибо, Илья", "may_call": "on"}
        self.assertRedirects(self.client.post(f"{self.path}/why", said), f"{self.path}/done")
        self.assertEqual(self.kept(), (9, "people", "Спасибо, Илья", True))

    def test_looking_keeps_nothing_whatever_the_link_says(self) -> None:
        for ask in (self.client.get, self.client.head):
            self.assertEqual(ask(f"{self.path}?score=3").status_code, 200)
        self.assertContains(self.client.get(f"{self.path}?score=3"), 'value="3" id="id_score_3" required checked')
        self.assertEqual(self.client.get(f"{self.path}?score=%3Cscript%3E").status_code, 200)
        self.assertRedirects(self.client.get(f"{self.path}/why"), self.path)
        self.assertFalse(NpsAnswer.objects.exists())

    def test_what_is_no_score_is_none(self) -> None:
        for wrong in ("", "11", "-1", "5.5", "²", "9\x00", "1" * 5000):
            answer = self.client.post(self.path, {"score": wrong})
            self.assertEqual(answer.status_code, 400, wrong)
        self.assertFalse(NpsAnswer.objects.exists())

    def test_a_second_answer_replaces_the_first_and_keeps_its_words(self) -> None:
        self.client.post(self.path, {"score": "2"})
        self.client.post(f"{self.path}/why", {"comment": "Долго"})
        first = NpsAnswer.objects.get().answered_at
        self.client.post(self.path, {"score": "2"})
        self.assertEqual(NpsAnswer.objects.get().answered_at, first)
        self.client.post(self.path, {"score": "8"})
        self.assertEqual(self.kept(), (8, "", "Долго", False))
        self.assertGreater(NpsAnswer.objects.get().answered_at, first)

    def test_a_program_that_fills_every_field_is_thanked_and_not_kept(self) -> None:
        answer = self.client.post(self.path, {"score": "0", "website": "https://spam.example"})
        self.assertRedirects(answer, f"{self.path}/done")
        self.assertFalse(NpsAnswer.objects.exists())

    def test_an_erased_person_answers_no_more_and_her_words_are_gone(self) -> None:
        self.client.post(self.path, {"score": "4"})
        self.client.post(f"{self.path}/why", {"comment": "Звоните Анне", "may_call": "on"})
        erasing.erase([self.message.customer_id])
        self.assertEqual(self.kept(), (4, "", "", False))
        self.assertIsNone(NpsAnswer.objects.get().customer_id)
        for path in (self.path, f"{self.path}/why", f"{self.path}/done"):
            self.assertEqual(self.client.post(path, {"score": "1"}).status_code in (404, 405), True, path)
        self.assertEqual(NpsAnswer.objects.get().score, 4)

    def test_the_token_opens_nothing_else_and_others_do_not_open_it(self) -> None:
        token = self.path[3:]
        self.assertEqual([self.client.get(f"/{page}/{token}").status_code for page in "su"], [404, 404])
        for other in (links.tokens(self.message.pk).choice, links.start_token(self.message.pk), token[:-1] + "A"):
            self.assertEqual(self.client.get(f"/n/{other}").status_code, 404, other)

    def test_the_language_is_the_readers(self) -> None:
        page = self.client.get(self.path, headers={"accept-language": "en"})
        self.assertContains(page, "Would you recommend us")
        self.assertContains(self.client.get(self.path, headers={"accept-language": "ru"}), "Порекомендуете")


class About(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.reader = make_reader()
        cls.message = make_message(make_run(), cls.reader)

    def rate(self, score: int, message: object = None) -> None:
        nps.rate(nps.subject_of((message or self.message).pk), score)

    def test_the_answer_is_about_what_she_did_last(self) -> None:
        now, centre, brand = timezone.now(), make_centre(), make_brand("Kia")
        make_interaction(self.reader, "service", happened_at=now - timedelta(days=3), centre=centre, brand=brand)
        make_interaction(self.reader, "sale", happened_at=now - timedelta(days=30), centre=make_centre("Другой"))
        make_interaction(self.reader, "call", happened_at=now - timedelta(days=1))
        self.rate(7)
        answer = NpsAnswer.objects.get()
        self.assertEqual((answer.centre_id, answer.brand_id), (centre.pk, brand.pk))

    def test_long_ago_is_nothing(self) -> None:
        make_interaction(self.reader, "sale", happened_at=timezone.now() - timedelta(days=181), centre=make_centre())
        self.rate(7)
        self.assertIsNone(NpsAnswer.objects.get().centre_id)

    def test_answers_follow_whom_their_giver_is_merged_into_and_back(self) -> None:
        self.rate(10)
        survivor = make_reader()
        Customer.objects.filter(pk=self.reader.pk).update(merged_into=survivor)
        self.assertEqual(nps.refresh([self.reader.pk, survivor.pk]), 1)
        self.assertEqual(NpsAnswer.objects.get().customer_id, survivor.pk)
        Customer.objects.filter(pk=self.reader.pk).update(merged_into=None)
        self.assertEqual((nps.refresh(), nps.refresh()), (1, 0))
        self.assertEqual(NpsAnswer.objects.get().customer_id, self.reader.pk)

    def test_the_list_shows_the_index_of_what_the_filters_leave(self) -> None:
        for score in (10, 9, 3):
            self.rate(score, make_message(self.message.run, make_reader()))
        self.client.force_login(make_staff("tracking.view_npsanswer"))
        page = reverse("admin:tracking_npsanswer_changelist")
        self.assertEqual(self.client.get(page).context_data["overall"], nps.Score(3, 2, 1))
        promoters = self.client.get(page, {"group": "promoters"}).context_data["overall"]
        self.assertEqual(promoters, nps.Score(2, 2, 0))
        self.assertEqual(self.client.get(page, {"segment": "1"}).status_code, 200)
