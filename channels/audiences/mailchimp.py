"""Mailchimp: a list ("audience") of subscribers.

mailchimp.com/developer: 500 members a call; an answer of 200 carries `errors`, one for each member that was refused.
Nobody is subscribed anew who left over there: who is unsubscribed or was cleaned (letters came back) is refused here
before the call. Off the list means archived, not unsubscribed: the latter would come back to us as a refusal.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.audiences.calling import HttpListService, part
from channels.audiences.errors import NotThere
from channels.audiences.words import grouped
from channels.providers.base import Option

MOST = 500  # members a call
PAGE = 1000  # members of an answer, the most there are
LEFT = {
    "unsubscribed": gettext_lazy("unsubscribed at the service"),
    "cleaned": gettext_lazy("letters to it come back, says the service"),
}
EMAIL = "email_address"


class Mailchimp(HttpListService):
    kinds = {"email": "email"}
    batch = 5000  # who left over there is asked once for each
    audience_help = gettext_lazy("Mailchimp: the ID of the audience (Audience → Settings → Audience ID).")
    options = {
        "url": Option(
            "",
            label=gettext_lazy("Address of the service"),
            help=gettext_lazy("Empty: that of the data centre named at the end of the key."),
        ),
        "timeout": Option(120, label=gettext_lazy("Wait for an answer, seconds")),
    }
    secrets = {"key": Option(label=gettext_lazy("API key"), help=gettext_lazy("It ends in the data centre: “…-us21”."))}

    def base_url(self) -> str:
        return super().base_url() or f"https://{self.secret('key').rpartition('-')[2]}.api.mailchimp.com/3.0"

    def headers(self) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"krug:{self.secret('key')}".encode()).decode()}

    def pack(self, kind: str, values: Sequence[str]) -> bytes:
        members = [{EMAIL: value, "status": "subscribed"} for value in values]
        return json.dumps({"members": members, "update_existing": True}).encode()

    def opt_outs(self, audience: str) -> Iterable[str]:
        return list(self._members(audience, "unsubscribed"))

    def add(self, audience: str, kind: str, values: Sequence[str]) -> dict[str, str]:
        refused: dict[str, str] = {}
        for status, reason in LEFT.items():
            gone = set(self._members(audience, status))
            refused |= {value: str(reason) for value in values if value in gone}
        wanted = [value for value in values if value not in refused]
        for start in range(0, len(wanted), MOST):
            refused |= self._subscribe(audience, wanted[start : start + MOST])
        return refused

    def remove(self, audience: str, kind: str, values: Sequence[str]) -> None:
        for value in values:
            member = hashlib.md5(value.lower().encode(), usedforsecurity=False).hexdigest()  # their id of a member
            try:
                self.api.call("DELETE", f"/lists/{audience}/members/{member}")
            except NotThere:
                continue

    def told(self, audience: str) -> str:
        count = part(self.api.get(f"/lists/{audience}", {"fields": "stats"}), "stats", "member_count")
        return _("Subscribed over there: %(count)s.") % {"count": grouped(count)}

    def check(self) -> str:
        self.api.get("/ping")
        return _("The key is accepted.")

    def _subscribe(self, audience: str, values: Sequence[str]) -> dict[str, str]:
        told = self.api.told(self.api.call("POST", f"/lists/{audience}", body=self.pack("email", values)))
        errors = part(told, "errors")
        return {part(one, EMAIL).lower(): self.api.harmless(one.get("error", "")) for one in errors}

    def _members(self, audience: str, status: str) -> Iterator[str]:
        offset = 0
        while True:
            query = {"status": status, "count": PAGE, "offset": offset, "fields": f"members.{EMAIL},total_items"}
            told = self.api.get(f"/lists/{audience}/members", query)
            yield from (part(member, EMAIL).strip().lower() for member in part(told, "members"))
            offset += PAGE
            if offset >= part(told, "total_items"):
                return
