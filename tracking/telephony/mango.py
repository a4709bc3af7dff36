"""Mango Office, API of the virtual PBX 1.9: every request is a form with the key, a JSON text and its signature.

Statistics are asked for and fetched by key a while later (204: not yet), at most a month at a time, as CSV without headers.
A line of it is a leg: a call that was passed on has several under one `entry_id`. Moments are Unix time.
"""

import csv
import io
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.audiences.calling import FORM_TYPE, part, unreadable, words_in
from channels.audiences.errors import ComeLater, KeysRefused, ServiceError
from channels.providers.base import Option, Request
from channels.providers.http_wire import Answer
from channels.providers.http_wire import Call as HttpCall
from tracking.numbers import normalised
from tracking.telephony import mango_legs, mango_notices
from tracking.telephony.base import Cells, OfferedNumber, Recorded
from tracking.telephony.calling import HttpCallTracking

PAUSE = 5.0  # seconds between two questions whether statistics are ready
PATIENCE = 24  # such questions; then the account comes later
PAGE = 1000  # calls handed on at once
# Legs of a call that began before a window, or go on after it, are asked for as well: the call is told whole.
MARGIN = timedelta(hours=2)
DONE = 1000
KEY_REFUSED = {3102, 3105}  # the signature is not of this key; the key is unknown
NO_MONEY = range(2000, 3000)
OURS = range(3000, 5000)  # it does not understand us


class Mango(HttpCallTracking):
    options = {
        "url": Option("https://app.mango-office.ru/vpbx", label=gettext_lazy("Address of the service")),
        "timeout": Option(60, label=gettext_lazy("Wait for an answer, seconds")),
    }
    secrets = {
        "key": Option(
            label=gettext_lazy("Unique code of your PBX"),
            help=gettext_lazy("In the cabinet: Integrations → API connector."),
        ),
        "salt": Option(
            label=gettext_lazy("Key for the signature"),
            help=gettext_lazy("In the cabinet: Integrations → API connector."),
        ),
    }
    window = timedelta(days=7)
    tells_numbers = True
    record_hosts = ("mango-office.ru",)
    hears = True
    notice_help = gettext_lazy(
        "In the cabinet: Integrations → API connector, “Address of the external system”. The service adds the name of the event to it; each notification is signed."
    )

    def calls(self, since: datetime, until: datetime) -> Iterator[list[Cells]]:
        legs: dict[str, list[Mapping[str, str]]] = defaultdict(list)
        for leg in self._statistics(since - MARGIN, until + MARGIN):
            legs[leg["entry_id"]].append(leg)
        calls = (mango_legs.cells_of(each, self.written) for each in legs.values() if mango_legs.is_of_a_customer(each))
        within: list[Cells] = [each for each in calls if self.is_within(each, since, until)]
        for first in range(0, len(within), PAGE):
            yield within[first : first + PAGE]

    def numbers(self) -> list[OfferedNumber]:
        lines = self._ask("/incominglines", {})
        told = [
            (normalised(str(line.get("number") or "")), str(line.get("comment") or line.get("name") or ""))
            for line in part(lines, "lines")
        ]
        return [OfferedNumber(number, name[:120]) for number, name in told if number]

    def check(self) -> str:
        return _("The key is accepted. Numbers of the account: %(count)s.") % {"count": len(self.numbers())}

    def hear(self, request: Request, *, event: str, address: str | None) -> str:
        return mango_notices.key_of(event, mango_notices.opened(request.body, self.secret("key"), self.secret("salt")))

    def kept(self, request: Request) -> bytes:
        """What is signed, without the key that came with it."""
        return mango_notices.signed_part(request.body)

    def said_by(self, notices: Sequence[bytes]) -> Cells:
        return mango_notices.cells_of([json.loads(body) for body in notices], self.written)

    def _statistics(self, since: datetime, until: datetime) -> Iterator[Mapping[str, str]]:
        wanted = {"date_from": str(int(since.timestamp())), "date_to": str(int(until.timestamp()))}
        key = part(self._ask("/stats/request", {**wanted, "fields": ",".join(mango_legs.FIELDS)}), "key")
        for _time in range(PATIENCE):
            time.sleep(PAUSE)
            answer = self._call("/stats/result", {"key": key})
            if answer.status != HTTPStatus.NO_CONTENT:
                return self._legs(answer.text())
        raise ComeLater(_("The service is still counting: reading goes on by itself."), seconds=60)

    def _legs(self, text: str) -> Iterator[Mapping[str, str]]:
        if text.lstrip().startswith("{"):
            self._look_for_error(json_of(text))
            raise unreadable()
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=";"):
            if len(cells) != len(mango_legs.FIELDS):
                raise unreadable()
            if cells[0] != mango_legs.FIELDS[0]:  # some accounts are told the names of the columns
                yield dict(zip(mango_legs.FIELDS, cells, strict=True))

    def _ask(self, path: str, content: Mapping[str, Any]) -> Any:
        told = json_of(self._call(path, content).text())
        self._look_for_error(told)
        return told

    def recording(self, told: Recorded, name: str) -> HttpCall:
        body = self._signed({"recording_id": name, "action": "play"})
        return HttpCall("POST", f"{self.api.base_url}/queries/recording/post", {"Content-Type": FORM_TYPE}, body)

    def _call(self, path: str, content: Mapping[str, Any]) -> Answer:
        return self.api.call("POST", path, body=self._signed(content), content_type=FORM_TYPE)

    def _signed(self, content: Mapping[str, Any]) -> bytes:
        text = json.dumps(content, ensure_ascii=False)
        key = self.secret("key")
        return urlencode(
            {"vpbx_api_key": key, "sign": signature(key, text, self.secret("salt")), "json": text}
        ).encode()

    def _look_for_error(self, told: Any) -> None:
        """Errors stand inside 200: a `result` that is not 1000, or a `status` as of HTTP."""
        if not isinstance(told, dict):
            raise unreadable()
        code = told.get("result", DONE)
        said = self.api.harmless(" ".join(str(each) for each in (code, words_in(told)) if each))
        if code != DONE:
            raise _refusal(code, said)
        if "status" in told:
            raise self.error_inside(told, words_in(told))


def signature(key: str, text: str, salt: str) -> str:
    return sha256(f"{key}{text}{salt}".encode()).hexdigest()


def json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise unreadable() from error


def _refusal(code: object, said: str) -> ServiceError:
    if code in KEY_REFUSED:
        return KeysRefused(_("The service refuses the key: %(said)s") % {"said": said}, permanent=True)
    if code in NO_MONEY:
        return ServiceError(
            _("The account has no money at the provider, or is blocked: %(said)s") % {"said": said}, permanent=True
        )
    if code in OURS:
        return ServiceError(_("The service refuses: %(said)s") % {"said": said}, permanent=True)
    return ServiceError(_("The service asks to come later: %(said)s") % {"said": said})
