"""Яндекс Аудитории: segments of hashed addresses that Директ can show advertisements to.

yandex.ru/dev/audience: a file is uploaded, then confirmed under a name; later files are added to it, subtracted from it,
or replace it. A segment is found by its id or by its name, so that nothing need be remembered here: an upload that was
not confirmed has no name and harms nobody. A segment needs 100 rows to begin with; `check_size=false` lets later files
have fewer, so that a withdrawal does not wait for others. Not verified: the spelling of `hashing_alg` (an option), and
whether a segment may be changed while it is being processed: a refusal is told and tried again.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.audiences.base import ADVERTISING_PLATFORMS, ServiceError
from channels.audiences.calling import HttpListService, part
from channels.audiences.hashing import Hashing
from channels.audiences.words import grouped, too_few
from channels.providers.base import Option

SEGMENTS = "/v1/management/segments"
STATUSES = {
    "uploaded": gettext_lazy("file taken"),
    "is_processed": gettext_lazy("is being processed"),
    "is_updated": gettext_lazy("is being updated"),
    "processed": gettext_lazy("ready"),
    "processing_failed": gettext_lazy("could not be processed"),
    "few_data": gettext_lazy("too few matches to show advertisements to"),
}


class Change(StrEnum):
    """What a further file does to a segment."""

    ADD = "addition"
    SUBTRACT = "subtraction"
    REPLACE = "replace"


class YandexAudience(HttpListService):
    kinds = {"phone": ADVERTISING_PLATFORMS, "email": ADVERTISING_PLATFORMS}
    batch = 500_000  # 65 bytes a row: far below the limit of 1 GB
    audience_help = gettext_lazy(
        "Name of the segment in Yandex Audiences, or its number. A new name makes a new segment."
    )
    options = {
        "url": Option("https://api-audience.yandex.ru", label=gettext_lazy("Address of the service"), required=True),
        "hashing_alg": Option(
            "SHA256", label=gettext_lazy("Name of the hash, as the service spells it"), required=True
        ),
        "minimum": Option(100, label=gettext_lazy("Fewest addresses of a new segment")),
        "timeout": Option(120, label=gettext_lazy("Wait for an answer, seconds")),
    }
    secrets = {
        "token": Option(
            label=gettext_lazy("OAuth token"),
            help=gettext_lazy("Of an application at oauth.yandex.ru with access to Yandex Audiences; it lasts a year."),
        )
    }
    hashing = Hashing("sha256")

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"OAuth {self.secret('token')}"}

    def pack(self, kind: str, values: Sequence[str]) -> bytes:
        """CSV in UTF-8: a row of names, then a hash a row."""
        return "\n".join([kind, *(self.hashing.of(kind, value) for value in values), ""]).encode()

    def held_back(self, audience: str, kind: str, count: int) -> str:
        if count < self.number("minimum") and self._find(audience) is None:
            raise ServiceError(too_few(count, self.number("minimum")), permanent=True)
        return ""

    def add(self, audience: str, kind: str, values: Sequence[str]) -> dict[str, str]:
        segment = self._find(audience)
        if segment is None:
            self._create(audience, self.pack(kind, values))
        else:
            self.change(segment["id"], self.pack(kind, values), Change.ADD)
        return {}

    def remove(self, audience: str, kind: str, values: Sequence[str]) -> None:
        if segment := self._find(audience):
            self.change(segment["id"], self.pack(kind, values), Change.SUBTRACT)

    def change(self, segment_id: int, content: bytes, how: Change) -> None:
        """A further file for a segment. Raises ServiceError."""
        path = f"/v1/management/segment/{segment_id}/modify_data"
        self.api.send_file(path, content, modification_type=how.value, check_size="false")

    def told(self, audience: str) -> str:
        segment = self._find(audience)
        if segment is None:
            return ""
        status = STATUSES.get(segment.get("status", ""), segment.get("status", ""))
        counted = [segment.get(name) for name in ("matched_quantity", "valid_unique_quantity")]
        if None in counted:
            return _("Segment %(id)s: %(status)s.") % {"id": segment["id"], "status": status}
        return _("Segment %(id)s: %(status)s, matched %(matched)s of %(rows)s.") % {
            "id": segment["id"], "status": status, "matched": grouped(counted[0]), "rows": grouped(counted[1]),
        }  # fmt: skip

    def check(self) -> str:
        return _("The token is accepted. Segments there: %(count)d.") % {"count": len(self._segments())}

    def _create(self, name: str, content: bytes) -> None:
        uploaded = self.api.send_file(f"{SEGMENTS}/upload_csv_file", content)
        number = part(uploaded, "segment", "id")
        confirmed = {
            "id": number, "name": name, "hashed": True, "hashing_alg": self.option("hashing_alg"), "content_type": "crm",
        }  # fmt: skip
        self.api.send_json("POST", f"/v1/management/segment/{number}/confirm", {"segment": confirmed})

    def _find(self, audience: str) -> dict[str, Any] | None:
        return next((each for each in self._segments() if audience in (str(each.get("id")), each.get("name"))), None)

    def _segments(self) -> list[dict[str, Any]]:
        return part(self.api.get(SEGMENTS), "segments")
