"""Placeholders for links that start a bot: whoever presses one in her letter or SMS is known to the bot as herself.

`campaigns.welcoming` reads the token when the messenger brings it back.
"""

from collections.abc import Sequence
from functools import partial

from django.utils.translation import gettext_lazy as _

from campaigns import links
from campaigns.models import Run
from campaigns.slots import Resolver, Row, Slot, register
from channels.models import Account, Channel
from channels.providers import provider_class
from channels.providers.base import Provider

EXAMPLE = "A" * 34  # as long as the token and its name


def bot_of(channel: str) -> Provider | None:
    """The bot that links lead to: the default account of the messenger, else the first in use; it must name its bot."""
    for account in Account.objects.filter(channel=channel, is_active=True).order_by("-is_default", "pk"):
        provider = provider_class(account.provider)(account)
        if provider.invitation_with("x"):
            return provider
    return None


def resolve(channel: str, run: Run, rows: Sequence[Row]) -> dict[int, str]:
    bot = bot_of(channel)
    return {row.message_id: bot.invitation_with(links.start_token(row.message_id)) for row in rows} if bot else {}


def register_all() -> None:
    for name, channel, label, site in (
        ("ссылка_telegram", Channel.TELEGRAM, _("link that starts our Telegram bot"), "https://t.me"),
        ("ссылка_max", Channel.MAX, _("link that starts our MAX bot"), "https://max.ru"),
    ):
        resolver: Resolver = partial(resolve, channel)
        register(Slot(name, label, f"{site}/krug?{EXAMPLE}", resolver, is_link=True))
