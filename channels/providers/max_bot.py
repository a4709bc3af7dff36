"""MAX bot (https://dev.max.ru/docs-api).

A message's body is as `messenger` describes it; `to` is the id of a person, whom the bot may write to once she has
started it at `https://max.ru/<bot>?start=<word>`: the webhook then tells "/start <word>" with that id as the sender.
MAX tells nothing of delivery. The webhook is registered by `POST /subscriptions` with the address, the kinds of updates
and `secret`: `bot_started`, `bot_stopped`, `message_created`, `message_callback`.

Not verified, from the sources of public clients: the codes of refusals; what each asks for is therefore a table in the
account's options. The address of the API has changed twice: an option too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import (
    ACCEPTED,
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
from channels.providers.code_table import LATER, CodeTable, codes_option, refusal
from channels.providers.http_provider import WIRE_OPTIONS, by_status, post_json
from channels.providers.http_wire import Answer, Call
from channels.providers.messenger import BOT, PREVIEWS, STOP, BotProvider, Button, body_of, moment

CODES = {
    "chat.denied": Action.OPT_OUT.value,  # she has stopped the bot
    "chat.not.found": Action.NEXT_CHANNEL.value,  # she has never started it
    "verify.token": Action.STOP_ACCOUNT.value,
    "too.many.requests": LATER,
    "service.unavailable": LATER,
}
MARKUPS = (("", _lazy("none")), ("markdown", "Markdown"), ("html", "HTML"))
FORBIDDEN = 403


class MaxProvider(CodeTable, BotProvider):
    title = "MAX"
    word_header = "x-max-bot-api-secret"
    invitation = "https://max.ru/{bot}?start={word}"
    options: ClassVar[dict[str, object]] = {
        "url": "https://platform-api.max.ru",
        "bot": BOT,
        "markup": Option("", label=_lazy("Markup of the texts"), choices=MARKUPS),
        "previews": PREVIEWS,
        "codes": codes_option(CODES),
        **WIRE_OPTIONS,
    }
    codes = CODES
    capabilities = Capabilities(has_buttons=True, reply_buttons=(10, 40), max_length=3999)

    def call_of(self, message: Addressed) -> Call:
        words = self.words_of(body_of(message))
        body: dict[str, Any] = {"text": words.text, "attachments": _keyboard(words.buttons)}
        if markup := self.option("markup"):
            body["format"] = markup
        query = {"user_id": _person(message.to)}
        if not self.option("previews"):
            query["disable_link_preview"] = "true"
        return post_json(self.address(f"/messages?{urlencode(query)}"), body, self._authorization())

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        if "message" in told and answer.status == 200:
            return Result(ACCEPTED, provider_key=str(told["message"]["body"]["mid"]))
        code, reply = str(told["code"]), str(told.get("message", ""))
        wanted = self.wanted(code)
        if wanted is None:
            return self._unknown(answer.status, code, reply)
        return refusal(wanted, code=code, reply=reply)

    def _unknown(self, status: int, code: str, reply: str) -> Result:
        """A code that the table has not: a 403 is about this person, all else as its status says."""
        if status == FORBIDDEN:
            return Result(REJECTED, code=code, reply=reply, permanent=True, action=Action.NEXT_CHANNEL)
        told = by_status(status)
        return Result(told.kind, code=code, reply=reply, permanent=told.permanent, action=told.action)

    def call_for_name(self) -> Call:
        return Call("GET", self.address("/me"), self._authorization())

    def name_in(self, told: Mapping[str, Any]) -> str:
        return str(told.get("username") or told["first_name"])

    def told_by(self, update: Mapping[str, Any], received_at: datetime) -> Told:
        return told_by(update, received_at)

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": self.credentials.get("token", "")}


def told_by(update: Mapping[str, Any], received_at: datetime) -> Told:
    """What an update says; kinds that we have no use for are passed over. Times are in milliseconds."""
    kind = update["update_type"]
    at = moment(int(update["timestamp"]) / 1000, received_at)
    if kind == "bot_started":
        word = f"/start {update.get('payload') or ''}".strip()
        return Told(incoming=[_said(f"started:{update['timestamp']}", update["user"], word, at, update)])
    if kind == "bot_stopped":
        return Told(incoming=[_said(f"stopped:{update['timestamp']}", update["user"], STOP, at, update)])
    if kind == "message_created" and update["message"]["recipient"]["chat_type"] == "dialog":
        message = update["message"]
        body = message.get("body") or {}
        return Told(incoming=[_said(str(body["mid"]), message["sender"], str(body.get("text") or ""), at, message)])
    if kind == "message_callback":
        return _pressed(update, at)
    return Told()


def _pressed(update: Mapping[str, Any], at: datetime) -> Told:
    """A button that answers; its message may be gone by now."""
    callback, message = update["callback"], update.get("message")
    said = _said(str(callback["callback_id"]), callback["user"], str(callback.get("payload") or ""), at, callback)
    return Told([Report(str(message["body"]["mid"]), "clicked", at)] if message else [], [said])


def _said(key: str, user: Mapping[str, Any], text: str, at: datetime, raw: Mapping[str, Any]) -> Incoming:
    sender = str(user["user_id"])
    return Incoming(f"{sender}:{key}", sender, text, at, raw)


def _keyboard(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    """A button a row."""
    keys = [
        {"type": "link", "text": button.text, "url": button.url}
        if button.url
        else {"type": "callback", "text": button.text, "payload": button.data}
        for button in buttons
    ]
    return [{"type": "inline_keyboard", "payload": {"buttons": [[key] for key in keys]}}] if keys else []


def _person(told: str) -> str:
    """Raises ValueError for what is no id."""
    if not (told.isascii() and told.isdecimal() and len(told) <= 19):
        raise ValueError(_("this is not an id of a person in MAX"))
    return told
