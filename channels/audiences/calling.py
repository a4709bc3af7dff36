"""Calls to a service of lists: one at a time, JSON back, and a sentence for whatever goes wrong.

A call that left and was not answered may be repeated: lists are sets.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from channels.audiences.base import ListService
from channels.audiences.errors import ComeLater, KeysRefused, NotThere, ServiceError
from channels.providers.http_wire import Answer, Call, Unanswered, Unsent, Wire

CONNECTING = 10  # seconds
LONGEST = 300  # characters of what a service says
ASK_AGAIN = 60  # seconds, where a limit that is used up does not say when
HIDDEN = "•••"
KEYS_REFUSED = frozenset({401, 403})
MAY_PASS = frozenset({408, 409, 425, 429})
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


class Api:
    """`headers` go with every call; `hidden` are secrets that no sentence may repeat."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str], timeout: float, hidden: Sequence[str]) -> None:
        self.base_url, self.headers = base_url, dict(headers)
        self._timeout, self._hidden = timeout, [each for each in hidden if each]
        self._wire: Wire | None = None

    def close(self) -> None:
        if self._wire:
            self._wire.close()
            self._wire = None

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self.told(self.call("GET", path, query=query))

    def send_json(self, method: str, path: str, content: Any, query: Mapping[str, Any] | None = None) -> Any:
        body = json.dumps(content, ensure_ascii=False).encode()
        return self.told(self.call(method, path, query=query, body=body, content_type=JSON_TYPE))

    def send_form(self, path: str, fields: Mapping[str, str], query: Mapping[str, Any] | None = None) -> Any:
        return self.told(self.call("POST", path, query=query, body=urlencode(fields).encode(), content_type=FORM_TYPE))

    def send_file(self, path: str, content: bytes, *, fields: Mapping[str, str] | None = None, **query: Any) -> Any:
        """A file as multipart/form-data (RFC 7578), after plain fields."""
        body, content_type = multipart(content, fields or {})
        return self.told(self.call("POST", path, query=query, body=body, content_type=content_type))

    def call(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: bytes = b"", content_type: str = JSON_TYPE
    ) -> Answer:  # fmt: skip
        """A whole answer that is no refusal. Raises ServiceError."""
        url = self.base_url + quote(path, safe="/") + (f"?{urlencode(query)}" if query else "")
        headers = self.headers | ({"Content-Type": content_type} if body else {})
        if self._wire is None:
            self._wire = Wire(width=1, connect_timeout=CONNECTING, timeout=self._timeout)
        try:
            answer = self._wire.ask(Call(method, url, headers, body))
        except (Unsent, Unanswered) as fault:
            raise ServiceError(_("The service does not answer: %(reason)s.") % {"reason": fault}) from fault
        if not 200 <= answer.status < 300:
            raise self._refusal(answer)
        return answer

    def told(self, answer: Answer) -> Any:
        """The JSON of an answer; None of an empty one. Raises ServiceError for anything else."""
        if not answer.body:
            return None
        try:
            return json.loads(answer.body.decode())
        except ValueError as error:
            raise unreadable() from error

    def _refusal(self, answer: Answer) -> ServiceError:
        return self.refused(answer.status, words_of(answer.body), again=answer.headers.get("retry-after", ""))

    def refused(self, status: int, said: str, *, again: str = "") -> ServiceError:
        """What an error of this HTTP status comes to; `said`: the words of the service, `again`: its Retry-After."""
        said = self.harmless(said) or f"HTTP {status}"
        if status in KEYS_REFUSED:
            return KeysRefused(_("The service refuses the key: %(said)s") % {"said": said}, permanent=True)
        if status in MAY_PASS or status >= 500:
            sentence = _("The service asks to come later: %(said)s") % {"said": said}
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                return ComeLater(sentence, seconds=int(again) if again.isascii() and again.isdigit() else ASK_AGAIN)
            return ServiceError(sentence)
        kind = NotThere if status == HTTPStatus.NOT_FOUND else ServiceError
        return kind(_("The service refuses: %(said)s") % {"said": said}, permanent=True)

    def harmless(self, said: str) -> str:
        """What a service said, short and without our secrets."""
        for secret in self._hidden:
            said = said.replace(secret, HIDDEN)
        return said[:LONGEST]


class HttpListService(ListService):
    """One that is called under a `url` and a `timeout`, which its options name."""

    def __exit__(self, *exception: object) -> None:
        if "api" in self.__dict__:
            self.api.close()
            del self.api

    @cached_property
    def api(self) -> Api:
        hidden = tuple(self._secrets.values())
        return Api(self.base_url(), headers=self.headers(), timeout=self.number("timeout"), hidden=hidden)

    def base_url(self) -> str:
        return str(self.option("url")).rstrip("/")

    def headers(self) -> dict[str, str]:
        """What goes with every call: the key. Raises ServiceError when there is none."""
        return {}


def unreadable() -> ServiceError:
    return ServiceError(_("The service answers something that cannot be read."))


def part(told: Any, *names: str) -> Any:
    """What stands under these names, one in the other. Raises ServiceError where an answer has another shape."""
    for name in names:
        if not isinstance(told, dict) or name not in told:
            raise unreadable()
        told = told[name]
    return told


def words_of(body: bytes) -> str:
    """What an error says to people; "" when it is no JSON, or none of that kind."""
    try:
        told = json.loads(body.decode())
    except ValueError:
        return ""
    return words_in(told)


def words_in(told: Any) -> str:
    """`message`, `detail`, `error` or the first of `errors` of what a service said."""
    if isinstance(told, list):
        return words_in(told[0]) if told else ""
    if isinstance(told, dict):
        named = (words_in(told.get(name)) for name in ("detail", "message", "errors", "error"))
        return next((words for words in named if words), "")
    return told if isinstance(told, str) else ""


def multipart(content: bytes, fields: Mapping[str, str]) -> tuple[bytes, str]:
    boundary = f"krug-{secrets.token_hex(16)}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file_head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    whole = "".join(parts).encode() + file_head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return whole, f"multipart/form-data; boundary={boundary}"
