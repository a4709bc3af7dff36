"""How games are told."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.models import Game, Prize


def until(game: Game) -> str:
    begins, ends = (date_format(timezone.localtime(at), "d.m.Y H:i") for at in (game.starts_at, game.ends_at))
    return f"{begins} – {ends}"


def simulated(prizes: Sequence[Prize], counted: Mapping[int, int]) -> list[tuple[str, int, str]]:
    """(prize, how often, what of it the stock left) of a try."""
    return [
        (prize.name, counted.get(place, 0), _("all of them") if prize.left is not None and counted.get(place, 0) >= prize.left else "")
        for place, prize in enumerate(prizes)
    ]  # fmt: skip


def embedding_lines() -> str:
    """What a website puts into its page."""
    address = settings.PUBLIC_URL + reverse("campaigns:game_script")
    return f'<div id="krug-game"></div>\n<script src="{address}" defer></script>'
