"""Telegram bot (https://core.telegram.org/bots/api).

A message's body is as `messenger` describes it; `to` is the id of a person's chat with the bot, which exists once she has
opened `https://t.me/<bot>?start=<word>`: the webhook then tells "/start <word>" with that id as the sender. Texts are
plain unless the account's option names a markup, whose characters must then be escaped. Telegram takes about 30 messages a
second from a bot and one a second to a chat; it tells nothing of delivery.

The webhook is registered by `setWebhook` with the address and `secret_token`. Not verified, from common knowledge: that
every 403 means that she has stopped the bot, never started it, or is gone.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    Action,
    Addressed,
    Capabilities,
    Incoming,
    Option,
    Report,
    Result,
    Told,
)
from channels.providers.http_provider import WIRE_OPTIONS, post_json
from channels.providers.http_wire import Answer, Call
from channels.providers.messenger import BOT, PREVIEWS, STOP, BotProvider, Button, body_of, moment

MARKUPS = (("", _lazy("none")), ("HTML", "HTML"), ("MarkdownV2", "MarkdownV2"))

# error_code: (kind, what it asks for). A 5xx is not here: the message may have gone.
ERRORS: Mapping[int, tuple[str, Action]] = {
    400: (REJECTED, Action.NONE),  # no such chat, or a text that cannot be shown
    401: (DEFERRED, Action.STOP_ACCOUNT),  # the token
    403: (REJECTED, Action.OPT_OUT),
    404: (DEFERRED, Action.STOP_ACCOUNT),  # a token that never was one
}


class TelegramProvider(BotProvider):
    title = "Telegram"
    word_header = "x-telegram-bot-api-secret-token"
    invitation = "https://t.me/{bot}?start={word}"
    options: ClassVar[dict[str, object]] = {
        "url": "https://api.telegram.org",
        "bot": BOT,
        "markup": Option("", label=_lazy("Markup of the texts"), choices=MARKUPS),
        "previews": PREVIEWS,
        **WIRE_OPTIONS,
    }
    # A word that comes back has 64 bytes: of Cyrillic 32 characters.
    capabilities = Capabilities(has_buttons=True, reply_buttons=(10, 32), max_length=4096)

    def call_of(self, message: Addressed) -> Call:
        words = self.words_of(body_of(message))
        body: dict[str, Any] = {"chat_id": _chat(message.to), "text": words.text}
        if markup := self.option("markup"):
            body["parse_mode"] = markup
        if not self.option("previews"):
            body["link_preview_options"] = {"is_disabled": True}
        if words.buttons:
            body["reply_markup"] = {"inline_keyboard": [[_key(button)] for button in words.buttons]}
        return post_json(self._method("sendMessage"), body, {})

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        if told["ok"]:
            return Result(ACCEPTED, provider_key=_key_of(told["result"]))
        code = int(told["error_code"])
        kind, action = ERRORS[code]
        reply = str(told.get("description", ""))
        return Result(kind, code=str(code), reply=reply, permanent=kind == REJECTED, action=action)

    def pause_after(self, answer: Answer) -> float | None:
        pause = super().pause_after(answer)
        try:
            return pause if pause is None else float(answer.json()["parameters"]["retry_after"])
        except (ValueError, LookupError, TypeError):
            return pause

    def call_for_name(self) -> Call:
        return Call("GET", self._method("getMe"))

    def name_in(self, told: Mapping[str, Any]) -> str:
        return f"@{told['result']['username']}"

    def told_by(self, update: Mapping[str, Any], received_at: datetime) -> Told:
        return told_by(update, received_at)

    def _method(self, name: str) -> str:
        return self.address(f"/bot{self.credentials.get('token', '')}/{name}")


def told_by(update: Mapping[str, Any], received_at: datetime) -> Told:
    """What an update says; groups and channels are nobody's personal messages, and other kinds are passed over."""
    key = str(update["update_id"])
    if "message" in update and update["message"]["chat"]["type"] == "private":
        return Told(incoming=[_written(key, update["message"], received_at)])
    if "callback_query" in update:
        return _pressed(key, update["callback_query"], received_at)
    if "my_chat_member" in update:
        return _left(key, update["my_chat_member"], received_at)
    return Told()


def _written(key: str, message: Mapping[str, Any], received_at: datetime) -> Incoming:
    text = str(message.get("text") or message.get("caption") or "")
    return Incoming(key, str(message["chat"]["id"]), text, moment(message.get("date"), received_at), message)


def _pressed(key: str, query: Mapping[str, Any], received_at: datetime) -> Told:
    """A button that answers. Telegram turns a clock on it until it is told in our answer that we know."""
    told = json.dumps({"method": "answerCallbackQuery", "callback_query_id": query["id"]}).encode()
    pressed = Incoming(key, str(query["from"]["id"]), str(query.get("data", "")), received_at, query)
    message = query.get("message")
    clicked = [Report(_key_of(message), "clicked", received_at)] if message else []
    return Told(clicked, [pressed], answer=told, content_type="application/json")


def _left(key: str, change: Mapping[str, Any], received_at: datetime) -> Told:
    """She has stopped the bot ("kicked" it out of her chat)."""
    if change["chat"]["type"] != "private" or change["new_chat_member"]["status"] != "kicked":
        return Told()
    at = moment(change.get("date"), received_at)
    return Told(incoming=[Incoming(key, str(change["chat"]["id"]), STOP, at, change)])


def _key_of(message: Mapping[str, Any]) -> str:
    """Numbers of messages begin anew in each chat."""
    return f"{message['chat']['id']}:{message['message_id']}"


def _key(button: Button) -> dict[str, str]:
    """Raises ValueError for an answer that Telegram would refuse."""
    if len(button.data.encode()) > 64:
        raise ValueError(_("the word of a button is longer than 64 bytes"))
    return (
        {"text": button.text, "url": button.url} if button.url else {"text": button.text, "callback_data": button.data}
    )


def _chat(told: str) -> int:
    """Raises ValueError for what is no id."""
    digits = told.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 19):
        raise ValueError(_("this is not an id of a chat"))
    return int(told)
