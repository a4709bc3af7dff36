"""The public page of a game. GET shows, only POST draws: robots and previews of links draw nothing. It works without scripts."""

from collections.abc import Sequence
from typing import Any

from csp.constants import NONCE, SELF
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from campaigns.game import drawing, embedding, wheel
from campaigns.game.drawing import Closed
from campaigns.game.subjects import State, Subject, find, played, slot_of, state
from campaigns.models import Game, Play, Prize
from campaigns.promo import placeholders, spelling, trouble
from campaigns.public_pages import CHOICES, public, wrong_token
from channels import throttle

TEMPLATE = "campaigns/public/game.html"


def _policy() -> dict[str, list[str]]:
    return {
        "script-src": [SELF],
        "connect-src": [SELF],
        "style-src": [SELF, NONCE],
        "frame-ancestors": embedding.ancestors(),
    }


@public("GET", "HEAD", "POST", policy=_policy)
def page(request: HttpRequest, token: str) -> HttpResponse:
    subject = find(token)
    if subject is None:
        return wrong_token(request)
    if request.method == "POST":
        return _draw(request, subject, token)
    play = played(subject)
    how = state(subject.game, timezone.now())
    return render(request, TEMPLATE, shown(subject.game, how, play) | _sender(subject))


def _draw(request: HttpRequest, subject: Subject, token: str) -> HttpResponse:
    if not throttle.allowed(CHOICES, f"game {subject.message.pk}"):
        context = shown(subject.game, State.OPEN, None) | _sender(subject) | {"is_too_often": True}
        response = render(request, TEMPLATE, context, status=429)
        response.headers["Retry-After"] = "60"
        return response
    try:
        drawing.draw(subject, box(request, subject.game))
    except Closed as closed:
        return render(request, TEMPLATE, shown(subject.game, closed.state, None) | _sender(subject), status=409)
    return redirect("campaigns:game", token=token)


def box(request: HttpRequest, game: Game) -> int | None:
    """Which box was chosen; it decides nothing, so that a wrong one is none."""
    told = request.POST.get("choice", "")
    return int(told) if told in map(str, range(1, game.boxes + 1)) else None


def shown(game: Game, how: State, play: Play | None) -> dict[str, Any]:
    """What the template says; `play`: what she has drawn."""
    prizes: Sequence[Prize] = list(game.prizes.order_by("pk")) if game.kind == Game.Kind.WHEEL else ()
    context: dict[str, Any] = {
        "game": game,
        "state": "played" if play else how.value,
        "boxes": range(1, game.boxes + 1),
        "sectors": (sectors := wheel.sectors(prizes)),
        "brand": game.brand,
        "ink": _ink(game.colour),
    }
    if play is None:
        return context
    if sectors:
        slot = slot_of([each.pk for each in prizes], play)
        context |= {"slot": slot, "turned": sectors[slot].turn}
    return context | _won(play)


def _won(play: Play) -> dict[str, Any]:
    prize, code = play.prize, play.code
    found: dict[str, Any] = {"prize": prize, "play": play, "has_won": prize.kind != Prize.Kind.NOTHING}
    if code and prize.pool:
        until = code.valid_until if prize.pool.is_personal else prize.pool.valid_to
        found |= {
            "code": spelling.shown(code.code),
            "until": placeholders.day(until),
            "conditions": trouble.conditions(prize.pool),
        }
    return found


def _sender(subject: Subject) -> dict[str, Any]:
    return {"sender": subject.campaign.account.sender_name, "brand": subject.game.brand or subject.campaign.brand}


def _ink(colour: str) -> str:
    """Black or white on the colour of the brand, by its luminance (WCAG 2, sRGB)."""
    if not colour:
        return ""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    light = sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if light > 0.179 else "#ffffff"
