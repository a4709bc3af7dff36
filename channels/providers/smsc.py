"""SMSC.ru over HTTP (https://smsc.ru/api/http/).

Either an API key, or a log-in and its password; `callback` is the word that the cabinet signs status callbacks with.
A message goes under our own id, which SMSC takes up to 2³¹ − 1; ids need not be unique there, so an account that other
programs send through too turns `own_ids` off, or their reports would be taken for ours.
Not verified: the codes 5 to 9 (from public clients), and how many calls SMSC takes at once: hence a narrow window. A
message that is asked about too often, or a second list within a minute, is answered with an error. What people write to
the number that the account rents is asked for (https://smsc.ru/api/http/get_data/inbox/); the hour that it tells is taken
for Moscow's, which the page does not say.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    Action,
    Addressed,
    BadSignature,
    Capabilities,
    Found,
    Incoming,
    Option,
    Report,
    Request,
    Result,
    Sought,
    Told,
)
from channels.providers.http_provider import WIRE_OPTIONS, roubles
from channels.providers.http_sms_provider import SmsProvider, phone_digits, sms_text
from channels.providers.http_wire import Answer, Call
from channels.providers.replies import TellsReplies

LONGEST_ID = 2**31 - 1

# error_code: (kind, what it asks for). Whatever is not here was refused, or there would be no code.
ERRORS: Mapping[int, tuple[str, Action]] = {
    1: (REJECTED, Action.PAUSE_CAMPAIGN),  # parameters: all messages have the same
    2: (DEFERRED, Action.STOP_ACCOUNT),  # log-in, password, or an address that may not use them
    3: (DEFERRED, Action.STOP_ACCOUNT),  # no money
    4: (DEFERRED, Action.STOP_ACCOUNT),  # our address is blocked, after many wrong calls
    5: (REJECTED, Action.PAUSE_CAMPAIGN),  # the date
    6: (REJECTED, Action.PAUSE_CAMPAIGN),  # the text or the sender is forbidden
    7: (REJECTED, Action.MARK_CONTACT),  # not a phone
    8: (REJECTED, Action.NEXT_CHANNEL),  # cannot be delivered to this number
    9: (DEFERRED, Action.NONE),  # too many alike, or too many at once
}
WRONG_LOGIN = 2

STATUSES: Mapping[int, str] = {
    -2: "failed",  # stopped
    -1: "queued",
    0: "sent",
    1: "delivered",
    2: "opened",
    3: "expired",
    4: "clicked",
    20: "failed",
    22: "bounced",  # the number is wrong
    23: "failed",  # forbidden
    24: "failed",  # no money
    25: "failed",  # the phone is out of reach
}


NOTHING_FOUND = 3  # of lists
ASKED_HOURS = 72  # what came while nobody asked is not lost; a message told again has no effect
ASKED_MOST = 10_000  # theirs
MOSCOW = ZoneInfo("Europe/Moscow")

NOT_FOUND = -3
TURNED_DOWN = (23, 24)  # forbidden, or not paid for: nothing was sent


class SmscProvider(TellsReplies, SmsProvider):
    title = "SMSC.ru"
    lookups_a_minute = 100  # in one call: SMSC takes one about many messages a minute
    secrets: ClassVar[dict[str, str | Promise | Option]] = {
        "key": _lazy("API key"),
        "login": _lazy("Login, where there is no key"),
        "password": _lazy("Password, where there is no key"),
        "callback": _lazy("Secret word of status callbacks"),
    }
    options: ClassVar[dict[str, object]] = {
        "url": "https://smsc.ru",
        "own_ids": Option(
            True,
            label=_lazy("Messages go under our own numbers"),
            help=_lazy("Turn it off when other programs send through the same account of SMSC."),
        ),
        **WIRE_OPTIONS,
        "window": Option(10, label=_lazy("Calls at one time")),
        "inbox_number": Option(
            label=_lazy("Number that people may write to"),
            help=_lazy(
                "One that you rent at SMSC: its messages are asked for every two minutes. Empty: there is none."
            ),
        ),
    }
    capabilities = Capabilities(tells_delivered=True, tells_opened=True, looks_up=True, max_length=1000)

    def call_of(self, message: Addressed) -> Call:
        fields = {
            "phones": phone_digits(message.to),
            "mes": sms_text(message),
            "sender": self.sender_of(message),
            "cost": "3",  # send, and say the price
        }
        if self.option("own_ids") and message.id <= LONGEST_ID:
            fields["id"] = str(message.id)
        return self._method("send", fields)

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        if "error_code" in told:
            code = int(told["error_code"])
            kind, action = ERRORS.get(code, (REJECTED, Action.NONE))
            reply = str(told.get("error", ""))
            return Result(kind, code=str(code), reply=reply, permanent=kind == REJECTED, action=action)
        return Result(ACCEPTED, provider_key=str(told["id"]), cost=roubles(told.get("cost")))

    def check(self) -> str:
        told = self._asked("balance", {})
        if told.get("error_code") == WRONG_LOGIN:
            raise self.refused(str(told.get("error", "")))
        if "balance" not in told:
            raise self.unclear(str(told.get("error", "")))
        return self.works(told["balance"])

    def can_seek(self, sought: Sought) -> bool:
        """Under our own id even where the answer was lost; SMSC wants the phone too."""
        return bool(_seeking(sought.to)) and bool(self._number_of(sought))

    def lookup(self, sought: Iterable[Sought]) -> Iterator[Found]:
        """Reports bear the number alone, as `send` and callbacks do."""
        with self.borrowed():
            waiting = iter(sought)
            while batch := list(islice(waiting, self.lookups_a_minute)):
                yield from self._looked_up({self._number_of(one): one for one in batch})

    def _looked_up(self, sought: Mapping[str, Sought]) -> Iterator[Found]:
        phones = [_seeking(one.to) for one in sought.values()]
        # The comma at the end asks for a list, whatever the number of messages.
        answer = self.ask(self._method("status", {"id": ",".join(sought) + ",", "phone": ",".join(phones) + ","}))
        for entry in self._entries(answer.body):
            one = sought.get(str(entry.get("id"))) if isinstance(entry, dict) else None
            if one is not None and (found := self._found(one, entry)):
                yield found

    def _entries(self, body: bytes) -> list[Any]:
        """What is known of each message; a fault of the whole question comes as an object."""
        try:
            told = json.loads(body.decode())
        except (ValueError, RecursionError) as error:
            raise self.unclear(_("the answer is not JSON")) from error
        if isinstance(told, list):
            return told
        fault = told if isinstance(told, dict) else {}
        if fault.get("error_code") == NOTHING_FOUND:
            return []
        is_login = fault.get("error_code") == WRONG_LOGIN
        raise (self.refused if is_login else self.unclear)(str(fault.get("error", "")))

    def _found(self, one: Sought, told: Mapping[str, Any]) -> Found | None:
        status = told.get("status")
        if status == NOT_FOUND:
            return Found(one.id)
        if (
            not isinstance(status, int)
            or status not in STATUSES
            or str(told.get("phone", "")).lstrip("+") != _seeking(one.to)
        ):
            return None
        report = self._report(self._number_of(one), told, told.get("last_timestamp"), datetime.now(UTC))
        return Found(one.id, report, REJECTED if status in TURNED_DOWN else ACCEPTED)

    def _number_of(self, one: Sought) -> str:
        """What SMSC knows the message by; '' where nobody told us."""
        if one.provider_key:
            return one.provider_key if one.provider_key.isascii() and one.provider_key.isdecimal() else ""
        return str(one.id) if self.option("own_ids") and one.id <= LONGEST_ID else ""

    def replies(self, asked_at: datetime) -> list[Incoming]:
        """None where the account has no number."""
        number = "".join(filter(str.isdecimal, str(self.option("inbox_number"))))
        if not number:
            return []
        fields = {"get_answers": "1", "to_phone": number, "hour": str(ASKED_HOURS), "cnt": str(ASKED_MOST)}
        entries = self._entries(self.ask(self._method("get", fields)).body)
        return [
            _written(one, asked_at)
            for one in entries
            if isinstance(one, dict) and {"id", "phone", "message"} <= one.keys()
        ]

    def reports(self, request: Request) -> Told:
        given = dict(request.query)
        pairs = parse_qs(request.body.decode(), keep_blank_values=True)
        given |= {name: values[0] for name, values in pairs.items()}
        self._verify(given)
        if int(given["status"]) not in STATUSES:
            return Told()
        return Told(reports=[self._report(given["id"], given, given.get("ts"), request.received_at)])

    def _verify(self, given: Mapping[str, str]) -> None:
        """The callback bears md5 or sha1 of `id:phone:status:secret`, whichever the cabinet was told."""
        word = self.credentials.get("callback", "")
        names = [given.get(name, "") for name in ("id", "phone", "status")]
        signed = ":".join([*names, word]).encode()
        for name, algorithm in (("sha1", hashlib.sha1), ("md5", hashlib.md5)):
            if name in given and word and all(names):
                expected = algorithm(signed, usedforsecurity=False).hexdigest()
                if hmac.compare_digest(expected.encode(), given[name].lower().encode()):
                    return
        raise BadSignature

    def _method(self, name: str, fields: Mapping[str, str]) -> Call:
        secret = self.credentials
        who = {"login": secret.get("login", ""), "psw": secret.get("password", "")}
        if secret.get("key"):
            who = {"apikey": secret["key"]}
        body = urlencode({**who, **fields, "fmt": "3", "charset": "utf-8"})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Call("POST", self.address(f"/sys/{name}.php"), headers, body.encode())

    def _asked(self, name: str, fields: Mapping[str, str]) -> dict[str, Any]:
        answer = self.ask(self._method(name, fields))
        try:
            return answer.json()
        except ValueError as error:
            raise self.unclear(_("the answer is not JSON")) from error

    def _report(self, key: str, told: Mapping[str, Any], at: object, otherwise: datetime) -> Report:
        """`at` is Unix time, where SMSC tells it."""
        moment = str(at)
        is_told = moment.isascii() and moment.isdecimal() and len(moment) <= 10
        return Report(
            key,
            STATUSES[int(told["status"])],
            datetime.fromtimestamp(int(moment), UTC) if is_told else otherwise,
            reason=str(told.get("err", "")),
            message_id=int(key) if self.option("own_ids") and int(key) <= LONGEST_ID else 0,
            raw={name: value for name, value in told.items() if name not in {"md5", "sha1", "phone"}},
        )


def _seeking(phone: str) -> str:
    """The phone as SMSC has it; '' for what is none."""
    try:
        return phone_digits(phone)
    except ValueError:
        return ""


def _written(entry: Mapping[str, Any], asked_at: datetime) -> Incoming:
    try:
        told = datetime.strptime(str(entry.get("received", "")), "%d.%m.%Y %H:%M:%S").replace(tzinfo=MOSCOW)
    except ValueError:
        told = asked_at
    raw = {name: value for name, value in entry.items() if name != "phone"}
    return Incoming(f"in-{entry['id']}", str(entry["phone"]), str(entry["message"]), min(told, asked_at), raw)
