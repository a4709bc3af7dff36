"""What a game brought: by campaign, of those who played beside those who did not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.game import choosing, panels, results
from campaigns.game.drawing import draw
from campaigns.models import Outcome, PromoCode
from campaigns.promo import redeeming
from campaigns.promo.redeeming import By, Purchase
from channels.models import Account
from segments.models import Customer
from tests.campaigns.builders import make_reader
from tests.campaigns.games import make_game, of_pool, sent_to
from tests.campaigns.promos import make_pool
from tests.campaigns.test_game_drawing import roll, subject_of
from tests.segments.builders import make_interaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


def test_receipts_costs_and_what_was_redeemed(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = make_pool(5)
    game = make_game(("Скидка", 50, of_pool(pool, cost=300)), ("Ничего", 50, {}))
    people = [make_reader() for _ in range(4)]
    player, loser, other, merged = people
    addresses = sent_to(game, *people)
    Outcome.objects.update(happened_at=timezone.now() - timedelta(days=2))
    Account.objects.update(cost=Decimal(10))
    roll(monkeypatch, 0, 9999, 0)
    for address in addresses[:2]:
        draw(subject_of(address))
    later = timezone.now() - timedelta(hours=1)
    make_interaction(player, amount=6000, happened_at=later)
    make_interaction(player, "service", amount=2000, happened_at=later)
    make_interaction(other, amount=1000, happened_at=later)
    for person, fields in (
        (other, {"amount": 90_000, "happened_at": timezone.now() - timedelta(days=5)}),  # before the message
        (loser, {"amount": 90_000, "happened_at": later, "status": "Отменён"}),
        (loser, {"amount": -90_000, "happened_at": later}),
    ):
        make_interaction(person, **fields)
    make_interaction(loser, "visit", amount=90_000, happened_at=later)
    Customer.objects.filter(pk=merged.pk).update(merged_into=other)
    redeeming.redeem(Purchase(PromoCode.objects.exclude(customer=None).get().code, "1", Decimal(6000)), By("cashier"))
    (result,) = results.of_game(game)
    assert (result.got, result.plays, result.played.people, result.others.people) == (3, 2, 2, 1)
    assert (result.played.receipts, result.played.average, result.others.average) == (2, 4000, 1000)
    assert (result.times, round(result.share or 0, 1), result.redeemed) == (4, 66.7, 1)
    assert (result.cost_of_prizes, result.cost_of_messages, result.cost) == (300, 40, 340)
    assert round(result.cost_share or 0, 2) == round(Decimal(34000) / 9000, 2)
    first, nothing = game.prizes.all()
    assert results.of_prizes([result, result]) == {first.pk: (2, 2), nothing.pk: (2, 0)}


def test_each_campaign_has_results_of_its_own_and_the_queries_do_not_grow(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: object
) -> None:
    game, person = make_game(), make_reader()
    (first,), _second = sent_to(game, person), sent_to(game, make_reader(), make_reader())
    roll(monkeypatch, 0)
    play, _is_new = draw(subject_of(first))
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        found = results.of_game(game)
    assert [(result.plays, result.got) for result in found] == [(0, 2), (1, 1)]
    alone = results.of_campaign(game, play.campaign)
    assert (alone.plays, alone.played.people, alone.cost_of_prizes) == (1, 1, 500)
    assert panels.of_campaign(None, play.campaign)["result"].plays == 1  # type: ignore[arg-type]
    choosing.save(play.campaign, None)
    assert panels.of_campaign(None, play.campaign) == {}  # type: ignore[arg-type]
    assert len(results.of_game(game)) == 2


def test_without_purchases_nothing_is_divided() -> None:
    game = make_game()
    sent_to(game, make_reader())
    (result,) = results.of_game(game)
    assert (result.times, result.cost_share, result.played.average, result.share) == (None, None, None, 0)
    assert results.of_game(make_game()) == []
