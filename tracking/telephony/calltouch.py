"""Calltouch: the diary of calls (a GET a page, JSON), and its webhooks (a form, or a query).

The token stands in the address of every request. Days are `dd/mm/yyyy` by the clock of the site, both inclusive, one at a
time unless the tariff allows more; a page has up to 1,000 calls. Webhooks are not signed: they come from one network.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.audiences.calling import part
from channels.providers.base import Option, Request
from channels.providers.http_wire import Call as HttpCall
from tracking.telephony.base import WRITTEN, Cells, Recorded, call_key, let_in, whole
from tracking.telephony.calling import HttpCallTracking

PAGE = 1000
DAY = "%d/%m/%Y"
TIME = "%d/%m/%Y %H:%M:%S"
FIELDS = 60  # of a notification
# The parameters that a webhook must have: people choose them in the cabinet.
PARAMETERS = (
    "id",
    "timestamp",
    "callphase",
    "callerphone",
    "phonenumber",
    "duration",
    "waiting_time",
    "status",
    "reclink",
)
UTM = {"utm_source": "utmSource", "utm_medium": "utmMedium", "utm_campaign": "utmCampaign"}
ENDED = {"callcompleted", "calldisconnected", "calllost"}


class Calltouch(HttpCallTracking):
    options = {
        "site": Option(
            label=gettext_lazy("Number of the site"),
            help=gettext_lazy("In the cabinet: Integrations → Sending data to other systems → API."),
            required=True,
        ),
        "url": Option("https://api.calltouch.ru", label=gettext_lazy("Address of the service")),
        "timeout": Option(60, label=gettext_lazy("Wait for an answer, seconds")),
        "addresses": Option(
            ("92.118.66.0/23",),
            label=gettext_lazy("Notifications come from these addresses"),
            help=gettext_lazy("IP addresses or networks of the provider, one a line. Empty: from any."),
        ),
    }
    secrets = {
        "token": Option(
            label=gettext_lazy("Token of the API"),
            help=gettext_lazy("In the cabinet: Integrations → Sending data to other systems → API."),
        )
    }
    record_hosts = ("calltouch.ru",)
    hears = True
    notice_help = gettext_lazy(
        "In the cabinet: Integrations → Sending data to other systems → Webhooks: the beginning and the end of a call; its method, address and parameters:"
    )
    notice_template = "\n".join(PARAMETERS)

    def calls(self, since: datetime, until: datetime) -> Iterator[list[Cells]]:
        page = pages = 1
        while page <= pages:
            told = self._ask(since, until, page=page, limit=PAGE, withCallTags="true")
            records = self.told_part(told, "records")
            pages = int(part(told, "pageTotal"))
            cells = [cells_of(record) for record in records]
            if some := [each for each in cells if self.is_within(each, since, until)]:
                yield some
            page += 1

    def check(self) -> str:
        now = datetime.now(self.zone)
        self.told_part(self._ask(now, now, page=1, limit=1), "records")
        return _("The key is accepted.")

    @classmethod
    def recorded(cls, told: Recorded) -> list[str]:
        """The diary does not say which calls have one: those in which people talked."""
        return [told.key] if told.talk_seconds else []

    def recording(self, told: Recorded, name: str) -> HttpCall:
        query = urlencode({"clientApiId": self.secret("token")})
        return HttpCall("GET", f"{self.api.base_url}{self._diary}/{quote(name, safe='')}/download?{query}")

    def hear(self, request: Request, *, event: str, address: str | None) -> str:
        let_in(address, self.option("addresses"))
        return call_key(fields_of(self.kept(request)).get("id", ""))

    def kept(self, request: Request) -> bytes:
        """A webhook may be a GET: what it says stands in the query."""
        return request.body or urlencode(request.query).encode()

    def said_by(self, notices: Sequence[bytes]) -> Cells:
        return self._said([fields_of(body) for body in notices])

    @property
    def _diary(self) -> str:
        return f"/calls-service/RestAPI/{quote(str(self.option('site')), safe='')}/calls-diary/calls"

    def _ask(self, since: datetime, until: datetime, **query: object) -> Any:
        last = max(until - timedelta(microseconds=1), since)
        days = {name: at.astimezone(self.zone).strftime(DAY) for name, at in (("dateFrom", since), ("dateTo", last))}
        return self.api.get(self._diary, {"clientApiId": self.secret("token"), **days, **query})

    def _said(self, notices: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """Their order is of no account: what is told once stays, and the longest talk counts."""
        talk, waited = (max(whole(told.get(name)) for told in notices) for name in ("duration", "waiting_time"))
        has_ended = any(told.get("callphase") in ENDED for told in notices)
        began = min((at for told in notices if (at := whole(told.get("timestamp")))), default=0)
        return {
            "id": call_key(_first(notices, "id")),
            "start_time": self._moment(began),
            "finish_time": self._moment(began + waited + talk) if began and has_ended else "",
            "is_lost": has_ended and not talk,
            "talk_duration": talk,
            "wait_duration": waited,
            "contact_phone_number": _first(notices, "callerphone"),
            "virtual_phone_number": _first(notices, "phonenumber"),
            "recording": _first(notices, "reclink"),
        }

    def _moment(self, seconds: int) -> str:
        try:
            return self.written(datetime.fromtimestamp(seconds, self.zone)) if seconds else ""
        except (ValueError, OverflowError, OSError):
            raise ValueError("no time of a call") from None


def cells_of(record: Mapping[str, Any]) -> Cells:
    """A call of the diary. `phoneNumber` is the number called, `redirectNumber` where it was passed on to."""
    is_answered = bool(record.get("successful"))
    return {
        "id": record.get("callId"),
        "start_time": _clock(str(record.get("date") or "")),
        "is_lost": not is_answered,
        "talk_duration": record.get("duration") if is_answered else 0,
        "wait_duration": record.get("waitingConnect"),
        "contact_phone_number": record.get("callerNumber"),
        "virtual_phone_number": record.get("phoneNumber"),
        "employee_full_name": record.get("manager"),
        "tags": [name for each in record.get("callTags") or () for name in each.get("names") or ()],
        "source": record.get("source"),
        "campaign_name": record.get("subPoolName"),
        **{name: record.get(theirs) for name, theirs in UTM.items()},
    }


def fields_of(body: bytes) -> dict[str, str]:
    """Raises ValueError when it is no form."""
    return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS))


def _clock(text: str) -> str:
    """What cannot be read stays, so that the row says so."""
    try:
        return datetime.strptime(text, TIME).strftime(WRITTEN)
    except ValueError:
        return text


def _first(notices: Sequence[Mapping[str, str]], name: str) -> str:
    """The same whatever came first."""
    return next((told[name] for told in sorted(notices, key=lambda told: sorted(told.items())) if told.get(name)), "")
