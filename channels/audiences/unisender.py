"""Unisender: a list of contacts for letters.

`importContacts` takes 500 rows a call and 30 seconds; its answer counts them and names what was refused in `log` (the
shape of which is not verified: what has no row in it was taken). Errors come with 200, as {"error", "code"}. Nobody is
put there who unsubscribed over there: `exportContacts` with `email_status` tells them (not verified either). Off the
list means `exclude`, not `unsubscribe`: the latter would come back to us as a refusal.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.audiences.base import ServiceError
from channels.audiences.calling import HttpListService, part
from channels.providers.base import Option

MOST = 500  # rows a call
PAGE = 1000
KEYS_REFUSED = frozenset({"invalid_api_key", "access_denied"})
MAY_PASS = frozenset({"call_limit_exceeded", "retry_later", "api_call_limit_exceeded_for_api_key"})
FIELDS = ("email", "email_list_ids")


class Unisender(HttpListService):
    kinds = {"email": "email"}
    batch = 5000  # who left over there is asked once for each
    audience_help = gettext_lazy("Unisender: the number of the list.")
    options = {
        "url": Option("https://api.unisender.com/ru/api", label=gettext_lazy("Address of the service"), required=True),
        "timeout": Option(60, label=gettext_lazy("Wait for an answer, seconds")),
    }
    secrets = {"key": Option(label=gettext_lazy("API key"))}

    def pack(self, kind: str, values: Sequence[str]) -> bytes:
        return json.dumps([[value] for value in values]).encode()

    def opt_outs(self, audience: str) -> Iterable[str]:
        return list(self._unsubscribed(audience))

    def add(self, audience: str, kind: str, values: Sequence[str]) -> dict[str, str]:
        gone = set(self._unsubscribed(audience))
        refused = {value: _("unsubscribed at the service") for value in values if value in gone}
        wanted = [value for value in values if value not in gone]
        for start in range(0, len(wanted), MOST):
            refused |= self._import(audience, wanted[start : start + MOST])
        return refused

    def remove(self, audience: str, kind: str, values: Sequence[str]) -> None:
        for value in values:
            self._ask("exclude", {"contact_type": "email", "contact": value, "list_ids": audience})

    def told(self, audience: str) -> str:
        return ""

    def check(self) -> str:
        return _("The key is accepted. Lists there: %(count)d.") % {"count": len(self._ask("getLists", {}))}

    def _import(self, audience: str, values: Sequence[str]) -> dict[str, str]:
        fields = {f"field_names[{number}]": name for number, name in enumerate(FIELDS)}
        for row, value in enumerate(values):
            fields |= {f"data[{row}][0]": value, f"data[{row}][1]": audience}
        told = self._ask("importContacts", fields)
        refused: dict[str, str] = {}
        for line in part(told, "log"):
            row = part(line, "index")
            if isinstance(row, int) and 0 <= row < len(values):
                refused[values[row]] = self.api.harmless(str(line.get("message") or line.get("code") or ""))
        return refused

    def _unsubscribed(self, audience: str) -> Iterator[str]:
        offset = 0
        while True:
            asked = {
                "list_id": audience, "email_status": "unsubscribed", "field_names[0]": "email",
                "offset": str(offset), "limit": str(PAGE),
            }  # fmt: skip
            rows = part(self._ask("exportContacts", asked), "data")
            yield from (str(row[0]).strip().lower() for row in rows if row)
            offset += PAGE
            if len(rows) < PAGE:
                return

    def _ask(self, method: str, fields: Mapping[str, str]) -> Any:
        """`result` of an answer. The key goes in the body: addresses of pages are logged along the way."""
        told = self.api.send_form(f"/{method}", {"api_key": self.secret("key"), **fields}, {"format": "json"})
        if isinstance(told, dict) and "error" in told:
            said, code = self.api.harmless(str(told["error"])), told.get("code")
            if code in KEYS_REFUSED:
                raise ServiceError(_("The service refuses the key: %(said)s") % {"said": said}, permanent=True)
            if code in MAY_PASS:
                raise ServiceError(_("The service asks to come later: %(said)s") % {"said": said})
            raise ServiceError(_("The service refuses: %(said)s") % {"said": said}, permanent=True)
        return part(told, "result")
