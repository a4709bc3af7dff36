"""Fault plan, row 20: calls from outside that are forged, replayed, stale, meant for another address or huge are refused, on
every inbound address; nothing changes and no secret is in a log.

Refused calls are made where PostgreSQL refuses every statement that writes: one that tried to would be answered 500.
"""

import io
import json
import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, TestCase, override_settings

from campaigns.models import PromoRedemption
from channels import doors, throttle
from channels.models import DeliveryReport, IncomingMessage
from crmsite.discreet import Discreet
from tests.faults import soak
from tests.faults.open_addresses import OF_PROVIDERS, WITH_A_KEY
from tests.faults.speakers import Parts, Speaker, speakers
from tests.faults.test_looking import nothing_is_written
from tests.peers.signed import registered
from tracking.models import WebsiteEvent
from tracking.telephony import door
from tracking.telephony_models import CallNotice
from tracking.website_events import sites

LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+/ .:{}"é'
# They are told by a GET with a key that is no secret of a provider (`tests.tracking.test_bi`, `tests.channels.test_push_pages`).
ELSEWHERE = {"bi/<slug:name>.csv", "push/<int:pk>/notices"}
DEEP = "[" * 100_000
HOSTILE = (
    "", "{", "[]", "null", "7", DEEP, '{"a":' * 50_000, "\x00", '"\\u0000"', '{"messageId":"\\u0000","status":"DELIVERED"}', "\udcff\udcfe",
    '{"messageId":"x","status":"DELIVERED","time":"9999-99-99"}', '{"messageId":"x","status":"DELIVERED","externalData":{"id":"99999999999999999999"}}',
    '{"call_session_id":1e400}', '{"call_session_id":{}}', '{"call_session_id":"\\ud800"}', '{"messageId":"\\ud800","status":"DELIVERED"}', "1" * 5000,
    '{"messageId":"%s","status":"DELIVERED"}' % ("x" * 100_000), '{"auth":"\\ud800"}', '{"auth":[]}', "auth=1&id=%00", "id=%FF&status=1",
)  # fmt: skip


class Knocks(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        registered.start()
        cls.addClassCleanup(registered.stop)
        cls.speakers = speakers()

    def setUp(self) -> None:
        for known in (doors, door, sites):
            known.forget()
        self.enterContext(mock.patch.object(throttle, "allowed", return_value=True))  # counters of keys say 429 first
        self.log = self.enterContext(logs())

    def test_every_inbound_address_has_a_speaker(self) -> None:
        self.assertEqual({each.route for each in self.speakers}, (OF_PROVIDERS | WITH_A_KEY) - ELSEWHERE)

    def test_a_right_call_is_let_in_and_told_again_changes_nothing_more(self) -> None:
        for speaker in self.speakers:
            with self.subTest(speaker.name):
                first = speaker.call(self.client, speaker.sealed)
                before = effects()
                again = speaker.call(self.client, speaker.sealed)
                self.assertEqual(effects(), before)
                # A till has no points to spend, nor a purchase to take back: it was heard, and told so.
                self.assertIn((first.status_code, again.status_code), {(200, 200), (204, 204), (404, 404), (409, 409)})

    def test_some_mutations(self) -> None:
        self.mutate(random.Random(20), 200)

    @pytest.mark.soak
    @pytest.mark.timeout(3600)
    def test_ten_thousand_mutations_of_every_address(self) -> None:
        for run in range(soak.RUNS):
            chance, begun = soak.chance(f"20 {run}"), time.monotonic()
            statuses = self.mutate(chance, 10_000)
            soak.tell("20", begun, calls=10_000, speakers=len(self.speakers), accepted=0, changes=0, **statuses)

    def mutate(self, chance: random.Random, times: int) -> dict[str, int]:
        """How many were refused with which status."""
        statuses: dict[str, int] = {}
        client = Client(raise_request_exception=False)
        with nothing_is_written():
            for _ in range(times):
                speaker = chance.choice(self.speakers)
                parts = self._mutation(chance, speaker)
                answer = speaker.call(client, parts)
                self.assertRefused(answer, f"{speaker.name} {parts}")
                name = f"status_{answer.status_code}"
                statuses[name] = statuses.get(name, 0) + 1
        self.assertNoSecrets()
        return statuses

    def _mutation(self, chance: random.Random, speaker: Speaker) -> Parts:
        """A letter of a sealed part changed, added or lost, the part emptied, or that of another speaker in its place."""
        parts = dict(speaker.sealed)
        name = chance.choice(list(parts))
        right, other = parts[name], chance.choice(self.speakers).sealed
        while parts[name].strip().casefold() == right.casefold():  # case and edges are the same to some
            at = chance.randrange(len(right))
            parts[name] = chance.choice((
                right[:at] + chance.choice(LETTERS) + right[at + 1 :], right[:at] + chance.choice(LETTERS) + right[at:],
                right[:at] + right[at + 1 :], "", other.get(name, right), right[::-1], right + right,
            ))  # fmt: skip
        return parts

    def test_a_right_call_of_an_hour_ago_is_a_replay(self) -> None:
        signing_time = [each for each in self.speakers if each.stale]
        self.assertGreaterEqual(len(signing_time), 2)
        for speaker in signing_time:
            with nothing_is_written():
                self.assertRefused(speaker.call(self.client, speaker.stale or {}), speaker.name)

    def test_a_right_call_at_the_address_of_another_is_refused(self) -> None:
        """Each provider's call at each account of another that asks for more than its address."""
        doors_of = [each for each in self.speakers if "hook" in each.sealed]
        for speaker in doors_of:
            for other in doors_of:
                if other is speaker or other.is_heard_by_address:
                    continue
                with self.subTest(f"{speaker.name} at {other.name}"), nothing_is_written():
                    parts = {**speaker.sealed, "hook": other.sealed["hook"]}
                    self.assertRefused(speaker.call(self.client, parts), other.name)

    def test_what_cannot_be_read_is_refused_before_and_after_the_seal(self) -> None:
        for speaker in (each for each in self.speakers if "hook" in each.sealed):
            for body in HOSTILE:
                with self.subTest(f"{speaker.name} {body[:40]!r}"), transaction.atomic():
                    answer = speaker.call(self.client, {**speaker.sealed, "body": body, "json": body})
                    self.assertLess(answer.status_code, 500)
                    transaction.set_rollback(True)
        self.assertNoSecrets()

    @override_settings(WEBHOOK_BODY_LIMIT=1000)
    def test_a_huge_body_is_refused_wherever(self) -> None:
        huge = json.dumps({"x": "x" * 3_000_000})
        for speaker in self.speakers:
            if speaker.route in OF_PROVIDERS:
                with self.subTest(speaker.name), nothing_is_written():
                    answer = speaker.call(self.client, {**speaker.sealed, "body": huge, "json": huge})
                    self.assertIn(answer.status_code, (400, 413))

    def test_the_address_of_an_account_is_in_no_log(self) -> None:
        """Also where Django itself refuses, and whatever a library says of a path."""
        for speaker in self.speakers:
            if hook := speaker.sealed.get("hook"):
                head = speaker.route.partition("/")[0]
                self.client.put(f"/{head}/{hook}/")
                self.client.get(f"/{head}/{hook}/%00")
                logging.getLogger("somebody").warning("Not Found: %s", f"/{head}/{hook}/")
        self.assertNoSecrets()
        self.assertIn("/calls/…", self.log.getvalue())

    def assertRefused(self, answer: HttpResponse, about: str) -> None:  # noqa: N802
        self.assertTrue(400 <= answer.status_code < 500, f"{answer.status_code} {about}")

    def assertNoSecrets(self) -> None:  # noqa: N802
        """Neither keys nor addresses of accounts stand in what would have been logged."""
        said = self.log.getvalue()
        for speaker in self.speakers:
            for secret in (*speaker.secrets, *filter(None, [speaker.sealed.get("hook")])):
                self.assertNotIn(secret, said, speaker.name)


def effects() -> list[int]:
    """What calls have led to; a raw call of a provider is kept as often as it comes."""
    return [
        table.objects.count() for table in (DeliveryReport, IncomingMessage, CallNotice, PromoRedemption, WebsiteEvent)
    ]


@contextmanager
def logs() -> Iterator[io.StringIO]:
    """All that is logged meanwhile, as the settings' own handler would write it."""
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["discreet"]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Discreet())
    logging.getLogger().addHandler(handler)
    try:
        yield written
    finally:
        logging.getLogger().removeHandler(handler)
