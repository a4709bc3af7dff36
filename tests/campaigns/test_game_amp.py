"""Playing inside a letter: the part is valid, its form calls us, and only for the sender the message went from."""

from email import message_from_bytes, policy
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns import links
from campaigns.game import amp, choosing
from campaigns.models import Game, Message, Play
from campaigns.promo import spelling
from campaigns.pump.draining import drain
from campaigns.rendering.amp import faults_of_amp
from channels.models import JournalEntry
from tests.campaigns.builders import make_campaign, make_reader
from tests.campaigns.games import LEADS, make_game, of_pool, sent_to
from tests.campaigns.launches import start
from tests.campaigns.promos import make_pool
from tests.campaigns.test_game_drawing import roll
from tests.segments.builders import make_segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
SENDER = "news@alfa.example"


def press(address: str, sender: str = SENDER, **told: Any) -> Any:
    return Client(enforce_csrf_checks=True).post(f"{address}/amp", told, headers={"AMP-Email-Sender": sender})


@pytest.mark.parametrize("kind", ["boxes", "wheel"])
def test_the_ready_part_goes_with_the_letter_and_calls_the_game_of_its_reader(kind: str) -> None:
    game = make_game(kind=kind, title="Приз & <всё>")
    campaign = make_campaign(make_segment(make_reader()), content={"body": LEADS, "extras": {"amp": amp.part(game)}})
    choosing.save(campaign, game)
    start(campaign)
    drain("email")
    message = message_from_bytes(bytes(JournalEntry.objects.get().body), policy=policy.default)
    part = next(each.get_content() for each in message.walk() if each.get_content_type() == "text/x-amp-html")
    assert faults_of_amp(part) == []
    token = links.game_token(Message.objects.get().pk)
    assert f'/g/{token}/amp"' in part
    assert "Приз &amp; &lt;всё&gt;" in part


def test_a_press_draws_once_and_tells_the_prize_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = make_pool(1, gives="gift", gift="Шины")
    (address,) = sent_to(make_game(("Шины", 50, of_pool(pool, text="Ждём")), ("Ничего", 50, {})), make_reader())
    roll(monkeypatch, 0)
    answer = press(address, choice="2")
    assert answer.headers["AMP-Email-Allow-Sender"] == SENDER
    code = spelling.shown(pool.codes.get().code)
    assert answer.json() == {"title": "Ваш приз", "prize": "Шины", "code": code, "text": "Ждём"}
    assert press(address).json() == answer.json()
    assert Play.objects.get().choice == 2


def test_another_sender_a_wrong_token_and_a_look_draw_nothing() -> None:
    (address,) = sent_to(make_game(), make_reader())
    assert press(address, "evil@example.test").status_code == 403
    assert press(address, "").status_code == 403
    assert press("/g/AAAAAAAAAAAAAAAAAAA").status_code == 404
    assert Client().get(f"{address}/amp").status_code == 405
    assert not Play.objects.exists()


def test_after_the_end_it_says_so() -> None:
    (address,) = sent_to(make_game(), make_reader())
    Game.objects.update(ends_at=timezone.now())
    assert press(address).json()["title"] == "Игра закончилась. Спасибо, что заглянули!"
    assert not Play.objects.exists()
