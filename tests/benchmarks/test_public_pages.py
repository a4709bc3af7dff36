"""The page of a game in the server, beside the page of the survey: the 95th of a hundred, in turns, and a draw of its own."""

import time
from collections.abc import Callable
from statistics import quantiles

import pytest
from django.test import Client

from campaigns import links, permission
from campaigns.models import Message
from tests.benchmarks.measure import REPS, Bench
from tests.campaigns.games import make_game, make_game_campaign, of_pool
from tests.campaigns.launches import start
from tests.campaigns.promos import make_pool
from tests.campaigns.room import make_readers

TIMES = 100
LINE = tuple((f"Приз {n}", 10, {"kind": "points", "points": 5}) for n in range(8))


@pytest.mark.bench
@pytest.mark.django_db
def test_the_page_of_a_game_and_a_draw() -> None:
    permission.turn_on(None)
    pool = make_pool(2000)
    game = make_game(*LINE, ("Код", 10, of_pool(pool)), ("Ничего", 10, {}), kind="wheel")
    run = start(make_game_campaign(game, *make_readers(TIMES * (REPS + 1))))
    ids = list(Message.objects.filter(run_id=run.pk).order_by("pk").values_list("pk", flat=True))
    client = Client()

    def game_of(place: int) -> int:
        return client.get(f"/g/{links.game_token(ids[place])}").status_code

    def survey_of(place: int) -> int:
        return client.get(f"/s/{links.tokens(ids[place]).choice}").status_code

    def draw_of(place: int) -> int:
        return client.post(f"/g/{links.game_token(ids[place])}", {"choice": "1"}).status_code

    p95(game_of, 200, 0), p95(survey_of, 200, 0), p95(draw_of, 302, 0)
    turns = [(p95(survey_of, 200, n), p95(game_of, 200, n), p95(draw_of, 302, n)) for n in range(1, REPS + 1)]
    theirs = [turn[0] for turn in turns]
    looked = Bench("page of a game against the survey's, p95", limit=2, n=TIMES).tell(
        [turn[1] for turn in turns], theirs
    )
    drawn = Bench("draw of a game against the survey's page, p95", limit=6, n=TIMES).tell([t[2] for t in turns], theirs)
    assert looked["ok"], looked
    assert drawn["ok"], drawn


def p95(ask: Callable[[int], int], status: int, turn: int) -> float:
    """Seconds; people of this turn, each once."""
    taken = []
    for place in range(turn * TIMES, (turn + 1) * TIMES):
        began = time.perf_counter()
        assert ask(place) == status
        taken.append(time.perf_counter() - began)
    return quantiles(taken, n=20)[-1]
