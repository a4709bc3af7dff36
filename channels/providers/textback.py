"""TextBack (https://api.textback.io), WhatsApp only, free texts: an answer to whoever wrote within 24 hours.

A message's body is {"text": "…"}; `to` is a phone, or the id of a chat as the webhook tells it. Not verified, from the
sources of public clients: that a phone goes as `remoteAddress`, where the answer has the message's id, and where a webhook
has its values; all of these are options, so send yourself a test first. Left out, for nothing is known of their shapes:
templates, buttons, and the events that tell of delivery. TextBack signs nothing: the address of the webhook is the secret.
"""

import hashlib
import json
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import ACCEPTED, Addressed, Capabilities, Incoming, Option, Request, Result, Told
from channels.providers.http_provider import WIRE_OPTIONS, post_json
from channels.providers.http_sms_provider import phone_digits
from channels.providers.http_templates import value_at
from channels.providers.http_wire import Answer, Call
from channels.providers.messenger import MessengerProvider, body_of

NEW_MESSAGE = "new_message"
PATH = _lazy("Names and numbers with dots: data.0.id")


class TextBackProvider(MessengerProvider):
    title = "TextBack"
    secrets: ClassVar[dict[str, str | Promise | Option]] = {"key": _lazy("Access token")}
    options: ClassVar[dict[str, object]] = {
        "url": "https://api.textback.io/api",
        "channel_id": Option("", label=_lazy("Channel ID in TextBack"), required=True),
        "check_path": Option("/channels", label=_lazy("Method that shows whether the account works")),
        "key_path": Option("$value.id", label=_lazy("Number of the message in its JSON"), help=PATH),
        "phone_path": Option("message.remoteContact.phoneNumbers.0.number", label=_lazy("Webhook: the phone of who wrote"), help=PATH),
        "chat_path": Option("substitutions.chatId", label=_lazy("Webhook: the chat, where there is no phone"), help=PATH),
        "text_path": Option("substitutions.text", label=_lazy("Webhook: the text"), help=PATH),
        "direction_path": Option("message.direction", label=_lazy("Webhook: where the message went"), help=PATH),
        "outgoing": Option("out", label=_lazy("Webhook: our own messages begin with"), help=_lazy("Other messages are taken for a person's.")),
        **WIRE_OPTIONS,
    }  # fmt: skip
    capabilities = Capabilities(session_hours=24, max_length=4096)

    def call_of(self, message: Addressed) -> Call:
        words = self.words_of(body_of(message))
        to = (
            {"remoteAddress": f"tel:+{phone_digits(message.to)}"}
            if message.to.startswith("+")
            else {"chatId": message.to}
        )
        channel = {"channel": "whatsapp", "channelId": self._said("channel_id")}
        return post_json(self.address("/messages"), {**channel, **to, "text": words.text}, self._authorization())

    def result_of(self, answer: Answer) -> Result:
        """A refusal has no shape that is known: its status decides."""
        return Result(ACCEPTED, provider_key=str(value_at(answer.json(), self._said("key_path"))))

    def check(self) -> str:
        self.ask(Call("GET", self.address(self._said("check_path")), self._authorization()))
        return self.works()

    def reports(self, request: Request) -> Told:
        """A repeat has the same body, and no other name that is known."""
        told = json.loads(request.body)
        if not isinstance(told, dict):
            raise ValueError("not an event of TextBack")
        sender = self._value(told, "phone_path").removeprefix("tel:") or self._value(told, "chat_path")
        if told.get("name") != NEW_MESSAGE or not sender or self._is_ours(told):
            return Told()
        key = hashlib.sha256(request.body).hexdigest()
        return Told(incoming=[Incoming(key, sender, self._value(told, "text_path"), request.received_at, told)])

    def _is_ours(self, told: dict[str, Any]) -> bool:
        outgoing = self._said("outgoing").casefold()
        return bool(outgoing) and self._value(told, "direction_path").casefold().startswith(outgoing)

    def _value(self, told: dict[str, Any], option: str) -> str:
        """'' where there is none."""
        try:
            return str(value_at(told, self._said(option)) or "")
        except (LookupError, TypeError, ValueError):
            return ""

    def _said(self, name: str) -> str:
        return str(self.option(name))

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credentials.get('key', '')}"}
