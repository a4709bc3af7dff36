"""Games in the admin: the sum of the odds, what was promised, a look that gives nothing, and what leaves as a file."""

from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from campaigns.game.drawing import draw
from campaigns.models import Game, Play, PointsEntry, Prize, PromoCode
from segments.models import DataExport
from tests.campaigns.builders import make_reader
from tests.campaigns.games import make_game, of_pool, sent_to
from tests.campaigns.promos import make_pool, make_shared
from tests.campaigns.test_game_drawing import roll, subject_of
from tests.segments.builders import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(make_staff(*(f"campaigns.{verb}_game" for verb in ("view", "add", "change"))))
    return client


def url(page: str, *args: Any) -> str:
    return reverse(f"admin:campaigns_game_{page}", args=args)


def form(*prizes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    begins = timezone.localtime()
    told = {
        "name": "Весна", "is_active": "on", "kind": "wheel", "boxes": 3, "button": "", "title": "Крутите", "invitation": "", "terms": "",
        "brand": "", "colour": "", "starts_at": f"{begins:%Y-%m-%dT00:00}", "ends_at": f"{begins + timedelta(days=5):%Y-%m-%dT00:00}",
        "prizes-TOTAL_FORMS": len(prizes), "prizes-INITIAL_FORMS": sum("id" in prize for prize in prizes),
    }  # fmt: skip
    empty = {"stock": "", "cost": 0, "pool": "", "points": "", "points_days": "", "text": ""}
    for place, prize in enumerate(prizes):
        told |= {f"prizes-{place}-{name}": value for name, value in (empty | prize).items()}
    return told | changes


POINTS = {"name": "Баллы", "kind": "points", "points": 500, "odds": "12.5", "stock": 10, "cost": 500}
NOTHING = {"name": "Ничего", "kind": "nothing", "odds": "87.5", "is_fallback": "on"}


def errors(client: Client, *prizes: dict[str, Any], address: str = "", **changes: Any) -> str:
    """What the form says is wrong."""
    answer = client.post(address or url("add"), form(*prizes, **changes))
    assert answer.status_code == 200, "it was saved"
    formset = answer.context["inline_admin_formsets"][0].formset
    found = [answer.context["adminform"].form.errors, *formset.errors, formset.non_form_errors()]
    return " ".join(str(each) for each in found if each)


def test_a_game_is_made_with_its_prizes(manager: Client) -> None:
    assert manager.post(url("add"), form(POINTS, NOTHING)).status_code == 302
    game = Game.objects.get()
    assert [(prize.name, str(prize.odds), prize.is_fallback) for prize in game.prizes.all()] == [
        ("Баллы", "12.50", False),
        ("Ничего", "87.50", True),
    ]
    page = unescape(manager.get(url("change", game.pk)).content.decode())
    for part in ("Баллы", "12,50", "без ограничения", "krug-game", "62\xa0500 ₽"):
        assert part in page, part


@pytest.mark.parametrize(
    ("prizes", "said"),
    [
        ([POINTS | {"odds": "12.49"}, NOTHING], "99,99"),
        ([POINTS, NOTHING | {"is_fallback": ""}], "вместо закончившихся"),
        ([POINTS | {"is_fallback": "on"}, NOTHING], "вместо закончившихся"),
        ([POINTS, NOTHING | {"stock": 5}], "без ограничения"),
        ([POINTS | {"points": ""}, NOTHING], "сколько баллов"),
        ([POINTS | {"kind": "code"}, NOTHING], "Выберите пул"),
        ([NOTHING | {"odds": 100}], "два приза"),
    ],
)
def test_what_makes_no_game_is_said(manager: Client, prizes: list[dict[str, Any]], said: str) -> None:
    assert said.lower() in errors(manager, *prizes).lower()
    assert not Game.objects.exists()


def test_a_thing_needs_a_pool_of_gifts_and_a_code_another(manager: Client) -> None:
    gifts, discounts = make_pool(3, gives="gift", gift="Шины"), make_shared()
    for kind, wrong, right in (("thing", discounts, gifts), ("code", gifts, discounts)):
        assert "подарок" in errors(manager, POINTS | {"kind": kind, "pool": wrong.pk}, NOTHING)
        prize = POINTS | {"kind": kind, "pool": right.pk}
        assert manager.post(url("add"), form(prize, NOTHING, name=kind)).status_code == 302
    assert "раньше" in errors(manager, POINTS, NOTHING, ends_at="2020-01-01T00:00")


def test_what_somebody_has_drawn_stays_and_what_is_drawn_meanwhile_is_counted(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = make_game(("Баллы", 50, {"kind": "points", "points": 500, "stock": 5}), ("Ничего", 50, {}))
    addresses = sent_to(game, make_reader(), make_reader())
    roll(monkeypatch, 0, 0)
    draw(subject_of(addresses[0]))
    points, nothing = game.prizes.all()
    address = url("change", game.pk)
    kept = {"id": points.pk, "name": "Баллы", "kind": "points", "points": 500, "odds": 40, "stock": 5}
    rest = {"id": nothing.pk, "name": "Ничего", "kind": "nothing", "odds": 60, "is_fallback": "on"}
    assert "уже кто-то выиграл" in errors(manager, kept | {"points": 5}, rest, address=address)
    assert "уже разыграно" in errors(manager, kept | {"stock": 0}, rest, address=address)
    stale = Prize.objects.get(pk=points.pk)
    draw(subject_of(addresses[1]))
    assert stale.given == 1
    assert manager.post(address, form(kept, rest)).status_code == 302
    points.refresh_from_db()
    assert (points.odds, points.given) == (40, 2)
    gone = {"prizes-0-DELETE": "on"}
    answer = manager.post(address, form(kept, rest | {"odds": 100}, **gone))
    assert answer.status_code == 200
    assert Prize.objects.filter(pk=points.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_post_outside_of_a_transaction_locks_nothing(manager: Client) -> None:
    assert manager.post(url("history", make_game().pk)).status_code == 200


def test_a_look_draws_and_writes_nothing(manager: Client) -> None:
    pool = make_pool(1, gives="gift", gift="Шины")
    game = make_game(("Шины", 100, of_pool(pool)), ("Ничего", 0, {}), ends_at=timezone.now() - timedelta(hours=1))
    address = url("look", game.pk)
    assert "<form" in manager.get(address).content.decode()
    assert "Шины" in manager.post(address, {"choice": "1"}).content.decode()
    assert not Play.objects.exists()
    assert PromoCode.objects.get().customer_id is None
    assert not PointsEntry.objects.exists()


def test_a_try_of_the_odds_is_shown(manager: Client) -> None:
    game = make_game(("Баллы", 100, {"kind": "points", "points": 1, "stock": 7}), ("Ничего", 0, {}))
    page = manager.get(url("change", game.pk), {"try": 1})
    assert page.context["tried"] == [("Баллы", 7, "все"), ("Ничего", 993, "")]
    Prize.objects.update(odds=1)
    assert manager.get(url("change", game.pk), {"try": 1}).context["tried"] is None


def test_results_and_the_file_without_people(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    game, person = make_game(), make_reader(first_name="Евпраксия")
    (address,) = sent_to(game, person)
    roll(monkeypatch, 0)
    draw(subject_of(address))
    page = unescape(manager.get(url("results", game.pk)).content.decode())
    assert "Скидка" in page
    answer = manager.post(url("export", game.pk))
    content = b"".join(answer.streaming_content)
    (head, line) = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    assert line[1:7] == ["Скидка", "Скидка", "", 0, person.pk, Play.objects.get().campaign.name]
    assert len(head) == 9
    assert "Евпраксия".encode() not in content
    kept = DataExport.objects.get()
    assert (kept.kind, kept.about, kept.rows) == ("game_draws", game.name, 1)


def test_whoever_may_only_look_changes_nothing() -> None:
    client, game = Client(), make_game()
    client.force_login(make_staff("campaigns.view_game"))
    assert client.get(url("change", game.pk)).status_code == 200
    assert client.get(url("look", game.pk)).status_code == 200
    assert client.post(url("export", game.pk)).status_code == 403
    client.force_login(make_staff())
    assert client.get(url("results", game.pk)).status_code == 403
