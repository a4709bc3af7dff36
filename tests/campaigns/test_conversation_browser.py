"""An operator at her desk and on a phone: she writes, Ctrl+Enter sends once, and the line says what became of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect

from campaigns import jobs, permission
from campaigns.models import Answer, Reply
from tests.browser import Person, chromium
from tests.campaigns.room import empty_outbox
from tests.campaigns.talks import CHAT, hear, make_bot
from tests.peers.process import peer
from tests.segments.builders import free_locks, make_customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def person(live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Person]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    get_user_model().objects.create_superuser("boss", password="long enough 1")
    permission.turn_on(None)
    free_locks()
    with chromium() as browser, mock.patch("campaigns.bell.ring_answers"):
        someone = Person(browser, live_server.url, tmp_path, width=390).log_in("boss", "long enough 1")
        yield someone
    empty_outbox()
    assert someone.troubles == []


def test_she_ties_the_sender_and_answers_by_keyboard(person: Person, tmp_path: Path) -> None:
    make_customer("Иванова", "Анна", pk=1_234_567)  # ids of a real base, which a page would write in groups of three
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('channels_incomingmessage', 'id'), 1000000)")
    with peer("http_provider", "http_messengers", str(tmp_path / "taken")) as port:
        reply = hear(make_bot(port), "Кто вы?\nИ почём ТО?")
        page = person.go(reverse("admin:campaigns_reply_change", args=[reply.pk]))
        page.get_by_label("Телефон, почта или имя").fill("Иванова")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Привязать").click()
        expect(page.get_by_role("main")).to_contain_text("Это другой человек")
        field = page.get_by_label("Ответ", exact=True)
        field.fill("Это «Круг».")
        expect(page.locator("#answer-count")).to_have_text("11 из 4000 символов")
        field.press("Enter")
        field.type("От 12 000 ₽")
        field.press("Control+Enter")
        expect(page.locator("#talk")).to_contain_text("ждёт отправки")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert jobs.answer_people()["accepted"] == 1
        expect(page.locator("#talk")).to_contain_text("принято провайдером")
    taken = [json.loads(line) for line in (tmp_path / "taken").read_text().splitlines()]
    assert [(line["to"], line["text"]) for line in taken] == [(CHAT, "Это «Круг».\nОт 12 000 ₽")]
    assert (Answer.objects.get().author.username, Reply.objects.get().answered_by.username) == ("boss", "boss")
