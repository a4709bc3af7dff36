"""What a campaign's page says of its game."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns import panels
from campaigns.game import results
from campaigns.game.choosing import game_of
from campaigns.models import Campaign


def of_campaign(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    game = game_of(campaign)
    return {"game": game, "result": results.of_campaign(game, campaign)} if game else {}


def register_all() -> None:
    panels.register(panels.Panel("game", 27, _("Game"), "campaigns/game/of_campaign.html", of_campaign))
