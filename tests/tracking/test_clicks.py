"""Clicks and opens: stored links only, every hit kept, people told from robots, Redis not needed."""

import random
from datetime import timedelta
from unittest.mock import patch

from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from campaigns import links, writing
from campaigns.models import DeliveryState, Message
from channels import throttle as counters
from tests.campaigns.builders import LETTER, make_reader
from tests.segments.builders import make_brand
from tests.tracking.builders import make_message, make_run, track
from tracking import throttle
from tracking.clicks import with_utm
from tracking.hits.classing import class_hits
from tracking.models import Hit

MARKS = {"channel": "email", "run__campaign_id": 7}


class Addresses(SimpleTestCase):
    def test_only_web_addresses_pass(self) -> None:
        for url in ("https://dealer.ru/", "http://dealer.ru/a?b=1#c", "https://дилер.рф/тест"):
            self.assertTrue(links.is_web_address(url), url)
        for url in (
            "//evil.ru", "javascript:alert(1)", "https:///path", "https://dealer.ru@evil.ru/", "ftp://dealer.ru/",
            "https://dealer.ru\\@evil.ru", "https://dealer.ru/\r\nSet-Cookie: a=b", "data:text/html,x", "", "https://[",
        ):  # fmt: skip
            self.assertFalse(links.is_web_address(url), url)

    def test_marks_are_added_beside_what_is_there(self) -> None:
        url = with_utm("https://dealer.ru/a?x=%D1%8F&utm_medium=own#part", MARKS, 3)
        self.assertEqual(
            url, "https://dealer.ru/a?x=%D1%8F&utm_medium=own&utm_source=krug&utm_campaign=7&utm_content=3#part"
        )


class Following(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.message = make_message(make_run(), make_reader())
        cls.token = links.link_char(1) + track(cls.message)

    def state(self) -> DeliveryState | None:
        return DeliveryState.objects.filter(message_id=self.message.pk).first()

    def classed(self) -> DeliveryState | None:
        """Its state a minute later."""
        class_hits(timezone.now() + timedelta(minutes=1))
        return self.state()

    def test_a_click_goes_to_the_stored_link_and_counts(self) -> None:
        response = self.client.get(f"/l/{self.token}", headers={"user-agent": "Mozilla/5.0"})
        self.assertEqual(response.status_code, 302)
        self.assertTrue(response["Location"].startswith("https://dealer.example/service?"))
        self.assertIn("utm_content=1", response["Location"])
        self.assertEqual(response["Cache-Control"], "no-store")
        hit = Hit.objects.get()
        self.assertEqual((hit.kind, hit.link, hit.message_id, hit.address), ("click", 1, self.message.pk, "127.0.0.1"))
        self.assertIsNone(self.state())  # until it is known who it was
        self.assertEqual(self.classed().clicked_at, hit.at)

    def test_a_link_of_her_version_leads_where_that_says(self) -> None:
        body = LETTER.replace("dealer.example", "lada.example")
        lada = writing.write(self.message.run.campaign, make_brand("Lada"), subject="Lada", body=body)
        message = make_message(self.message.run, make_reader())
        Message.objects.filter(pk=message.pk).update(content=lada)
        response = self.client.get(f"/l/{links.link_char(1)}{track(message)}")
        self.assertTrue(response["Location"].startswith("https://lada.example/service?"))

    def test_few_queries(self) -> None:
        with self.assertNumQueries(4):
            self.client.get(f"/l/{self.token}")

    def test_the_pixel(self) -> None:
        response = self.client.get(f"/o/{track(self.message)}")
        self.assertEqual((response["Content-Type"], response["Cache-Control"]), ("image/gif", "no-store"))
        self.assertEqual(response.content[:6], b"GIF89a")
        self.assertIsNotNone(self.classed().opened_at)

    def test_head_prefetch_and_robots_are_kept_but_do_not_count(self) -> None:
        self.client.head(f"/l/{self.token}")
        self.client.get(f"/l/{self.token}", headers={"sec-purpose": "prefetch;prerender"})
        self.client.get(f"/l/{self.token}", headers={"user-agent": "Googlebot/2.1"})
        self.client.head(f"/o/{track(self.message)}")
        self.assertEqual(Hit.objects.count(), 4)
        self.assertIsNone(self.classed())

    def test_a_link_that_the_letter_has_not(self) -> None:
        self.assertEqual(self.client.get(f"/l/{links.link_char(9)}{track(self.message)}").status_code, 404)
        self.assertFalse(Hit.objects.exists())

    def test_a_message_that_was_held_out_has_no_addresses(self) -> None:
        held = make_message(self.message.run, make_reader(), left_out="control")
        self.assertEqual(self.client.get(f"/o/{track(held)}").status_code, 404)

    @override_settings(REDIS_URL="redis://127.0.0.1:1/0")
    def test_no_click_is_lost_without_redis(self) -> None:
        with patch.object(counters, "_silent_until", 0.0):
            self.assertEqual(self.client.get(f"/l/{self.token}").status_code, 302)
            self.assertTrue(Hit.objects.exists())
            self.assertGreater(counters._silent_until, 0)

    def test_a_flood_of_one_address_is_redirected_but_not_stored(self) -> None:
        with patch.object(throttle, "allowed", return_value=False):
            self.assertEqual(self.client.get(f"/l/{self.token}").status_code, 302)
        self.assertFalse(Hit.objects.exists())

    def test_forged_tokens_get_one_answer(self) -> None:
        """One page, whatever is wrong: mutations of right tokens, of other lengths and other letters."""
        good = {f"/l/{self.token}", f"/o/{track(self.message)}", *_choices(self.message)}
        rng, answers = random.Random(8), set()
        guesser = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"  # not limited yet
        for path in [_mutation(rng, sorted(good)) for _ in range(400)]:
            if path not in good:
                response = self.client.get(path, REMOTE_ADDR=guesser)
                answers.add((response.status_code, response.content))
        self.assertEqual({status for status, _page in answers}, {404, 429})
        self.assertEqual(len({page for _status, page in answers}), 1)
        self.assertFalse(Hit.objects.exists())

    def test_ten_thousand_forged_tokens_are_nobodys(self) -> None:
        good = {f"/l/{self.token}", f"/o/{track(self.message)}", *_choices(self.message)}
        rng, read = random.Random(44), {"l": links.read_click, "o": links.read_track}
        with self.assertNumQueries(0):
            for path in [_mutation(rng, sorted(good)) for _ in range(10_000)]:
                token = path[3:]
                found = read.get(path[1], links.read_choice)(token)
                # The number of a click's link is not signed: it chooses among the links of the same letter.
                allowed = path in good or (path[1] == "l" and token[1:] == self.token[1:])
                self.assertTrue(found is None or allowed, path)


def _choices(message: object) -> list[str]:
    token = links.tokens(message.pk).choice
    return [f"/s/{token}", f"/u/{token}"]


def _mutation(rng: random.Random, good: list[str]) -> str:
    """One letter changed, dropped, added, or two swapped, in the token of a right path."""
    path = rng.choice(good)
    head, token = path[:3], list(path[3:])
    at = rng.randrange(len(token))
    match rng.randrange(4):
        case 0:
            token[at] = rng.choice(links.ALPHABET + "=+~ж")
        case 1:
            del token[at]
        case 2:
            token.insert(at, rng.choice(links.ALPHABET))
        case 3:
            other = rng.randrange(len(token))
            token[at], token[other] = token[other], token[at]
    return head + "".join(token)
