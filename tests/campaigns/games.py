"""Games, and campaigns that lead to them."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from campaigns import links
from campaigns.game import choosing
from campaigns.models import Campaign, Game, Message, Prize, PromoPool
from campaigns.pump.draining import drain
from segments.models import Customer
from tests.campaigns.builders import LETTER, make_campaign
from tests.campaigns.launches import start
from tests.segments.builders import make_segment

_numbers = count(1)
LEADS = LETTER.replace("https://dealer.example/service?utm_source=crm&amp;utm_medium=email", "{{ игра }}")
Line = tuple[str, float, dict[str, Any]]
LINES: tuple[Line, ...] = (
    ("Скидка", 10, {"kind": "points", "points": 500, "stock": 7, "cost": 500}),
    ("Ничего", 90, {}),
)


def make_game(*lines: Line, **fields: Any) -> Game:
    """Open since yesterday, for a week; the last prize stands in for those that ran out."""
    now = timezone.now()
    period = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=7)}
    game = Game.objects.create(**{"name": f"Игра {next(_numbers)}", "title": "Выберите коробку"} | period | fields)
    for place, (name, odds, more) in enumerate(lines or LINES, start=1):
        Prize.objects.create(game=game, name=name, odds=odds, is_fallback=place == len(lines or LINES), **more)
    return game


def of_pool(pool: PromoPool, **more: Any) -> dict[str, Any]:
    return {"kind": "thing" if pool.gives == "gift" else "code", "pool": pool, **more}


def make_game_campaign(game: Game | None, *people: Customer, **fields: Any) -> Campaign:
    campaign = make_campaign(make_segment(*people), content={"body": LEADS}, **fields)
    choosing.save(campaign, game)
    return campaign


def sent_to(game: Game, *people: Customer) -> list[str]:
    """Addresses of the page in letters that have gone, in the order of the people."""
    run = start(make_game_campaign(game, *people))
    drain("email")
    ids = dict(Message.objects.filter(run_id=run.pk).values_list("customer_id", "pk"))
    return [f"/g/{links.game_token(ids[person.pk])}" for person in people]
