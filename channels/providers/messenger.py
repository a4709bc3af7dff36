"""What the messengers have in common.

A message's body is a JSON object: {"text": "…", "buttons": [{"text": "Записаться", "url": "https://…"}, {"text": "Не
беспокоить", "data": "stop"}]}. A button leads to its `url`, or sends its `data` back to us, which a person reads in the
inbox, so that it should be a word.

Whoever stops a bot or takes the permission back has told us to stop in another form: it comes as an incoming message with
`STOP`, the word that the person would have written.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from channels.providers.base import Addressed, BadSignature
from channels.providers.http_provider import HttpProvider

STOP = "STOP"
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


class MessengerProvider(HttpProvider):
    def words_of(self, told: Mapping[str, Any]) -> Words:
        """Raises ValueError for a text that is none or too long, and for a button that leads nowhere."""
        text = told.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ValueError(_("the text is empty"))
        longest = self.capabilities.max_length
        if len(text) > longest:
            raise ValueError(_("the text is longer than %(longest)d characters") % {"longest": longest})
        return Words(text, [_button(one) for one in told.get("buttons") or ()])


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
