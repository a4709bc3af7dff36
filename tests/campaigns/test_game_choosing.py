"""The game of a campaign's plan: what forbids to lead people there, and where the link stands."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns import approval, cloning, links, plan_fields, running
from campaigns.game import choosing
from campaigns.models import CampaignGame, Game, Message, Prize
from campaigns.pump.draining import drain
from campaigns.readiness import obstacles
from campaigns.refusals import Refused
from channels.models import JournalEntry
from tests.campaigns.builders import approve, make_account, make_campaign, make_reader
from tests.campaigns.games import LINES, make_game, make_game_campaign, of_pool
from tests.campaigns.launches import start
from tests.campaigns.promos import make_pool, make_shared
from tests.segments.builders import make_consent, make_contact, make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
NOW = timezone.now()
NOTHING = ("Ничего", 50, {})


def test_a_text_with_the_link_needs_a_game_that_can_be_played() -> None:
    person, days = make_reader(), timedelta(days=1)
    for game, said in (
        (None, "none"),
        (make_game(is_active=False), "use"),
        (make_game(starts_at=NOW - 2 * days, ends_at=NOW - days), "ends"),
        (make_game(starts_at=NOW + days, ends_at=NOW + 2 * days), "begins"),
        (make_game(("Приз", 9.99, {"kind": "points", "points": 5}), ("Ничего", 90, {})), "sum"),
        (make_game(("Ничего", 100, {})), "prize"),
        (make_game(("Приз", 50, {"kind": "points", "points": 5, "stock": 3, "given": 3}), NOTHING), "stock"),
        (make_game(("Приз", 50, {"kind": "points", "points": 5}), ("Ничего", 50, {"stock": 5})), "fallback"),
        (make_game(("Приз", 50, of_pool(make_pool(2), stock=3)), NOTHING), "codes"),
        (make_game(("Приз", 50, of_pool(make_pool(2, valid_to="2020-01-01"))), NOTHING), "over"),
    ):
        campaign = make_game_campaign(game, person)
        assert len(obstacles(campaign)) == len(choosing.check(campaign)) == 1, said
        with pytest.raises(Refused):
            approval.submit(campaign, campaign.author)
    for pool in (make_pool(3), make_shared()):
        assert not obstacles(make_game_campaign(make_game(("Приз", 50, of_pool(pool, stock=3)), NOTHING), person))


def test_a_game_that_is_spoilt_after_the_approval_stops_the_start() -> None:
    game = make_game()
    campaign = make_game_campaign(game, make_reader())
    approve(campaign)
    Prize.objects.filter(game=game).update(odds=10)
    campaign.refresh_from_db()
    with pytest.raises(Refused):
        running.start(campaign)


def test_the_mere_word_asks_for_no_game() -> None:
    assert not choosing.check(make_campaign(make_segment(make_reader()), content={"subject": "Ваша игра: игра"}))


def test_the_link_goes_by_any_channel_under_the_short_name(settings: Any) -> None:
    settings.SHORT_URL = "https://kr.ru"
    person = make_reader()
    make_consent(make_contact(person, "+79211112233"), channels=["sms"])
    account = make_account(channel="sms", provider="exolve", mode="journal", name="СМС", sender_name="Krug")
    campaign = make_campaign(
        make_segment(person), account=account, channel="sms", content={"subject": "", "body": "Ваш приз: {{ игра }}"}
    )
    choosing.save(campaign, make_game())
    start(campaign)
    drain("sms")
    message = Message.objects.get(run__campaign=campaign)
    assert f"https://kr.ru/g/{links.game_token(message.pk)}" in bytes(JournalEntry.objects.get().body).decode()


def test_a_copy_leads_to_the_same_game_while_it_is_in_use() -> None:
    game = make_game()
    campaign = make_game_campaign(game, make_reader())
    assert choosing.game_of(cloning.clone(campaign, make_staff())) == game
    Game.objects.update(is_active=False)
    assert choosing.game_of(cloning.clone(campaign, make_staff(username="b"))) is None
    choosing.save(campaign, None)
    assert not CampaignGame.objects.filter(campaign=campaign).exists()


def test_an_approval_is_bound_to_the_game_and_to_none_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = make_campaign(make_segment(make_reader()))
    now = approval.fingerprint(plain)
    choosing.save(plain, make_game(*LINES))
    assert approval.fingerprint(plain) != now
    choosing.save(plain, None)
    monkeypatch.delitem(plan_fields._fields, choosing.GAME.name)
    assert approval.fingerprint(plain) == now
