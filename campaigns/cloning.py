"""A new draft from a campaign: its audience, plan and texts, without its history and its numbers."""

import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import launch_gate, layers, sizing, variants, writing
from campaigns.ad_audiences import checks
from campaigns.game import choosing as game
from campaigns.models import Campaign
from campaigns.promo import choosing

_COPIED = (
    "kind",
    "purpose",
    "brand_id",
    "channel",
    "account_id",
    "needs_version",
    "control_percent",
    "lateness_hours",
    "priority",
    "spread_hours",
    "ceiling",
    "ceiling_roubles",
    "on_local_clock",
)


def like(campaign: Campaign, author: Any, **changes: Any) -> Campaign:
    """A draft of `author` with the plan of this campaign but for `changes`: nobody to go to yet, nothing to say."""
    copied = {field: getattr(campaign, field) for field in _COPIED}
    return Campaign.objects.create(author=author, **{"salt": secrets.token_hex(8), **copied, **changes})


def copy_texts(campaign: Campaign, draft: Campaign, author: Any) -> None:
    """The texts of all versions and variants, how people are shared out among these, the promo codes they print, and the game."""
    variants.copy(campaign, draft)
    writing.copy(campaign, draft, author)
    choosing.copy(campaign, draft)
    game.copy(campaign, draft)


@transaction.atomic
def clone(campaign: Campaign, author: Any) -> Campaign:
    """A draft of `author` like this campaign. The time of start is left open, the control group is drawn anew."""
    name = _("%(name)s (copy)") % {"name": campaign.name[:140]}
    draft = like(campaign, author, name=name)
    draft.segments_in.set(campaign.segments_in.all())
    draft.segments_out.set(campaign.segments_out.all())
    copy_texts(campaign, draft, author)
    checks.copy(campaign, draft)
    sizing.copy(campaign, draft)
    layers.take(draft)
    if said := launch_gate.of(campaign):
        launch_gate.answer(draft, {name: getattr(said, name) for name in launch_gate.ANSWERS})
    return draft
