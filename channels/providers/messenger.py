"""What the messengers have in common.

A message's body is a JSON object: {"text": "…", "buttons": [{"text": "Записаться", "url": "https://…"}, {"text": "Не
беспокоить", "data": "stop"}]}. A button leads to its `url`, or sends its `data` back to us, which a person reads in the
inbox, so that it should be a word.

Whoever stops a bot or takes the permission back has told us to stop in another form: it comes as an incoming message with
`STOP`, the word that the person would have written.
"""

import hmac
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import Addressed, BadSignature, Option, Request, Told
from channels.providers.http_provider import HttpProvider
from channels.providers.http_wire import Call

STOP = "STOP"
BOT = Option(
    "",
    label=_lazy("Name of the bot"),
    help=_lazy("As in its address, without @: links to it in letters and SMS need it."),
)
PREVIEWS = Option(True, label=_lazy("Show previews of links"))
ECHO = "krug:"  # what we send along is told from what other programs on the same account do


@dataclass(frozen=True, slots=True)
class Button:
    """Has either `url` or `data`."""

    text: str
    url: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    buttons: Sequence[Button] = ()


# Texts under a markup: what of plain words would be taken for its signs. Telegram's MarkdownV2 refuses a message with a sign
# that stands bare, in addresses too.
SIGNS = {
    "html": re.compile(r"[&<>]"),
    "markdown": re.compile(r"[\\`*_~\[\]()+]"),
    "markdownv2": re.compile(r"[_*\[\]()~`>#+\-=|{}.!\\]"),
}
BARE_ADDRESSES = ("", "html", "markdown")


class MessengerProvider(HttpProvider):
    def plain(self, text: str) -> str:
        signs = SIGNS.get(self.markup())
        if signs is None:
            return text
        return signs.sub(
            lambda sign: html.escape(sign[0], quote=False) if signs is SIGNS["html"] else f"\\{sign[0]}", text
        )

    def plain_address(self, text: str) -> str:
        return text if self.markup() in BARE_ADDRESSES else self.plain(text)

    def markup(self) -> str:
        return str(self.option("markup")).lower() if "markup" in self.options else ""

    def words_of(self, told: Mapping[str, Any]) -> Words:
        """Raises ValueError for a text that is none or too long, and for a button that leads nowhere."""
        text = told.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ValueError(_("the text is empty"))
        longest = self.capabilities.max_length
        if len(text) > longest:
            raise ValueError(_("the text is longer than %(longest)d characters") % {"longest": longest})
        return Words(text, [_button(one) for one in told.get("buttons") or ()])


class BotProvider(MessengerProvider):
    """One whom people start themselves. Calls of its webhook bear a word of ours in `word_header`."""

    secrets: ClassVar[dict[str, str | Promise | Option]] = {
        "token": _lazy("Bot token"),
        "webhook": _lazy("Secret word of the webhook"),
    }
    word_header: ClassVar[str] = ""
    invitation: ClassVar[str] = ""  # the address at which a person starts the bot, with {bot} and {word}

    def call_for_name(self) -> Call:
        """What asks the service who the bot is."""
        raise NotImplementedError

    def name_in(self, told: Mapping[str, Any]) -> str:
        """The bot's name in the answer. Raises LookupError or TypeError where there is none."""
        raise NotImplementedError

    def invitation_with(self, word: str) -> str:
        bot = str(self.option("bot")).strip().removeprefix("@")
        return self.invitation.format(bot=quote(bot, safe=""), word=word) if bot else ""

    def told_by(self, update: Mapping[str, Any], received_at: datetime) -> Told:
        """What an update says. Raises LookupError, TypeError, AttributeError or ValueError for what is none."""
        raise NotImplementedError

    def check(self) -> str:
        try:
            name = self.name_in(self.ask(self.call_for_name()).json())
        except (ValueError, LookupError, TypeError) as error:
            raise self.unclear(_("the answer is not JSON")) from error
        return _("%(works)s Bot: %(bot)s.") % {"works": self.works(), "bot": name}

    def reports(self, request: Request) -> Told:
        verify_word(request.headers.get(self.word_header, ""), self.credentials.get("webhook", ""))
        try:
            return self.told_by(json.loads(request.body), request.received_at)
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"not an update of {self.title}") from error


def body_of(message: Addressed) -> Mapping[str, Any]:
    """Raises ValueError for what is not a JSON object."""
    told = json.loads(message.body.decode())
    if not isinstance(told, dict):
        raise ValueError(_("a message of a messenger is a JSON object"))
    return told


def _button(told: object) -> Button:
    if isinstance(told, dict):
        button = Button(*(str(told.get(name) or "") for name in ("text", "url", "data")))
        if button.text and bool(button.url) != bool(button.data):
            return button
    raise ValueError(_("a button has a text, and either an address or a word to send back"))


def verify_word(given: str, kept: str) -> None:
    """The word that a webhook's caller was told. Raises BadSignature; where we keep none nobody is believed."""
    if not kept or not hmac.compare_digest(given.encode(), kept.encode()):
        raise BadSignature


def moment(seconds: object, otherwise: datetime) -> datetime:
    """Of Unix time; what cannot be one is `otherwise`."""
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise


def echoed(told: object) -> int:
    """Our message's id in what came back, 0 where it is not ours."""
    number = str(told).removeprefix(ECHO) if str(told).startswith(ECHO) else ""
    return int(number) if number.isascii() and number.isdecimal() else 0
