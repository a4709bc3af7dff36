"""Devino, SMS by `POST /sms/messages` (https://docs.devino.online/ru/http/sms/): many messages in a call, a code for each.

The callback's address goes with every message, and our id under `options`, which the callback brings back. Not verified:
which codes besides OK there are, and the names of statuses and times in a callback. What a code asks for is therefore a
table in the account's options; one that is not there refuses its message alone.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.doors import address_of
from channels.providers.base import (
    ACCEPTED,
    UNKNOWN,
    Action,
    Addressed,
    Capabilities,
    Option,
    Report,
    Request,
    Result,
    Told,
)
from channels.providers.code_table import LATER, CodeTable, codes_option, refusal
from channels.providers.http_provider import WIRE_OPTIONS, HttpProvider, post_json
from channels.providers.http_sms_provider import SmsProvider, phone_digits, sms_text
from channels.providers.http_wire import Answer, Call

OK = "OK"
MOST = 32_000  # messages in a call

CODES = {
    "INVALID_DESTINATION_ADDRESS": Action.MARK_CONTACT.value,
    "INVALID_SOURCE_ADDRESS": Action.PAUSE_CAMPAIGN.value,
    "INVALID_TEXT": Action.PAUSE_CAMPAIGN.value,
    "NOT_ENOUGH_BALANCE": Action.STOP_ACCOUNT.value,
    "THROTTLED": LATER,
    "INTERNAL_ERROR": LATER,
}
STATUSES: Mapping[str, str] = {
    "ENQUEUED": "queued",
    "SENT": "sent",
    "DELIVERED": "delivered",
    "READ": "opened",
    "CLICKED": "clicked",
    "EXPIRED": "expired",
    "UNDELIVERED": "failed",
    "REJECTED": "failed",
    "DELETED": "failed",
}
PRIORITIES = (
    ("LOW", _lazy("low, advertising")),
    ("MEDIUM", _lazy("medium, advertising")),
    ("HIGH", _lazy("high, service messages")),
    ("REALTIME", _lazy("highest, codes and transactions")),
)


class DevinoMethods(CodeTable):
    """Key, balance, batches and answers, which all channels of Devino have in common."""

    width = 500  # the calls of one chunk
    batch_limit = MOST
    title = "Devino"
    bounds: ClassVar[dict[str, tuple[float, float]]] = HttpProvider.bounds | {"batch": (1, MOST), "window": (1, 8)}
    options: ClassVar[dict[str, object]] = {
        "url": "https://api.devino.online",
        "callbacks": Option(
            True, label=_lazy("Statuses are sent to us"), help=_lazy("The address goes with each message.")
        ),
        "batch": Option(
            100, label=_lazy("Messages in a call"), help=_lazy("So many are unknown when an answer is lost.")
        ),
        "codes": codes_option(CODES),
        "balance_path": Option("/billing-api/companies/current/account", label=_lazy("Method that tells the balance")),
        **WIRE_OPTIONS,
        "window": Option(2, label=_lazy("Calls at one time")),
    }
    secrets: ClassVar[dict[str, str | Promise | Option]] = {"key": _lazy("API key")}
    codes = CODES
    path: ClassVar[str] = ""
    echo: ClassVar[str] = "options"  # what the callback brings back
    callback: ClassVar[str] = "callbackUrl"

    def entry(self, message: Addressed) -> dict[str, Any]:
        """The message as an element of the call. Raises ValueError."""
        raise NotImplementedError

    def batch_size(self) -> int:
        return int(self.number("batch"))

    def call_for(self, batch: Sequence[Addressed]) -> Call:
        entries = [self.entry(message) | {self.echo: {"id": str(message.id)}} for message in batch]
        if self.option("callbacks"):
            entries = [entry | {self.callback: address_of(self.account)} for entry in entries]
        return post_json(self.address(self.path), {"messages": entries}, self._authorization())

    def read(self, batch: Sequence[Addressed], answer: Answer) -> Sequence[Result]:
        return [self._result(one) for one in answer.json()["result"]]

    def _result(self, told: Any) -> Result:
        """One that cannot be read is unknown alone: the others of its call have theirs."""
        if not isinstance(told, dict) or not told.get("code"):
            return Result(UNKNOWN, code="unreadable")
        code = str(told["code"])
        if code == OK:
            return Result(ACCEPTED, provider_key=str(told.get("messageId") or ""))
        reply = str(told.get("description") or told.get("reasons") or "")
        return refusal(self.wanted(code) or Action.NONE.value, code=code, reply=reply)

    def check(self) -> str:
        answer = self.ask(Call("GET", self.address(str(self.option("balance_path"))), self._authorization()))
        try:
            return self.works(answer.json()["result"]["account"]["balance"])
        except (ValueError, LookupError, TypeError) as error:
            raise self.unclear(_("the balance is not where it was")) from error

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Key {self.credentials.get('key', '')}"}

    def reports(self, request: Request) -> Told:
        """A status, or a list of them. Devino signs nothing: the address is the secret."""
        told = json.loads(request.body or b"[]")
        each = told if isinstance(told, list) else [told]
        found = [_report(one, self.echo, request.received_at) for one in each]
        return Told(reports=[report for report in found if report])


class DevinoProvider(DevinoMethods, SmsProvider):
    options: ClassVar[dict[str, object]] = {
        "url": DevinoMethods.options["url"],
        "priority": Option("MEDIUM", label=_lazy("Priority"), choices=PRIORITIES),
        **DevinoMethods.options,
    }
    capabilities = Capabilities(tells_delivered=True, max_length=17_085)
    path = "/sms/messages"

    def entry(self, message: Addressed) -> dict[str, Any]:
        return {
            "from": self.sender_of(message),
            "to": phone_digits(message.to),
            "text": sms_text(message),
            "priority": str(self.option("priority")),
        }


def _report(told: Mapping[str, Any], echo: str, received_at: datetime) -> Report | None:
    """None for a status that we have no word for. Raises ValueError when it is no status at all."""
    if not isinstance(told, dict) or not told.get("messageId"):
        raise ValueError("not a status")
    status = STATUSES.get(str(told.get("status")).upper())
    if status is None:
        return None
    echoed = told.get(echo)
    ours = str(echoed.get("id", "")) if isinstance(echoed, dict) else ""
    return Report(
        str(told["messageId"]),
        status,
        _moment(told.get("time"), received_at),
        reason=str(told.get("errorCode") or ""),
        message_id=int(ours) if ours.isascii() and ours.isdecimal() else 0,
        raw={name: value for name, value in told.items() if name not in {"to", "phone", "address"}},
    )


def _moment(told: object, otherwise: datetime) -> datetime:
    """ISO 8601 with its zone, else when we heard of it."""
    found = parse_datetime(str(told)) if told else None
    return otherwise if found is None or is_naive(found) else found
