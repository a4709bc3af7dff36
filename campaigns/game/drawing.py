"""One draw, once a person, by the server's own random numbers.

All of it is one transaction under the lock of the game's row: no two draws of a game see the same stock, nobody draws twice,
and a prize that was given is written with its code or its points or not at all. What was rolled, and the odds and stocks it
was compared with, stay on the row, so that every draw can be gone over later.
"""

from random import SystemRandom
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from campaigns import delivery
from campaigns.game import odds
from campaigns.game.subjects import State, Subject, plays_of, state
from campaigns.models import Game, Play, Prize
from campaigns.points import ledger
from campaigns.promo import issuing

Why = Play.Why
random = SystemRandom()


class Closed(Exception):
    """The game may not be played now."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state = state


class _Given(NamedTuple):
    """`why` says why it could not be given; '' when it is."""

    why: str = ""
    code_id: int | None = None


@transaction.atomic
def draw(subject: Subject, choice: int | None = None) -> tuple[Play, bool]:
    """Her draw, and whether it is a new one. Raises Closed when there is none and none may be made."""
    game = Game.objects.select_for_update(no_key=True).get(pk=subject.game.pk)
    if before := plays_of(game, subject.person).first():
        return before, False
    now = timezone.now()
    if (how := state(game, now)) != State.OPEN:
        raise Closed(how)
    prizes = list(game.prizes.select_related("pool"))
    roll = random.randrange(odds.WHOLE)
    drawn = prize = odds.drawn(prizes, roll)
    given = _give(prize, subject)
    if given.why:
        prize = odds.fallback(prizes)
        given = _Given(given.why, _give(prize, subject).code_id)
    play = Play.objects.create(
        game=game, customer_id=subject.person, campaign=subject.campaign, message_id=subject.message.pk, choice=choice,
        roll=roll, odds=[[each.pk, weight, each.left] for each, weight in zip(prizes, odds.weights(prizes), strict=True)],
        drawn=drawn, prize=prize, why=given.why, code_id=given.code_id, played_at=now,
    )  # fmt: skip
    # Whoever plays has followed the link: no robot presses the button.
    delivery.record({subject.message.pk: subject.message.run_id}, "clicked", now)
    return play, True


def _give(prize: Prize, subject: Subject) -> _Given:
    if prize.left == 0:
        return _Given(Why.EXHAUSTED)
    code_id = None
    if prize.pool:
        code, why = issuing.give(prize.pool, subject.run, issuing.Alone(subject.message.pk, subject.person))
        if code is None:
            return _Given(why)
        code_id = code.code_id
    elif prize.kind == Prize.Kind.POINTS:
        key, days = f"game:{prize.game_id}:{subject.person}", prize.points_days
        ledger.accrue([ledger.Gift(subject.person, prize.points or 0, key, prize.game.name, days)])
    if not Prize.objects.filter(Q(stock=None) | Q(given__lt=F("stock")), pk=prize.pk).update(given=F("given") + 1):
        raise RuntimeError(f"prize {prize.pk} ran out under the lock of its game")
    return _Given("", code_id)
