"""VK Реклама: lists of hashed addresses, and the segment that advertisements are shown to.

A list is uploaded once with 2,000 rows or more; later files name it as their `base`, with a minus to take rows off, and
have 25 rows or more. Additions wait until there are so many; a withdrawal does not wait: its file is filled up with
hashes of nobody. Lists and segments are found by their names, so that nothing need be remembered here. Tokens live a
day and an account may have few of them at one time: one is kept, sealed, in the cache.
Not verified, hence options: which hash they expect (MD5 in the days of myTarget, SHA-256 in newer clients), and
`pass_condition` of a segment. How pages of lists are told (`items`, `count`, `offset`) is that of their other lists.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.audiences.base import ADVERTISING_PLATFORMS, ServiceError
from channels.audiences.calling import Api, HttpListService, part
from channels.audiences.errors import KeysRefused
from channels.audiences.hashing import ALGORITHMS, Hashing
from channels.audiences.words import grouped, too_few
from channels.providers.base import Option, ProviderError
from channels.sealing import seal, unseal

TOKEN = "/api/v2/oauth2/token.json"
LISTS = "/api/v2/remarketing/users_lists.json"
SEGMENTS = "/api/v2/remarketing/segments.json"
PAGE = 50
EARLIER = 600  # seconds before its end a token is not used any more
TYPES = {"phone": "phones", "email": "emails"}


class VkAds(HttpListService):
    kinds = {"phone": ADVERTISING_PLATFORMS, "email": ADVERTISING_PLATFORMS}
    batch = 500_000  # 65 bytes a row: below the limit of 128 MB
    audience_help = gettext_lazy(
        "VK Ads: name of the list. A new name makes a new list and a segment for advertisements."
    )
    options = {
        "url": Option("https://ads.vk.com", label=gettext_lazy("Address of the service"), required=True),
        "algorithm": Option(
            "sha256", label=gettext_lazy("Hash of addresses"), choices=[(a, a.upper()) for a in ALGORITHMS]
        ),
        "minimum": Option(2000, label=gettext_lazy("Fewest addresses of a new list")),
        "least_change": Option(25, label=gettext_lazy("Fewest addresses of a change")),
        "pass_condition": Option(1, label=gettext_lazy("Lists of a segment that a person must be on")),
        "timeout": Option(120, label=gettext_lazy("Wait for an answer, seconds")),
    }
    secrets = {
        "client_id": Option(
            label="client_id", help=gettext_lazy("Of the API access in the settings of the VK Ads account.")
        ),
        "client_secret": Option(label="client_secret"),
    }

    @property
    def hashing(self) -> Hashing:
        return Hashing(self.option("algorithm"))

    def pack(self, kind: str, values: Sequence[str]) -> bytes:
        """A hash a line."""
        return _lines([self.hashing.of(kind, value) for value in values])

    def held_back(self, audience: str, kind: str, count: int) -> str:
        if self._list(audience) is None:
            if count < self.number("minimum"):
                raise ServiceError(too_few(count, self.number("minimum")), permanent=True)
            return ""
        least = self.number("least_change")
        return "" if count >= least else _("waits until there are %(least)d to add") % {"least": least}

    def add(self, audience: str, kind: str, values: Sequence[str]) -> dict[str, str]:
        there = self._list(audience)
        if there is None:
            there = self._upload({"name": audience, "type": TYPES[kind]}, self.pack(kind, values))
        else:
            self._change(audience, kind, there["id"], self.pack(kind, values))
        self._see_to_segment(audience, there["id"])
        return {}

    def remove(self, audience: str, kind: str, values: Sequence[str]) -> None:
        if there := self._list(audience):
            rows = [self.hashing.of(kind, value) for value in values]
            rows += [self.hashing.decoy() for _ in range(self.number("least_change") - len(rows))]
            self._change(audience, kind, -there["id"], _lines(rows))

    def told(self, audience: str) -> str:
        there = self._list(audience)
        if there is None:
            return ""
        return _("List %(id)s: %(status)s, %(found)s people found for %(rows)s rows.") % {
            "id": there["id"], "status": there.get("status", ""), "found": grouped(there.get("ids_count")),
            "rows": grouped(there.get("entries_count")),
        }  # fmt: skip

    def check(self) -> str:
        count = len(list(self._named(LISTS)))
        return _("The keys are accepted. Lists there: %(count)d.") % {"count": count}

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}"}

    def __exit__(self, *exception: object) -> None:
        """A token that is refused is not used again."""
        super().__exit__(*exception)
        if isinstance(exception[1] if len(exception) > 1 else None, KeysRefused):
            cache.delete(self._token_key())

    def _change(self, audience: str, kind: str, base: int, content: bytes) -> None:
        name = f"{audience} {'−' if base < 0 else '+'} {timezone.now():%Y-%m-%d %H:%M:%S}"
        self._upload({"name": name, "type": TYPES[kind], "base": base}, content)

    def _upload(self, data: dict[str, Any], content: bytes) -> dict[str, Any]:
        made = self.api.send_file(LISTS, content, fields={"data": json.dumps(data, ensure_ascii=False)})
        part(made, "id")
        return made

    def _see_to_segment(self, name: str, list_id: int) -> None:
        """Advertisements are shown to segments: each list has one, also when the first attempt was interrupted."""
        if any(each.get("name") == name for each in self._named(SEGMENTS)):
            return
        relation = {"object_type": "remarketing_users_list", "params": {"source_id": list_id, "type": "positive"}}
        segment = {"name": name, "pass_condition": self.number("pass_condition"), "relations": [relation]}
        self.api.send_json("POST", SEGMENTS, segment)

    def _list(self, audience: str) -> dict[str, Any] | None:
        return next((each for each in self._named(LISTS) if audience in (str(each.get("id")), each.get("name"))), None)

    def _named(self, path: str) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            told = self.api.get(path, {"limit": PAGE, "offset": offset})
            items = part(told, "items")
            yield from items
            offset += PAGE
            if len(items) < PAGE:
                return

    def _token(self) -> str:
        """The kept token, or a new one."""
        if kept := _unsealed(cache.get(self._token_key(), "")):
            return kept
        grant = {"grant_type": "client_credentials"} | {name: self.secret(name) for name in self.secrets}
        asking = Api(self.base_url(), headers={}, timeout=self.number("timeout"), hidden=tuple(grant.values()))
        try:
            told = asking.send_form(TOKEN, grant)
        finally:
            asking.close()
        token = part(told, "access_token")
        cache.set(self._token_key(), seal(token), max(0, int(told.get("expires_in") or 0) - EARLIER))
        return token

    def _token_key(self) -> str:
        whose = "|".join([self.base_url(), *(self.secret(name) for name in self.secrets)])
        return "channels.audiences.vk:" + hashlib.sha256(whose.encode()).hexdigest()


def _lines(rows: list[str]) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()


def _unsealed(kept: str) -> str:
    try:
        return unseal(kept)
    except ProviderError:  # sealed under a key that is gone: a new token costs nothing
        return ""
