"""A draw: by the odds, once a person, and never more of a prize than there is."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from scipy.stats import chisquare

from campaigns import links
from campaigns.game import drawing, odds, subjects
from campaigns.game.drawing import Closed, draw
from campaigns.game.subjects import Subject, find
from campaigns.models import DeliveryState, Game, Message, Play, PointsEntry, Prize, PromoCode
from campaigns.points import ledger
from segments.models import Customer
from tests.campaigns.builders import make_reader
from tests.campaigns.games import make_game, make_game_campaign, of_pool, sent_to
from tests.campaigns.launches import start
from tests.campaigns.promos import make_pool, make_shared
from tests.campaigns.room import empty_outbox, make_readers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


def subject_of(address: str) -> Subject:
    found = find(address.removeprefix("/g/"))
    assert found
    return found


def roll(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """What is rolled next."""
    coming = iter(numbers)
    monkeypatch.setattr(drawing, "random", SimpleNamespace(randrange=lambda whole: next(coming)))


def test_every_roll_falls_on_one_prize_as_often_as_its_odds_say() -> None:
    prizes = [Prize(pk=n, odds=Decimal(part)) for n, part in enumerate(("0.01", "12.5", "0", "87.49"))]
    counted = Counter(odds.drawn(prizes, number).pk for number in range(odds.WHOLE))
    assert counted == {0: 1, 1: 1250, 3: 8749}
    with pytest.raises(ValueError, match="end at"):
        odds.drawn(prizes[:2], 5000)


def test_ten_thousand_draws_keep_the_odds() -> None:
    """A seed, so that this never fails by chance: chi-square of what the same arithmetic gives with random rolls."""
    game = make_game(("А", 5, {}), ("Б", 20, {}), ("В", 30, {}), ("Г", 45, {}))
    counted = odds.simulate(list(game.prizes.all()), 10_000, Random(20261123))
    assert chisquare([counted[place] for place in range(4)], [500, 2000, 3000, 4500]).pvalue > 0.01
    assert chisquare([counted[place] for place in range(4)], [600, 1900, 3000, 4500]).pvalue < 0.01


def test_a_try_never_gives_more_than_there_is() -> None:
    game = make_game(("А", 50, {"stock": 7}), ("Б", 50, {}))
    assert odds.simulate(list(game.prizes.all()), 1000, Random(1)) == {0: 7, 1: 993}


def test_what_was_rolled_is_kept_with_the_odds_and_stocks_of_that_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    game, person = make_game(), make_reader()
    (address,) = sent_to(game, person)
    roll(monkeypatch, 999)
    play, is_new = draw(subject_of(address), choice=2)
    points, nothing = game.prizes.all()
    assert is_new
    assert (play.roll, play.drawn, play.prize, play.why, play.choice) == (999, points, points, "", 2)
    assert play.odds == [[points.pk, 1000, 7], [nothing.pk, 9000, None]]
    assert (points.given, ledger.balance(person.pk)) == (1, 500)
    assert DeliveryState.objects.get(message_id=play.message_id).clicked_at == play.played_at


def test_once_a_person_whatever_link_and_whoever_she_became(monkeypatch: pytest.MonkeyPatch) -> None:
    game, person, other = make_game(), make_reader(), make_reader()
    first, second = sent_to(game, person, other)
    (again,) = sent_to(game, person)
    roll(monkeypatch, 0, 5000, 0, 0, 0)
    play, _is_new = draw(subject_of(first))
    assert draw(subject_of(again)) == (play, False)
    Customer.objects.filter(pk=person.pk).update(merged_into=other)
    assert draw(subject_of(second)) == (play, False)
    assert draw(subject_of(first)) == (play, False)
    Customer.objects.filter(pk=person.pk).update(merged_into=None)
    assert draw(subject_of(second))[1]
    assert Play.objects.count() == 2


def test_what_ran_out_falls_to_the_fallback_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    game = make_game(("Шины", 10, {"stock": 1, **of_pool(make_pool(1, gives="gift", gift="Шины"))}), ("Ничего", 90, {}))
    addresses = sent_to(game, make_reader(), make_reader())
    tyres, nothing = game.prizes.all()
    roll(monkeypatch, 0, 0)
    plays = [draw(subject_of(address))[0] for address in addresses]
    assert [(play.drawn, play.prize, play.why) for play in plays] == [(tyres, tyres, ""), (tyres, nothing, "exhausted")]
    assert [prize.given for prize in game.prizes.all()] == [1, 1]


def test_a_code_is_hers_and_the_campaign_s(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, person = make_pool(1), make_reader()
    game = make_game(("Скидка", 50, of_pool(pool)), ("Ничего", 50, {}))
    first, second = sent_to(game, person, make_reader())
    roll(monkeypatch, 0, 0)
    play, _is_new = draw(subject_of(first))
    code = PromoCode.objects.get()
    assert (play.code, code.customer, code.campaign, code.message_id) == (code, person, play.campaign, play.message_id)
    dry, _is_new = draw(subject_of(second))
    assert (dry.why, dry.prize.name, dry.code) == ("no_promo_code", "Ничего", None)


def test_a_code_for_all_and_one_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = make_shared("ВЕСНА")
    game = make_game(("Скидка", 50, of_pool(pool)), ("Ничего", 50, {}))
    first, second = sent_to(game, make_reader(), make_reader())
    roll(monkeypatch, 0, 0)
    assert draw(subject_of(first))[0].code == pool.codes.get()
    pool.valid_to = "2020-01-01"
    pool.save()
    assert draw(subject_of(second))[0].why == "no_promo_code"


def test_a_draw_that_fails_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    game = make_game()
    (address,) = sent_to(game, make_reader())
    roll(monkeypatch, 0)

    def fail(*told: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr("campaigns.delivery.record", fail)
    with pytest.raises(ConnectionError):
        draw(subject_of(address))
    assert not Play.objects.exists()
    assert not PointsEntry.objects.exists()
    assert sum(game.prizes.values_list("given", flat=True)) == 0


def test_nobody_draws_before_after_or_from_a_game_out_of_use() -> None:
    game = make_game()
    (address,) = sent_to(game, make_reader())
    for changes, how in (
        ({"starts_at": "2999-01-01T00:00Z", "ends_at": "2999-02-01T00:00Z"}, "soon"),
        ({"starts_at": "2020-01-01T00:00Z", "ends_at": "2020-02-01T00:00Z"}, "over"),
        ({"starts_at": "2020-01-01T00:00Z", "ends_at": "2999-02-01T00:00Z", "is_active": False}, "over"),
    ):
        Game.objects.update(**changes)
        with pytest.raises(Closed) as closed:
            draw(subject_of(address))
        assert closed.value.state == how
    assert not Play.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_hundred_draws_at_once_give_seven_prizes_of_seven(monkeypatch: pytest.MonkeyPatch) -> None:
    people, pool = make_readers(50), make_pool(20, gives="gift", gift="Шины")
    game = make_game(("Шины", 60, {"stock": 7, **of_pool(pool)}), ("Ничего", 40, {}))
    run = start(make_game_campaign(game, *people))
    tokens = [links.game_token(pk) for pk in Message.objects.filter(run_id=run.pk).values_list("pk", flat=True)]
    monkeypatch.setattr(drawing, "random", SimpleNamespace(randrange=lambda whole: 0))
    gate = Barrier(20)

    def work(number: int) -> None:
        """Five draws; every link is used twice, by threads that begin at once."""
        gate.wait(60)
        for place in range(5):
            found = find(tokens[(number * 5 + place) % 50])
            assert found
            draw(found)
        connection.close()

    with ThreadPoolExecutor(20) as threads:
        for future in [threads.submit(work, number) for number in range(20)]:
            future.result()
    tyres, nothing = game.prizes.all()
    assert (tyres.given, nothing.given, Play.objects.count()) == (7, 43, 50)
    assert PromoCode.objects.exclude(customer=None).count() == 7
    assert Counter(Play.objects.values_list("why", flat=True)) == {"": 7, "exhausted": 43}
    assert subjects.played(find(tokens[0])) is not None
    empty_outbox()
