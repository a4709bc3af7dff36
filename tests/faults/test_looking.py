"""Fault plan, row 48: robots and previews open what they find. A look changes nothing on any open address; an answer needs no
login, no cookie and no token of a form (RFC 8058)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, TestCase
from django.utils import timezone

from campaigns.models import DeliveryState, Play, PromoTrouble, Referral, ReferralDay
from channels import doors
from segments.models import Consent
from tests.faults.open_addresses import (
    COUNTED,
    FOLLOWED,
    KINDS,
    OF_LETTERS,
    OF_PROVIDERS,
    Callers,
    Letter,
    routes,
)
from tests.peers.signed import registered
from tests.tracking.test_surveys import may_write
from tracking.hits.classing import class_hits
from tracking.models import Hit, NpsAnswer, SurveyAnswer
from tracking.telephony import door

# What a link in somebody's mail program may bring with it: nothing of it is an answer.
QUERY = "score=9&List-Unsubscribe=One-Click&decision=stop&reason=where&choice=1&may_call=on"
LOOKS: tuple[dict[str, str], ...] = (
    {}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "preview"}, {"X-Moz": "prefetch"},
    {"User-Agent": "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"},
    {"X-HTTP-Method-Override": "POST", "List-Unsubscribe": "One-Click"},
)  # fmt: skip
PASSING_BY = ("GET", "HEAD", "OPTIONS")
ANSWERS: dict[str, tuple[dict[str, str], dict[str, str], Callable[[], Any]]] = {
    "u/<str:token>": (
        {"List-Unsubscribe": "One-Click"}, {}, lambda: Consent.objects.filter(given=False, channel="email")
    ),
    "s/<str:token>": ({"decision": "stop", "reason": "too_often"}, {}, lambda: SurveyAnswer.objects.filter(decision="stop")),
    "n/<str:token>": ({"score": "9"}, {}, lambda: NpsAnswer.objects.filter(score=9)),
    "n/<str:token>/why": ({"comment": "Спасибо"}, {}, lambda: NpsAnswer.objects.filter(comment="Спасибо")),
    "g/<str:token>": ({"choice": "2"}, {}, lambda: Play.objects.all()),
    "g/<str:token>/amp": ({"choice": "2"}, {"AMP-Email-Sender": "news@alfa.example"}, lambda: Play.objects.all()),
    "p/<str:token>": ({"reason": "where"}, {}, lambda: PromoTrouble.objects.all()),
    "f/<str:token>": (
        {"name": "Ольга", "phone": "+7 921 555-44-33", "consent": "on"}, {}, lambda: Referral.objects.all()
    ),
}  # fmt: skip


@contextmanager
def nothing_is_written() -> Iterator[None]:
    """PostgreSQL refuses every statement that would write; for the block alone."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        yield


class Looking(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.letter, cls.callers = Letter(), Callers()
        cls.state = DeliveryState.objects.filter(message_id=cls.letter.message.pk)

    def setUp(self) -> None:
        registered.start()
        self.addCleanup(registered.stop)
        for closed in (doors, door):
            closed.forget()

    def address(self, route: str) -> str:
        return self.letter.address(route) if route in OF_LETTERS else self.callers.address(route)

    def test_every_open_address_is_of_a_kind(self) -> None:
        known = [route for kind in KINDS for route in kind]
        self.assertEqual((sorted(known), COUNTED - routes()), (sorted(routes()), set()))

    def test_the_judge_sees_what_is_written(self) -> None:
        with pytest.raises(Exception, match="read-only"), nothing_is_written():
            Hit.objects.create(kind="open", run_id=1, message_id=1)

    def test_a_look_changes_nothing_wherever(self) -> None:
        for route in sorted(routes() - COUNTED - FOLLOWED):
            address = self.address(route)
            for method, head in ((method, head) for method in PASSING_BY for head in LOOKS):
                with self.subTest(f"{method} {route} {head}"), nothing_is_written():
                    answer = self.client.generic(method, address, QUERY_STRING=QUERY, headers=head)
                    self.assertLess(answer.status_code, 500)
                    if route in OF_PROVIDERS:  # some providers speak by GET: what is not theirs is refused
                        self.assertGreaterEqual(answer.status_code, 400)

    def test_a_look_at_a_link_or_a_picture_is_counted_and_is_nobody_s_will(self) -> None:
        consents = Consent.objects.count()
        for route in COUNTED:
            for method, head in ((method, head) for method in PASSING_BY for head in LOOKS[1:]):
                self.client.generic(method, self.letter.address(route), QUERY_STRING=QUERY, headers=head)
        seen = Hit.objects.count()
        class_hits(timezone.now() + timedelta(minutes=1))
        self.assertGreaterEqual(seen, 2 * len(COUNTED) * len(LOOKS[1:]) - 2)  # the last of LOOKS looks like a person
        self.assertEqual((Consent.objects.count(), SurveyAnswer.objects.count()), (consents, 0))
        self.assertFalse(self.state.exclude(unsubscribed_at=None).exists())
        self.assertTrue(may_write(self.letter.message.contact_point))

    def test_a_look_at_an_invitation_counts_a_reader_once_and_leaves_no_request(self) -> None:
        for route in FOLLOWED:
            for method, head in ((method, head) for method in PASSING_BY for head in LOOKS):
                self.client.generic(method, self.letter.address(route), QUERY_STRING=QUERY, headers=head)
        self.assertEqual([day.followed for day in ReferralDay.objects.all()], [1])
        self.assertFalse(Referral.objects.exists())

    def test_an_answer_needs_no_login_no_cookie_and_no_token_of_a_form(self) -> None:
        answered = {route for route in OF_LETTERS if self._takes_answers(route)}
        self.assertEqual(answered, set(ANSWERS))
        for route, (form, head, effect) in ANSWERS.items():
            for encoded in ({}, {"content_type": "application/x-www-form-urlencoded"}):
                with self.subTest(f"{route} {encoded}"), transaction.atomic():
                    if route.endswith("/why"):
                        Client().post(self.letter.address("n/<str:token>"), {"score": "9"})
                    self.assertFalse(effect().exists())
                    body: Any = "&".join(f"{name}={value}" for name, value in form.items()) if encoded else form
                    stranger = Client(enforce_csrf_checks=True)
                    stranger.cookies["sessionid"] = stranger.cookies["csrftoken"] = "of another site"
                    foreign = {"Origin": "https://mail.example", "Referer": "https://mail.example/inbox", **head}
                    answer = stranger.post(self.letter.address(route), body, headers=foreign, **encoded)
                    self.assertIn(answer.status_code, (200, 302))
                    self.assertNotIn("Set-Cookie", answer.headers)
                    self.assertTrue(effect().exists())
                    transaction.set_rollback(True)

    def _takes_answers(self, route: str) -> bool:
        allowed = Client().put(self.letter.address(route)).headers["Allow"]
        return "POST" in allowed
