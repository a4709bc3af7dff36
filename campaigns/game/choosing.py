"""Which game a campaign's link leads to: a field of its plan, and the placeholder of the link."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import links, versions
from campaigns.game import checking
from campaigns.models import Campaign, CampaignGame, Game, Run
from campaigns.plan_fields import PlanField
from campaigns.slots import Slot

NAME = "игра"
PRINTED = re.compile(r"\{\{\s*игра\b", re.IGNORECASE)


class GameField(forms.ModelChoiceField):
    """The value is the name of the game."""

    def __init__(self) -> None:
        super().__init__(
            Game.objects.filter(is_active=True),
            to_field_name="name",
            required=False,
            label=_("game"),
            empty_label=_("without a game"),
            help_text=_("The placeholder {{ игра }} is a link of her own to it, in any channel."),
            error_messages={"invalid_choice": _("There is no game “%(value)s” in use: choose another one.")},
        )


def game_of(campaign: Campaign) -> Game | None:
    return Game.objects.filter(campaigns=campaign.pk).first() if campaign.pk else None


def save(campaign: Campaign, game: Game | None) -> None:
    if game is None:
        CampaignGame.objects.filter(campaign=campaign).delete()
    else:
        CampaignGame.objects.update_or_create(campaign=campaign, defaults={"game": game})


def copy(campaign: Campaign, draft: Campaign) -> None:
    """A copy leads to the same game, if it is still in use."""
    game = game_of(campaign)
    if game and game.is_active:
        save(draft, game)


def check(campaign: Campaign) -> list[str]:
    """Texts with the link need a game that may be played when the campaign starts."""
    if not any(PRINTED.search(str(content.written())) for content in versions.every(campaign)):
        return []
    game = game_of(campaign)
    if game is None:
        return [_("The message leads to a game, but none is chosen: choose one in the plan.")]
    return checking.of_game(game, max(campaign.starts_at or timezone.now(), timezone.now()))


def _resolve(run: Run, rows: Sequence[Any]) -> dict[int, str]:
    return {row.message_id: links.game_url(row.message_id) for row in rows}


SLOT = Slot(NAME, gettext_lazy("link to the game"), f"https://example.ru/g/{'A' * 19}", _resolve, is_link=True)
GAME = PlanField("game", lambda campaign: GameField(), game_of, save, check, is_approved_empty=False)
