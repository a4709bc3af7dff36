"""The game on a phone: the box opens and the wheel stops at the prize; without scripts the form does the same."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import Browser, expect

from campaigns import links, permission
from campaigns.game import drawing
from campaigns.models import Play
from tests.browser import PATIENCE, Person, chromium
from tests.campaigns.builders import make_reader
from tests.campaigns.games import make_game, of_pool, sent_to
from tests.campaigns.launches import be_permitted
from tests.campaigns.promos import make_pool
from tests.campaigns.room import empty_outbox
from tests.peers.process import peer
from tests.tracking.site_room import make_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHEEL = (
    ("Комплект зимних шин", 5, {"stock": 7}),
    ("Скидка 10 % на сервис", 25, {}),
    ("500 баллов", 30, {"kind": "points", "points": 500}),
    ("Бесплатная мойка", 20, {}),
    ("Повезёт в другой раз", 20, {}),
)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setattr(drawing, "random", SimpleNamespace(randrange=lambda whole: 4000))
    be_permitted()
    assert permission.is_allowed()
    with chromium() as browser:
        yield browser
    empty_outbox()


def test_the_wheel_stops_at_the_prize_on_a_phone(browser: Browser, live_server: Any, tmp_path: Path) -> None:
    game = make_game(*WHEEL, kind="wheel", title="Крутите колесо!", invitation="Один оборот — один приз.", terms="До 31 декабря.")  # fmt: skip
    (address,) = sent_to(game, make_reader())
    person = Person(browser, live_server.url, tmp_path, width=390)
    page = person.go(address)
    person.shoot("wheel")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Крутить колесо").click()
    expect(page.locator(".prize")).to_have_text("500 баллов", timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Ваш приз")).to_be_focused()
    person.shoot("wheel_won")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.reload()
    expect(page.locator(".prize")).to_have_text("500 баллов")
    assert (Play.objects.count(), person.troubles) == (1, [])


def test_the_box_opens_and_shows_the_code(browser: Browser, live_server: Any, tmp_path: Path) -> None:
    pool = make_pool(1, gives="gift", gift="Щётки стеклоочистителя", valid_days=14)
    game = make_game(
        ("Щётки стеклоочистителя", 60, of_pool(pool)), ("Ничего", 40, {}), title="Выберите коробку", colour="#b5123c"
    )
    (address,) = sent_to(game, make_reader())
    person = Person(browser, live_server.url, tmp_path, width=390)
    page = person.go(address)
    person.shoot("boxes")
    page.get_by_role("button", name="Коробка 2").click()
    expect(page.locator(".promo")).to_contain_text("Покажите этот код в салоне", timeout=PATIENCE)
    person.shoot("boxes_won")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert (Play.objects.get().choice, person.troubles) == (2, [])


def test_a_page_of_our_site_shows_it_to_whoever_came_by_a_link(
    browser: Browser, live_server: Any, tmp_path: Path
) -> None:
    (address,) = sent_to(make_game(*WHEEL), make_reader())
    token = links.site_token(links.read_game(address[3:]) or 0, time.time())
    with peer("game_site", f"{live_server.url}/game.js") as port:
        person = Person(browser, f"http://127.0.0.1:{port}", tmp_path, width=390)
        page = person.go("/")
        page.wait_for_load_state("networkidle")
        assert page.locator("iframe").count() == 0  # she came by no link of ours
        person.go(f"/?krug={token}").wait_for_load_state("networkidle")
        assert any("frame-ancestors" in trouble for trouble in person.troubles)  # no site of ours has this page yet
        person.troubles.clear()
        make_site(origins=[person.url])
        frame = person.go(f"/?krug={token}").frame_locator("iframe")
        frame.get_by_role("button", name="Коробка 1").click()
        expect(frame.locator(".prize")).to_have_text("500 баллов", timeout=PATIENCE)
        person.shoot("framed")
        assert (Play.objects.count(), person.troubles) == (1, [])


def test_the_sum_of_the_odds_is_seen_while_they_are_typed(browser: Browser, live_server: Any, tmp_path: Path) -> None:
    get_user_model().objects.create_superuser("boss", password="long enough 1")
    game = make_game(*WHEEL, kind="wheel")
    person = Person(browser, live_server.url, tmp_path).log_in("boss", "long enough 1")
    page = person.go(reverse("admin:campaigns_game_change", args=[game.pk]) + "?try=1")
    total = page.locator("#gm-sum")
    expect(total).to_have_text("100 %")
    person.shoot("game")
    page.locator("[name=prizes-0-odds]").fill("5.5")
    expect(total).to_have_text("100,5 %")
    page.locator("[name=prizes-1-odds]").fill("24.5")
    expect(total).to_have_text("100 %")
    page.set_viewport_size({"width": 390, "height": 900})
    person.shoot("game_phone")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Сохранить", exact=True).click()
    page.wait_for_url("**/campaigns/game/")
    assert str(game.prizes.first().odds) == "5.50"
    person.shoot("games")
    sent_to(game, make_reader())
    person.go(reverse("admin:campaigns_game_results", args=[game.pk]))
    person.shoot("results")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert person.troubles == []


@pytest.mark.parametrize("kind", ["boxes", "wheel"])
def test_without_scripts_the_form_does_the_same(browser: Browser, live_server: Any, tmp_path: Path, kind: str) -> None:
    (address,) = sent_to(make_game(*WHEEL, kind=kind), make_reader())
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}, locale="ru-RU")
    page = context.new_page()
    page.goto(live_server.url + address)
    page.get_by_role("button").first.press("Enter")
    expect(page.locator(".prize")).to_have_text("500 баллов")
    page.screenshot(path=str(tmp_path / f"plain_{kind}.png"), full_page=True)
    assert Play.objects.count() == 1
    context.close()
