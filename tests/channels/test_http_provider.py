"""What HTTP providers have in common, as far as no peer shows it: pauses, secrets in replies, what cannot be read."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, Result
from channels.providers.http_provider import REPLY_LENGTH, HttpProvider, by_status, roubles
from channels.providers.http_wire import Answer
from channels.sealing import seal, seal_named

BATCH = [Addressed(1, "+79990000001", b"text")]


class Plain(HttpProvider):
    """Its answers are results already: `{"kind": …, "reply": …}`."""

    title = "Plain"

    def result_of(self, answer: Answer) -> Result:
        return Result(**answer.json())

    def check(self) -> str:
        return self.works()


class HttpProviderTest(SimpleTestCase):
    def provider(self, secret: str = "", **options: object) -> Plain:
        return Plain(Account(provider="plain", secret=seal(secret), options=options))

    def results(self, body: bytes, status: int = 200, secret: str = "") -> Sequence[Result]:
        return self.provider(secret).results_for(BATCH, Answer(status, {}, body))

    def pause(self, told: str) -> float | None:
        return self.provider(pause=7).pause_after(Answer(429, {"retry-after": told}, b""))

    def test_a_pause_is_told_in_seconds_or_as_a_date(self) -> None:
        self.assertEqual(self.pause("120"), 120)
        self.assertEqual(self.pause("0"), 0)
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        self.assertAlmostEqual(self.pause(soon) or 0, 90, delta=5)
        self.assertEqual(self.pause("Wed, 21 Oct 2015 07:28:00 GMT"), 0)
        endless = "Wed, 21 Oct 99999999999 07:28:00 GMT"
        for odd in ("", "soon", "-5", "1e9", "٣", "Wed, 21 Oct 2015 07:28:00", endless):
            with self.subTest(odd):
                self.assertEqual(self.pause(odd), 7)
        self.assertIsNone(self.provider().pause_after(Answer(503, {"retry-after": "5"}, b"")))

    def test_a_secret_that_comes_back_is_hidden_however_it_is_written(self) -> None:
        secret = "k/y+ with spaces"
        for form in (secret, "k%2Fy%2B%20with%20spaces", "k%2Fy%2B+with+spaces"):
            body = json.dumps({"kind": REJECTED, "reply": f"no such key: {form}!"}).encode()
            (result,) = self.results(body, secret=secret)
            self.assertEqual(result.reply, "no such key: •••!")

    def test_each_of_several_secrets_is_hidden(self) -> None:
        secret = seal_named({"login": "anna@x.test", "password": "word-of-anna"})
        provider = Plain(Account(provider="plain", secret=secret))
        self.assertNotIn("anna", str(provider.unclear("anna@x.test:word-of-anna is wrong")))
        self.assertTrue(provider.refused("x").permanent)

    def test_replies_are_short_and_fit_the_database(self) -> None:
        body = json.dumps({"kind": REJECTED, "reply": "a\x00\ud800" + "ж" * 900, "code": "\x00c"}).encode()
        (result,) = self.results(body)
        self.assertEqual((len(result.reply), result.code), (REPLY_LENGTH, "c"))
        self.assertTrue(result.reply.startswith("a?ж"))

    def test_what_cannot_be_read_is_judged_by_its_status(self) -> None:
        odd = (b"", b"{", b"[]", b"null", b"<html>", "Принято".encode("cp1251"), b'{"kind": 1, "strange": 2}')
        for body in (*odd, b"[" * 100_000):
            for status, kind in ((200, UNKNOWN), (400, REJECTED), (401, DEFERRED), (502, UNKNOWN), (302, UNKNOWN)):
                with self.subTest(body=body[:30], status=status):
                    (result,) = self.results(body, status)
                    self.assertEqual((result.kind, result.permanent), (kind, kind == REJECTED))
        self.assertEqual(by_status(403).action, Action.STOP_ACCOUNT)

    def test_an_answer_that_has_its_words_is_believed_whatever_its_status(self) -> None:
        (result,) = self.results(json.dumps({"kind": ACCEPTED, "provider_key": "k"}).encode(), 500)
        self.assertEqual((result.kind, result.provider_key), (ACCEPTED, "k"))

    def test_costs_are_numbers_or_nothing(self) -> None:
        self.assertEqual([str(roubles(value)) for value in ("4.60", 2, 1.95)], ["4.60", "2", "1.95"])
        self.assertEqual([roubles(value) for value in (None, "", "free", "NaN", "-1", [], "inf")], [None] * 7)
