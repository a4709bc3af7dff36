"""Sending answers through real providers to fakes in their own processes: once, whatever is killed or goes wrong."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import timezone

from campaigns import answer_sending, answer_states, answering, jobs, permission
from campaigns.answer_bodies import medium_of
from campaigns.models import Answer, Reply
from channels import reporting
from channels.models import Account, AccountHealth, JournalEntry
from channels.providers.base import Report, Told
from segments.models import ConsentState
from tests.campaigns.builders import make_account
from tests.campaigns.room import Room, empty_outbox, until
from tests.campaigns.talks import CHAT, hear, make_bot, make_sms
from tests.peers.process import peer
from tests.segments.builders import make_contact, make_customer, make_staff


@pytest.fixture(autouse=True, scope="class")
def fakes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Both families, and what they took."""
    folder = tmp_path_factory.mktemp("fakes")
    with (
        peer("http_provider", "http_messengers", str(folder / "bots")) as bots,
        peer("http_provider", "http_sms", str(folder / "sms")) as sms,
    ):
        if request.cls is not None:
            request.cls.folder, request.cls.bots, request.cls.sms = folder, bots, sms
        yield


@contextmanager
def held_elsewhere(work: str, key: int) -> Iterator[None]:
    """Another process does this work."""
    with connections.create_connection("default").cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), %s::int)", (work, key))
        try:
            yield
        finally:
            cursor.db.close()


class SendingTests(TransactionTestCase):
    """Every answer is a transaction of its own, as in life."""

    folder: Path
    bots: int
    sms: int

    def setUp(self) -> None:
        permission.turn_on(None)
        self.anna = make_staff()
        self.enterContext(mock.patch("campaigns.bell.ring_answers"))
        self.before = {name: len(self.taken(name)) for name in ("bots", "sms")}

    def tearDown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE channels_webhookevent, channels_deliveryreport")
        empty_outbox()

    def taken(self, name: str) -> list[dict[str, str]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def news(self, name: str) -> list[dict[str, str]]:
        return self.taken(name)[self.before[name] :]

    def answer(self, account: Account, sender: str = "", text: str = "Приезжайте") -> Answer:
        return answering.write(hear(account, sender=sender), text, author=self.anna, form=uuid.uuid4())

    def again(self, answer: Answer) -> Answer:
        answer.refresh_from_db()
        return answer

    def test_an_answer_goes_once_by_each_channel(self) -> None:
        bot, sms = make_bot(self.bots), make_sms(self.sms)
        mail = make_account(name="Почта", provider="smtp", mode=Account.Mode.JOURNAL)
        answers = [self.answer(bot), self.answer(sms), self.answer(mail, "anna@example.test", "Ждём вас.\n.И точка")]
        self.assertEqual([answer_sending.drain()["accepted"] for _time in range(2)], [3, 0])
        self.assertEqual([self.again(answer).state for answer in answers], ["accepted"] * 3)
        self.assertEqual([(line["to"], line["text"]) for line in self.news("bots")], [(CHAT, "Приезжайте")])
        self.assertEqual([line["text"] for line in self.news("sms")], ["Приезжайте"])
        letter = message_from_bytes(bytes(JournalEntry.objects.get().body), policy=policy.default)
        self.assertEqual((letter["To"], letter["Subject"]), ("anna@example.test", "Re: ваше сообщение"))
        self.assertEqual(letter.get_content().split("\r\n"), ["Ждём вас.", ".И точка", ""])
        self.assertEqual(jobs.answer_people(), {"welcomed": 0, "accepted": 0, "lost": 0})

    def test_a_refusal_says_why_and_the_reply_waits_again(self) -> None:
        answer = self.answer(make_bot(self.bots), CHAT + "550")
        answer_sending.drain()
        self.assertEqual((self.again(answer).state, answer.note), ("rejected", "Bad Request: chat not found"))
        reply = Reply.objects.get()
        self.assertIsNone(reply.answered_at)
        self.assertIsNone(reply.answered_by)

    def test_no_answer_is_unknown_and_only_a_person_decides(self) -> None:
        answer = self.answer(make_bot(self.bots), CHAT + "902")
        answer_sending.drain()
        self.assertEqual(self.again(answer).state, "unknown")
        answer_sending.drain()
        self.assertEqual(len(self.news("bots")), 1)
        self.assertTrue(answer_states.decide(answer.pk, self.anna, went=False))
        self.assertFalse(answer_states.decide(answer.pk, self.anna, went=True))
        self.assertEqual((self.again(answer).state, Reply.objects.get().answered_at), ("rejected", None))

    def test_a_report_resolves_an_unknown_one(self) -> None:
        answer = self.answer(make_bot(self.bots), CHAT + "902")
        answer_sending.drain()
        report = Report("never-heard", "delivered", timezone.now(), message_id=answer_sending.id_of(answer))
        reporting.take(answer.account, Told(reports=[report]))
        self.assertEqual(self.again(answer).state, "accepted")
        self.assertIsNotNone(answer.delivered_at)

    def test_a_report_finds_its_answer_by_the_providers_key(self) -> None:
        answer, stranger = self.answer(make_sms(self.sms)), make_sms(self.sms)
        answer_sending.drain()
        key = self.again(answer).provider_key
        for account, status in ((stranger, "opened"), (answer.account, "failed"), (answer.account, "queued")):
            reporting.take(account, Told(reports=[Report(key, status, timezone.now())]))
        self.assertEqual((self.again(answer).opened_at, bool(answer.failed_at)), (None, True))

    def test_what_never_left_is_put_off_with_its_reason(self) -> None:
        answer = self.answer(make_bot(1))
        answer_sending.drain()
        self.assertEqual((self.again(answer).state, answer.attempts > 0), ("queued", True))
        self.assertGreater(answer.due_at, timezone.now())
        self.assertEqual(answer_sending.due(), [])

    def test_wrong_credentials_stop_the_account_and_say_so(self) -> None:
        answer = self.answer(make_bot(self.bots, options={"bot": "x"}, secret=make_sms().secret))
        answer_sending.drain()
        self.assertEqual(self.again(answer).state, "queued")
        self.assertEqual(self.news("bots"), [])
        Answer.objects.update(due_at=timezone.now())
        AccountHealth.objects.update_or_create(
            account=answer.account, defaults={"pause": "person", "reason": "Ключ не подошёл"}
        )
        answer_sending.drain()
        self.assertEqual(self.again(answer).note, "Ключ не подошёл")

    def test_quiet_hours_of_the_account_hold_an_answer(self) -> None:
        here = timezone.localtime()
        account = make_bot(
            self.bots, quiet_from=(here - timedelta(hours=1)).time(), quiet_to=time((here.hour + 2) % 24)
        )
        answer = self.answer(account)
        answer_sending.drain()
        self.assertEqual((self.again(answer).state, self.news("bots")), ("queued", []))
        self.assertGreater(answer.due_at, timezone.now() + timedelta(minutes=30))

    def test_the_journal_of_an_account_takes_it(self) -> None:
        answer = self.answer(make_bot(self.bots, mode=Account.Mode.JOURNAL))
        answer_sending.drain()
        self.assertEqual((self.again(answer).state, self.news("bots")), ("accepted", []))
        self.assertEqual(json.loads(bytes(JournalEntry.objects.get().body)), {"text": "Приезжайте"})

    def test_whoever_has_stopped_the_bot_has_refused(self) -> None:
        phone = make_contact(make_customer(), "+79990000403")
        answer = self.answer(make_bot(self.bots), CHAT + "403")
        Reply.objects.update(contact_point=phone)
        answer_sending.drain()
        self.assertEqual(self.again(answer).state, "rejected")
        self.assertFalse(ConsentState.objects.get(contact_point=phone, channel="telegram").given)

    def test_nothing_goes_while_sending_is_off_and_a_day_later_it_is_too_late(self) -> None:
        answer = self.answer(make_bot(self.bots))
        permission.turn_off(None)
        self.assertEqual(answer_sending.drain()["accepted"], 0)
        permission.turn_on(None)
        Answer.objects.update(created_at=timezone.now() - timedelta(days=2))
        answer_sending.drain()
        self.assertEqual((self.again(answer).state, answer.reason, self.news("bots")), ("rejected", "closed", []))

    def test_a_person_who_was_erased_meanwhile_gets_nothing(self) -> None:
        answer = self.answer(make_bot(self.bots))
        account = answer.account
        sending = answer_sending.Sending(account, {answer_sending.id_of(answer): answer})
        answer.reply.incoming.delete()
        sending.run()
        self.assertEqual((sending.accepted, self.news("bots"), Answer.objects.count()), (0, [], 0))

    def test_one_worker_at_a_time_sends_over_an_account(self) -> None:
        self.answer(make_bot(self.bots))
        with held_elsewhere("krug.answers", Account.objects.get().pk):
            self.assertEqual(answer_sending.drain()["accepted"], 0)
        self.assertEqual(answer_sending.drain()["accepted"], 1)


class AnswersRoom(Room):
    def worker(self, channel: str = "") -> subprocess.Popen:
        return self._start(sys.executable, "manage.py", "work", "campaigns")


@pytest.fixture
def room(own_installation: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("SECRET_KEY", settings.SECRET_KEY)  # the workers have to read the account's key
    permission.turn_on(None)
    room = AnswersRoom(tmp_path)
    yield room
    room.close()
    empty_outbox()


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_on_the_wire_never_sends_again(room: AnswersRoom) -> None:
    """The bot's service has taken the answer and says nothing; the worker dies; the next one goes on with the others."""
    room.redis()
    with peer("http_provider", "http_messengers", str(room.letters)) as port:
        bot, anna = make_bot(port, options={"window": 1, "timeout": 300}), make_staff()
        hangs = answering.write(hear(bot, sender=CHAT + "901"), "Первый", author=anna, form=uuid.uuid4())
        room.scheduler()
        worker = room.worker()
        room.wait_for(1)
        assert Answer.objects.get(pk=hangs.pk).state == "sending"
        room.kill(worker)
        other = answering.write(hear(bot, sender=CHAT + "111"), "Второй", author=anna, form=uuid.uuid4())
        room.worker()
        until(lambda: Answer.objects.get(pk=other.pk).state == "accepted", what="the second answer")
    assert (Answer.objects.get(pk=hangs.pk).state, Answer.objects.get(pk=hangs.pk).reason) == ("unknown", "worker_died")
    assert [line["text"] for line in room.taken()] == ["Первый", "Второй"]


@pytest.mark.django_db(transaction=True)
def test_a_letter_goes_through_a_mail_server(room: AnswersRoom) -> None:
    room.peer()
    options = {"host": "127.0.0.1", "port": room.port, "security": "none", "timeout": 10}
    mail = make_account(provider="smtp", options=options)
    reply = hear(mail, sender="anna@example.test", key="<question@example.test>")
    answer = answering.write(reply, "Ждём вас", author=make_staff(), form=uuid.uuid4())
    assert [answer_sending.drain()["accepted"] for _time in range(2)] == [1, 0]
    [letter] = room.taken()
    answer.refresh_from_db()
    assert (letter["to"], answer.state) == ("anna@example.test", "accepted")
    threaded = medium_of("email").body(answer).decode()
    assert "In-Reply-To: <question@example.test>" in threaded
    assert "Auto-Submitted" not in threaded
