"""Callibri: statistics of a site by channel (GET, JSON), up to seven days a request.

Days are `dd.mm.yyyy`, both inclusive; times of calls are ISO 8601 in UTC. A channel has its numbers, and its calls do not say
which of them was dialled: the first one counts, the others are kept beside it. It sends no notifications of calls.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.providers.base import Option
from tracking.telephony.base import WRITTEN, Cells
from tracking.telephony.calling import HttpCallTracking

DAY = "%d.%m.%Y"
IDS = ("id", "uuid", "call_id")


class Callibri(HttpCallTracking):
    options = {
        "email": Option(label=gettext_lazy("E-mail of the account's owner"), required=True),
        "site": Option(
            label=gettext_lazy("Number of the site"),
            help=gettext_lazy("It stands in the address of the project's page in the cabinet."),
            required=True,
        ),
        "url": Option("https://api.callibri.ru", label=gettext_lazy("Address of the service")),
        "timeout": Option(60, label=gettext_lazy("Wait for an answer, seconds")),
    }
    secrets = {
        "token": Option(
            label=gettext_lazy("Token of the API"), help=gettext_lazy("In the cabinet: Settings of the account → API.")
        )
    }
    window = timedelta(days=7)
    record_hosts = ("callibri.ru",)

    def calls(self, since: datetime, until: datetime) -> Iterator[list[Cells]]:
        for channel in self._channels(since, until):
            cells = [cells_of(call, channel, self.zone) for call in channel.get("calls") or ()]
            if some := [each for each in cells if self.is_within(each, since, until)]:
                yield some

    def check(self) -> str:
        now = datetime.now(self.zone)
        channels = self._channels(now, now)
        return _("The key is accepted. Channels of the site: %(count)s.") % {"count": len(channels)}

    def _channels(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        last = max(until - timedelta(microseconds=1), since)
        days = {name: at.astimezone(self.zone).strftime(DAY) for name, at in (("date1", since), ("date2", last))}
        who = {"user_email": self.option("email"), "user_token": self.secret("token"), "site_id": self.option("site")}
        return self.told_part(self.api.get("/site_get_statistics", who | days), "channels_statistics")


def cells_of(call: Mapping[str, Any], channel: Mapping[str, Any], zone: ZoneInfo) -> Cells:
    talk = call.get("duration") or 0
    return {
        "id": key_of(call, channel),
        "start_time": _clock(str(call.get("date") or ""), zone),
        "is_lost": not talk,
        "talk_duration": talk,
        "contact_phone_number": call.get("phone"),
        "virtual_phone_number": ", ".join(str(number) for number in channel.get("numbers") or ()),
        "employee_full_name": call.get("responsible_manager"),
        "tags": [status] if (status := str(call.get("status") or "").strip()) else [],
        "recording": call.get("link_download"),
        "campaign_name": channel.get("name_channel"),
        **{name: call.get(name) for name in ("utm_source", "utm_medium", "utm_campaign")},
    }


def key_of(call: Mapping[str, Any], channel: Mapping[str, Any]) -> str:
    """The number of a call, where the answer has one. Else it is made of what never changes later: when, who and where."""
    for name in IDS:
        if call.get(name):
            return str(call[name])
    made = "|".join(str(each) for each in (call.get("date"), call.get("phone"), channel.get("name_channel")))
    return hashlib.sha256(made.encode("utf-8", "replace")).hexdigest()[:32]


def _clock(text: str, zone: ZoneInfo) -> str:
    """By the clock of the account; what cannot be read stays, so that the row says so."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment.astimezone(zone) if moment.tzinfo else moment).strftime(WRITTEN)
