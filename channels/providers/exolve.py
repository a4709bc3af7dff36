"""MTS Exolve, Messaging API (https://docs.exolve.ru/docs/ru/api-reference/sms-api/).

Not verified: the bodies of refusals, of `GetCount` and of webhooks. So a refusal is known by its HTTP status alone,
`check` only asks whether the key is accepted (it tells no balance), and webhooks are not read.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import ACCEPTED, Addressed, Option, Result
from channels.providers.http_provider import WIRE_OPTIONS, by_status, post_json
from channels.providers.http_sms_provider import SmsProvider, phone_digits, sms_text
from channels.providers.http_wire import Answer, Call


class ExolveProvider(SmsProvider):
    title = "MTS Exolve"
    options: ClassVar[dict[str, object]] = {
        "url": "https://api.exolve.ru",
        "check_path": Option("/messaging/v1/GetCount", label=_lazy("Method that shows whether the key is accepted")),
        **WIRE_OPTIONS,
    }
    secrets: ClassVar[dict[str, str | Promise | Option]] = {"key": _lazy("API key")}

    def call_of(self, message: Addressed) -> Call:
        fields = {
            "number": self.sender_of(message),
            "destination": phone_digits(message.to),
            "text": sms_text(message),
        }
        return self._method("/messaging/v1/SendSMS", fields)

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        if answer.status == 200:
            return Result(ACCEPTED, provider_key=str(told["message_id"]))
        return replace(by_status(answer.status), reply=sentence_in(told))

    def check(self) -> str:
        self.ask(self._method(str(self.option("check_path")), {}))
        return self.works()

    def _method(self, path: str, fields: Mapping[str, str]) -> Call:
        headers = {"Authorization": f"Bearer {self.credentials.get('key', '')}"}
        return post_json(self.address(path), fields, headers)


def sentence_in(told: Mapping[str, Any]) -> str:
    """Of a refusal: {"error": {"message"}} or {"message"}, whichever came."""
    error = told.get("error")
    inner = error if isinstance(error, dict) else told
    return str(inner.get("message") or error or "")
