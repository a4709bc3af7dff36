"""The public page of a game: what it says at which time, and that only a POST draws."""

import time
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from campaigns import links
from campaigns.game import embedding
from campaigns.models import Game, Message, Play
from campaigns.promo import spelling
from segments.models import Customer
from tests.campaigns.builders import make_reader
from tests.campaigns.games import make_game, of_pool, sent_to
from tests.campaigns.promos import make_pool
from tests.campaigns.test_game_drawing import roll
from tests.segments.builders import make_centre
from tests.tracking.site_room import ORIGIN, make_site

STATIC = Path(embedding.__file__).resolve().parents[1] / "static" / "campaigns"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


def read(address: str) -> str:
    return unescape(Client().get(address).content.decode())


def test_looking_draws_nothing_and_pressing_draws_once(monkeypatch: pytest.MonkeyPatch) -> None:
    (address,) = sent_to(make_game(), make_reader())
    for method in ("get", "head", "options"):
        getattr(Client(), method)(address)
    assert not Play.objects.exists()
    roll(monkeypatch, 0)
    client = Client(enforce_csrf_checks=True)
    answer = client.post(address, {"choice": "3"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert "Set-Cookie" not in answer.headers
    assert client.post(address, {"choice": "1"}).status_code == 302
    play = Play.objects.get()
    assert (play.choice, play.prize.name) == (3, "Скидка")
    page = read(address)
    assert "Скидка" in page
    assert "500" in page
    assert "<form" not in page


@pytest.mark.parametrize("choice", ["", "0", "4", "-1", "²", "три", "9" * 50])
def test_a_box_that_is_not_there_draws_as_any(choice: str) -> None:
    (address,) = sent_to(make_game(), make_reader())
    assert Client().post(address, {"choice": choice}).status_code == 302
    assert Play.objects.get().choice is None


def test_a_code_is_shown_with_what_it_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = make_pool(1, gives="gift", gift="Зимние шины", valid_days=10)
    pool.centres.add(make_centre("Центр на Ленина"))
    (address,) = sent_to(make_game(("Шины", 50, of_pool(pool, text="Ждём вас")), ("Ничего", 50, {})), make_reader())
    roll(monkeypatch, 0)
    Client().post(address)
    page = read(address)
    for part in (spelling.shown(pool.codes.get().code), "Центр на Ленина", "Ждём вас", date_format(timezone.localdate() + timedelta(days=10), "j E Y")):  # fmt: skip
        assert part in page


def test_before_and_after_it_says_so_and_draws_nothing() -> None:
    (address,) = sent_to(make_game(), make_reader())
    now = timezone.now()
    begins = now + timedelta(days=3)
    for changes, said in (
        ({"starts_at": begins, "ends_at": begins + timedelta(days=1)}, date_format(timezone.localtime(begins), "j E, H:i")),
        ({"starts_at": now - timedelta(days=3), "ends_at": now - timedelta(days=1)}, "Игра закончилась"),
    ):  # fmt: skip
        Game.objects.update(**changes)
        answer = Client().post(address)
        assert answer.status_code == 409
        assert said in unescape(answer.content.decode())
        assert said in read(address)
    assert not Play.objects.exists()


def test_what_was_won_stays_on_the_page_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    (address,) = sent_to(make_game(kind="wheel"), make_reader())
    roll(monkeypatch, 0)
    Client().post(address)
    Game.objects.update(ends_at=timezone.now() - timedelta(hours=1), is_active=False)
    page = read(address)
    assert "Скидка" in page
    assert 'data-slot="0"' in page


def test_no_other_token_opens_it_and_it_says_nothing_of_the_person() -> None:
    person = make_reader(first_name="Евпраксия", email="secret.lark@example.test")
    (address,) = sent_to(make_game(), person)
    number = links.read_game(address[3:])
    assert number
    assert len(address) == 22
    choice, track = links.tokens(number).choice, links.tokens(number).track
    for token in (choice, track, links.promo_token(number), links.game_token(number + 1), "x", address[3:] + "A"):
        assert Client().get(f"/g/{token}").status_code == 404
        assert Client().post(f"/g/{token}").status_code == 404
    assert links.read_track(address[3:]) is None
    page = read(address)
    assert "Евпраксия" not in page
    assert "secret" not in page


def test_an_erased_person_has_no_game() -> None:
    person = make_reader()
    (address,) = sent_to(make_game(), person)
    Customer.objects.filter(pk=person.pk).delete()
    assert Client().get(address).status_code == 404
    assert Client().post(address).status_code == 404


def test_a_message_without_a_game_leads_nowhere() -> None:
    game = make_game()
    (address,) = sent_to(game, make_reader())
    game.campaigns.all().delete()
    assert Client().get(address).status_code == 404


def test_too_many_presses_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    (address,) = sent_to(make_game(), make_reader())
    monkeypatch.setattr("channels.throttle.allowed", lambda *told, **more: False)
    answer = Client().post(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert not Play.objects.exists()


def test_only_our_sites_may_frame_it() -> None:
    (address,) = sent_to(make_game(), make_reader())
    headers = Client().get(address).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    make_site()
    make_site(origins=["https://old.example.ru"], is_active=False)
    headers = Client().get(address).headers
    assert f"frame-ancestors {ORIGIN};" in headers["Content-Security-Policy"] + ";"
    assert "X-Frame-Options" not in headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert embedding.ancestors() == [ORIGIN]
    assert Client().get("/p/x").headers["X-Frame-Options"] == "DENY"  # the other pages stay as they were


def test_the_token_that_a_click_brought_to_a_site_opens_it_for_an_hour() -> None:
    (address,) = sent_to(make_game(), make_reader())
    number = Message.objects.get().pk
    token = links.site_token(number, time.time())
    assert Client().post(f"/g/{token}").status_code == 302
    assert Play.objects.get().message_id == number
    old = links.site_token(number, time.time() - 3700)
    assert Client().get(f"/g/{old}").status_code == 404
    assert b"krug-game" in Client().get("/game.js").content
    assert address


def test_the_colour_of_the_brand_has_words_that_are_seen_on_it() -> None:
    for colour, ink in (("#ffee00", "#000000"), ("#102040", "#ffffff")):
        (address,) = sent_to(make_game(colour=colour), make_reader())
        answer = Client().get(address)
        assert f"--accent:{colour};--accent-ink:{ink}" in answer.content.decode()
        nonce = answer.content.decode().split('nonce="')[1].split('"')[0]
        assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]


def test_all_of_it_is_light() -> None:
    """The page, its styles and its script, as they are on the wire without compression."""
    game = make_game(
        *((f"Приз {letter * 40}", 10, {"kind": "points", "points": 5}) for letter in "абвгдежзи"),
        ("Ничего", 10, {}),
        kind="wheel",
    )
    (address,) = sent_to(game, make_reader())
    size = len(Client().get(address).content)
    size += sum((STATIC / name).stat().st_size for name in ("game.css", "game.js", "public.css"))
    assert size < 40_000
