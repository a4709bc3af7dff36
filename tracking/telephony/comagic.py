"""CoMagic and UIS: the Data API 2.0 (JSON-RPC 2.0), the same words under two addresses.

comagic.github.io: an error comes inside HTTP 200; `limit` up to 10,000, `offset` up to 100,000, a period up to three
months; times are the account's, without a zone; each answer tells what is left of the limits.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.audiences.calling import ASK_AGAIN, part, unreadable
from channels.audiences.errors import ComeLater, KeysRefused, ServiceError
from channels.providers.base import Option, Request
from channels.providers.http_wire import Call as HttpCall
from tracking.numbers import normalised
from tracking.telephony import comagic_notices
from tracking.telephony.base import Cells, OfferedNumber, Recorded, let_in
from tracking.telephony.calling import HttpCallTracking

PAGE = 5000  # calls of an answer
FARTHEST = 100_000  # the last call of a period that can be asked for
SHORTEST = timedelta(minutes=1)  # a period that is halved no more
KEPT_A_DAY = 20  # requests that a day's limit keeps for whoever looks by hand
FIELDS = (
    "id", "start_time", "finish_time", "finish_reason", "direction", "source", "is_lost", "contact_phone_number",
    "virtual_phone_number", "communication_id", "wait_duration", "total_duration", "talk_duration", "call_records",
    "employees", "last_answered_employee_full_name", "first_answered_employee_full_name", "tags", "campaign_name",
    "site_domain_name", "utm_source", "utm_medium", "utm_campaign",
)  # fmt: skip
LIMIT = -32029
# What an error asks of a person; any other code may pass by itself.
KEY_REFUSED = {-32001}
FOR_A_PERSON: dict[int, str | Promise] = {
    -32003: gettext_lazy("The service does not let us in: allow the address of this server and the Data API for the key."),
    -32008: gettext_lazy("The Data API is not part of the tariff: ask the provider to switch it on."),
    -32009: gettext_lazy("The account is switched off at the provider."),
}  # fmt: skip
OURS = {-32700, -32600, -32601, -32602}  # it does not understand us


class Comagic(HttpCallTracking):
    options = {
        "url": Option("https://dataapi.comagic.ru/v2.0", label=gettext_lazy("Address of the service")),
        "timeout": Option(60, label=gettext_lazy("Wait for an answer, seconds")),
        "records": Option(
            "https://app.comagic.ru/system/media/talk",
            label=gettext_lazy("Address of recordings"),
            help=gettext_lazy("Followed by the number of the communication and of the recording."),
        ),
        "addresses": Option(
            (),
            label=gettext_lazy("Notifications come from these addresses"),
            help=gettext_lazy("IP addresses or networks of the provider, one a line. Empty: from any."),
        ),
    }
    secrets = {
        "token": Option(
            label=gettext_lazy("Permanent key of the Data API"),
            help=gettext_lazy(
                "In the provider's cabinet: Account → Users → API keys. The address of this server must be allowed there."
            ),
        )
    }
    speaks_as_files = True
    tells_numbers = True
    record_hosts = ("comagic.ru", "uiscom.ru")
    hears = True
    notice_help = gettext_lazy(
        "At the provider make a notification for each event of a call; its method, address and body:"
    )
    notice_template = comagic_notices.TEMPLATE

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._numbers_of_requests = count(1)
        self._limits: Mapping[str, Any] = {}

    def calls(self, since: datetime, until: datetime) -> Iterator[list[Cells]]:
        offset = total = 0
        while offset == 0 or offset < total:
            result = self._ask(
                "get.calls_report", date_from=self.written(since), date_till=self.written(until), limit=PAGE, offset=offset,
                include_ongoing_calls=False, fields=FIELDS, sort=[{"field": "start_time", "order": "asc"}],
            )  # fmt: skip
            total = int(part(result, "metadata", "total_items"))
            if total > FARTHEST and until - since > SHORTEST:
                middle = since + (until - since) / 2
                yield from self.calls(since, middle)
                yield from self.calls(middle, until)
                return
            found = part(result, "data")
            if not found:
                return
            yield [cells_of(call) for call in found]
            offset += len(found)

    def numbers(self) -> list[OfferedNumber]:
        found: list[OfferedNumber] = []
        while True:
            result = self._ask("get.virtual_numbers", limit=PAGE, offset=len(found), fields=NUMBER_FIELDS)
            told = part(result, "data")
            found += [OfferedNumber(normalised(str(each["virtual_phone_number"])), name_of(each)) for each in told]
            if not told or len(found) >= int(part(result, "metadata", "total_items")):
                return [each for each in found if each.number]

    def recording(self, told: Recorded, name: str) -> HttpCall:
        """Notifications tell the whole link, the report the number of the recording."""
        if not name.isalnum():
            return super().recording(told, name)
        return HttpCall("GET", f"{str(self.option('records')).rstrip('/')}/{told.communication}/{name}/")

    def hear(self, request: Request, *, event: str, address: str | None) -> str:
        """No signature is known of them: the address of the account is the secret, and theirs may be named."""
        let_in(address, self.option("addresses"))
        return comagic_notices.key_of(comagic_notices.notice_of(request.body))

    def said_by(self, notices: Sequence[bytes]) -> Cells:
        return comagic_notices.cells_of([comagic_notices.notice_of(body) for body in notices])

    def check(self) -> str:
        now = datetime.now(self.zone)
        self._ask(
            "get.calls_report", date_from=self.written(now - timedelta(hours=1)), date_till=self.written(now), limit=1,
            offset=0, fields=("id",),
        )  # fmt: skip
        left = self._limits.get("day_remaining")
        if left is None:
            return _("The key is accepted.")
        return _("The key is accepted. Requests left today: %(left)s.") % {"left": left}

    def _ask(self, method: str, **params: Any) -> Any:
        """`result` of an answer. Raises ServiceError, ComeLater before a limit is overrun."""
        self._wait_for_limits()
        number = next(self._numbers_of_requests)
        asked = {"jsonrpc": "2.0", "id": number, "method": method}
        told = self.api.send_json("POST", "", {**asked, "params": {"access_token": self.secret("token"), **params}})
        if isinstance(told, dict) and isinstance(told.get("error"), dict):
            raise self._refusal(told["error"])
        result = part(told, "result")
        if told.get("id") != number:
            raise unreadable()
        self._limits = part(result, "metadata").get("limits") or {}
        return result

    def _wait_for_limits(self) -> None:
        for span, kept in (("day", KEPT_A_DAY), ("minute", 0)):
            left = self._limits.get(f"{span}_remaining")
            if isinstance(left, int) and left <= min(kept, int(self._limits.get(f"{span}_limit") or 0) // 10):
                raise come_later(self._limits.get(f"{span}_reset"))

    def _refusal(self, error: Mapping[str, Any]) -> ServiceError:
        code, about = error.get("code"), error.get("data")
        about = about if isinstance(about, dict) else {}
        said = self.api.harmless(": ".join(str(each) for each in (about.get("mnemonic"), error.get("message")) if each))
        if code == LIMIT:
            limits = (about.get("metadata") or {}).get("limits") or {}
            return come_later(limits.get("minute_reset"))
        if code in KEY_REFUSED:
            return KeysRefused(_("The service refuses the key: %(said)s") % {"said": said}, permanent=True)
        if code in FOR_A_PERSON:
            return ServiceError(f"{FOR_A_PERSON[code]} ({said})", permanent=True)
        if code in OURS:
            return ServiceError(_("The service refuses: %(said)s") % {"said": said}, permanent=True)
        return ServiceError(_("The service asks to come later: %(said)s") % {"said": said})


class Uis(Comagic):
    options = {
        **Comagic.options,
        "url": Option("https://dataapi.uiscom.ru/v2.0", label=gettext_lazy("Address of the service")),
        "records": Option(
            "https://app.uiscom.ru/system/media/talk",
            label=gettext_lazy("Address of recordings"),
            help=gettext_lazy("Followed by the number of the communication and of the recording."),
        ),
    }


NUMBER_FIELDS = ("virtual_phone_number", "status", "type", "name", "comment", "campaigns")


def come_later(seconds: object) -> ComeLater:
    wait = int(seconds) if isinstance(seconds, int | float) and seconds > 0 else ASK_AGAIN
    return ComeLater(_("The limit of requests is used up: reading goes on by itself."), seconds=wait)


def cells_of(call: Mapping[str, Any]) -> Cells:
    """Lists of things become names."""
    employees = [each for each in call.get("employees") or () if each.get("employee_full_name")]
    answered = [each for each in employees if each.get("is_answered")] or employees
    return {
        **call,
        "employee_full_name": answered[-1]["employee_full_name"] if answered else "",
        "tags": [each["tag_name"] for each in call.get("tags") or () if each.get("tag_name")],
    }


def name_of(number: Mapping[str, Any]) -> str:
    """What people over there call a number: its name, else the campaigns that it stands for."""
    campaigns = ", ".join(str(each.get("campaign_name") or "") for each in number.get("campaigns") or ())
    return str(number.get("name") or campaigns or number.get("comment") or "")[:120]
