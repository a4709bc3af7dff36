"""SendGrid Marketing Campaigns: a list of contacts.

Contacts are put by a job (202, then its state is asked); up to 30,000 a call. A job that ended with errors does not say
whose: the contacts are looked up then, and those who are not there were refused. Nobody is put there who unsubscribed or
complained over there. Tokens of a job and its lookup are those of docs.sendgrid.com.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.audiences.base import ServiceError
from channels.audiences.calling import HttpListService, part, unreadable
from channels.audiences.errors import NotThere
from channels.audiences.words import grouped
from channels.providers.base import Option

PAGE = 500
LOOKED_UP = 100  # addresses a search
CONTACTS = "/v3/marketing/contacts"
# Whose owner said no: unsubscribed from everything, or called it spam.
LEFT = ("/v3/suppression/unsubscribes", "/v3/suppression/spam_reports")


class SendGrid(HttpListService):
    kinds = {"email": "email"}
    batch = 10_000  # about 1 MB: far below the limits of 30,000 contacts and 6 MB
    audience_help = gettext_lazy("SendGrid: the ID of the list (the end of its address in the browser).")
    options = {
        "url": Option("https://api.sendgrid.com", label=gettext_lazy("Address of the service"), required=True),
        "job_timeout": Option(300, label=gettext_lazy("Wait for an import over there, seconds")),
        "timeout": Option(60, label=gettext_lazy("Wait for an answer, seconds")),
    }
    secrets = {
        "key": Option(label=gettext_lazy("API key"), help=gettext_lazy("With access to Marketing and Suppressions."))
    }
    pause = 2.0  # seconds between questions about a job

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret('key')}"}

    def pack(self, kind: str, values: Sequence[str]) -> bytes:
        return json.dumps([{"email": value} for value in values]).encode()

    def opt_outs(self, audience: str) -> Iterable[str]:
        return {address for path in LEFT for address in self._suppressed(path)}

    def add(self, audience: str, kind: str, values: Sequence[str]) -> dict[str, str]:
        gone = set(self.opt_outs(audience))
        wanted = [value for value in values if value not in gone]
        refused = {value: _("unsubscribed at the service") for value in values if value in gone}
        if not wanted:
            return refused
        contacts = [{"email": value} for value in wanted]
        told = self.api.send_json("PUT", CONTACTS, {"list_ids": [audience], "contacts": contacts})
        if not self._is_clean(part(told, "job_id")):
            there = self._contacts(wanted)
            refused |= {value: _("refused by the service") for value in wanted if value not in there}
        return refused

    def remove(self, audience: str, kind: str, values: Sequence[str]) -> None:
        ids = list(self._contacts(values).values())
        for start in range(0, len(ids), LOOKED_UP):
            chosen = {"contact_ids": ",".join(ids[start : start + LOOKED_UP])}
            self.api.call("DELETE", f"/v3/marketing/lists/{audience}/contacts", query=chosen)

    def told(self, audience: str) -> str:
        count = part(self.api.get(f"/v3/marketing/lists/{audience}"), "contact_count")
        return _("Contacts on the list: %(count)s.") % {"count": grouped(count)}

    def check(self) -> str:
        self.api.get("/v3/marketing/lists", {"page_size": 1})
        return _("The key is accepted.")

    def _is_clean(self, job: str) -> bool:
        """Waits for a job. Raises ServiceError when it failed as a whole, or takes longer than is waited for."""
        until = time.monotonic() + self.number("job_timeout")
        while True:
            status = part(self.api.get(f"{CONTACTS}/imports/{quote(job, safe='')}"), "status")
            if status == "failed":
                raise ServiceError(_("The import over there failed."))
            if status in ("completed", "errored"):
                return status == "completed"
            if time.monotonic() >= until:
                raise ServiceError(_("The import over there is not finished yet."))
            time.sleep(self.pause)

    def _contacts(self, values: Sequence[str]) -> dict[str, str]:
        """{address: id} of those that the service knows."""
        found: dict[str, str] = {}
        for start in range(0, len(values), LOOKED_UP):
            try:
                told = self.api.send_json(
                    "POST", f"{CONTACTS}/search/emails", {"emails": values[start : start + LOOKED_UP]}
                )
            except NotThere:  # none of them
                continue
            result: dict[str, Any] = part(told, "result")
            found |= {address: part(one, "contact", "id") for address, one in result.items() if "contact" in one}
        return found

    def _suppressed(self, path: str) -> Iterator[str]:
        offset = 0
        while True:
            told = self.api.get(path, {"limit": PAGE, "offset": offset})
            if not isinstance(told, list):
                raise unreadable()
            yield from (part(one, "email").strip().lower() for one in told)
            offset += PAGE
            if len(told) < PAGE:
                return
