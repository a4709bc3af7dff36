"""Whose link it is, which game it leads to, and whether that may be played now."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from campaigns import links
from campaigns.models import Campaign, Game, Message, Play, Run
from segments.models import Customer


class State(StrEnum):
    SOON = "soon"
    OPEN = "open"
    OVER = "over"  # or taken out of use


@dataclass(frozen=True, slots=True)
class Subject:
    """`person` is the living customer: a merged one's link plays for the survivor."""

    message: Message
    game: Game
    person: int

    @property
    def run(self) -> Run:
        return self.message.run

    @property
    def campaign(self) -> Campaign:
        return self.message.run.campaign


def find(token: str) -> Subject | None:
    """The subject of a game token, or of the token that a click took along to a website of ours; None when it is neither,
    nobody was written to, she was erased, or the campaign has no game."""
    message_id = links.read_game(token) or links.read_site(token, time.time())
    if not message_id:
        return None
    sent = Message.objects.filter(id=message_id, left_out="")
    message = sent.select_related(
        "run__campaign__account", "run__campaign__brand", "run__campaign__game_choice__game__brand"
    ).first()
    choice = getattr(message.run.campaign, "game_choice", None) if message else None
    if message is None or choice is None:
        return None
    found = Customer.objects.filter(pk=message.customer_id).values_list("pk", "merged_into").first()
    return Subject(message, choice.game, found[1] or found[0]) if found else None


def state(game: Game, now: datetime) -> State:
    if not game.is_active or now >= game.ends_at:
        return State.OVER
    return State.SOON if now < game.starts_at else State.OPEN


def plays_of(game: Game, person: int) -> QuerySet[Play]:
    """Hers, and of those who became one with her: the first counts."""
    hers = Play.objects.filter(Q(customer=person) | Q(customer__merged_into=person), game=game)
    return hers.select_related("prize__pool", "code").order_by("pk")


def played(subject: Subject) -> Play | None:
    return plays_of(subject.game, subject.person).first()


def slot_of(prizes: Sequence[int], play: Play) -> int:
    """Which sector of the wheel it is, from 0."""
    return list(prizes).index(play.prize_id)
