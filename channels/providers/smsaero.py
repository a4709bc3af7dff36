"""SMS Aero, API v2. The shapes are those of its own client (smsaero_api 3.2); log-in and key go by HTTP Basic.

Not verified: the statuses 2, 3, 4 and 6, and what a callback holds. Callbacks are therefore not read: statuses come by
`lookup`.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    Action,
    Addressed,
    Capabilities,
    Found,
    Option,
    Report,
    Result,
    Sought,
)
from channels.providers.http_provider import REFUSED, WIRE_OPTIONS, by_status, post_json, roubles
from channels.providers.http_sms_provider import SmsProvider, phone_digits, sms_text
from channels.providers.http_wire import Answer, Call

# The word under "result" where there is one; anything else that is no success was refused, for a reason of its own.
WORDS: Mapping[str, tuple[str, Action]] = {
    "no credits": (DEFERRED, Action.STOP_ACCOUNT),
    "reject": (REJECTED, Action.NONE),
}
REFUSED_STATUS = 6  # of a message that was taken and turned down at once

STATUSES: Mapping[int, str] = {
    0: "queued",
    1: "delivered",
    2: "failed",
    3: "sent",
    4: "deferred",
    6: "failed",
    8: "queued",  # waits for moderation
}


class SmsAeroProvider(SmsProvider):
    title = "SMS Aero"
    secrets: ClassVar[dict[str, str | Promise | Option]] = {
        "login": _lazy("E-mail of the log-in"),
        "key": _lazy("API key"),
    }
    options: ClassVar[dict[str, object]] = {"url": "https://gate.smsaero.ru/v2", **WIRE_OPTIONS}
    capabilities = Capabilities(tells_delivered=True, looks_up=True, max_length=640)

    def call_of(self, message: Addressed) -> Call:
        fields = {
            "number": int(phone_digits(message.to)),
            "text": sms_text(message),
            "sign": self.sender_of(message),
        }
        return self._method("/sms/send", fields)

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        if answer.status not in (200, *REFUSED):
            return replace(by_status(answer.status), reply=str(told.get("message") or ""))
        if told.get("success") is not True:
            return refusal(told)
        data = told["data"]
        if data.get("status") == REFUSED_STATUS:
            return Result(REJECTED, code="6", reply=str(data.get("extendStatus", "")), permanent=True)
        return Result(ACCEPTED, provider_key=str(data["id"]), cost=roubles(data.get("cost")))

    def check(self) -> str:
        told = self._asked("/balance", {})
        if told.get("success") is not True or "balance" not in (told.get("data") or {}):
            raise self.unclear(str(told.get("message") or ""))
        return self.works(told["data"]["balance"])

    def can_seek(self, sought: Sought) -> bool:
        """A message whose answer was lost has a number that nobody told us."""
        return sought.provider_key.isascii() and sought.provider_key.isdecimal()

    def lookup(self, sought: Iterable[Sought]) -> Iterator[Found]:
        with self.borrowed():
            for one in sought:
                told = self._asked("/sms/status", {"id": int(one.provider_key)})
                data = told.get("data")
                number = data.get("status") if isinstance(data, dict) else None
                if isinstance(number, int) and number in STATUSES:
                    reason = str(data.get("extendStatus", ""))
                    status = STATUSES[number]
                    yield Found(one.id, Report(one.provider_key, status, datetime.now(UTC), reason=reason, raw=data))

    def _method(self, path: str, fields: Mapping[str, Any]) -> Call:
        secret = self.credentials
        pair = f"{secret.get('login', '')}:{secret.get('key', '')}".encode()
        headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        return post_json(self.address(path), fields, headers)

    def _asked(self, path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.ask(self._method(path, fields)).json()
        except ValueError as error:
            raise self.unclear(_("the answer is not JSON")) from error


def refusal(told: Mapping[str, Any]) -> Result:
    """What an answer without success says. Raises KeyError for one that says nothing at all."""
    word = str(told["result"] if "result" in told else told["success"])
    kind, action = WORDS.get(word, (REJECTED, Action.NONE))
    reply = str(told.get("reason") or told.get("message") or "")
    return Result(kind, code=word, reply=reply, permanent=kind == REJECTED, action=action)
