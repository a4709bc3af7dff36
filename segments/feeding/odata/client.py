"""HTTP to the standard OData interface (version 3) of a 1C base.

Basic authentication; redirects are refused (they would carry the password elsewhere); a server that is busy is asked
again with growing pauses. The connection goes to the very address that `segments.feeding.guard` allowed.
"""

import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError
from segments.feeding.guard import allowed_address

PAGE = 1000
KEYS_AT_ONCE = 30  # a filter by keys must fit into an address of 8 KB
TIMEOUT = 60  # seconds without a byte
LARGEST = 64 << 20
PAUSES = (1, 3, 9)  # seconds before each further try
BUSY = frozenset({429, 500, 502, 503, 504})
KEY = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
Item = dict[str, Any]


class _Busy(Exception):
    """Worth another try; `str()` says what happened."""


class Client:
    """One base, `http(s)://host/base/odata/standard.odata`. Keeps its connection from page to page."""

    def __init__(self, address: str, login: str, password: str) -> None:
        split = parsed(address)
        self.host, self.is_secure = split.hostname or "", split.scheme == "https"
        self.port = split.port or (443 if self.is_secure else 80)
        self.path = quote(split.path.rstrip("/"), safe="/%")
        credentials = base64.b64encode(f"{login}:{password}".encode()).decode()
        self.headers = {"Accept": "application/json", "Authorization": f"Basic {credentials}"}
        self._connection: http.client.HTTPConnection | None = None

    def items(self, entity: str, select: Iterable[str], where: str = "") -> Iterator[list[Item]]:
        """All objects in the order of their keys, page by page."""
        taken, total = 0, None
        while total is None or taken < total:
            answer = self.page(entity, select, where, skip=taken)
            page = answer["value"]
            if not page:
                return
            taken += len(page)
            total = int(answer["odata.count"]) if "odata.count" in answer else None
            yield page

    def by_keys(self, entity: str, select: Iterable[str], refs: list[str]) -> Iterator[list[Item]]:
        """The objects with these keys."""
        select = list(select)
        for start in range(0, len(refs), KEYS_AT_ONCE):
            where = " or ".join(f"Ref_Key eq guid'{ref}'" for ref in refs[start : start + KEYS_AT_ONCE])
            yield self.page(entity, select, where)["value"]

    def page(self, entity: str, select: Iterable[str], where: str = "", *, top: int = PAGE, skip: int = 0) -> Item:
        """One page: {"value": [object, …], "odata.count": how many there are in all}."""
        query = {"$format": "json", "$select": ",".join(select), "$filter": where, "$orderby": "Ref_Key",
                 "$top": top, "$skip": skip, "$inlinecount": "allpages"}  # fmt: skip
        text = "&".join(f"{name}={quote(str(value), safe=',')}" for name, value in query.items() if value != "")
        answer = self._asked(f"{self.path}/{quote(entity)}?{text}", entity)
        page = answer.get("value") if isinstance(answer, dict) else None
        if not isinstance(page, list) or not all(
            isinstance(item, dict) and is_key(item.get("Ref_Key")) for item in page
        ):
            raise FeedError(_("1C answered something that is no list of “%(entity)s”.") % {"entity": entity})
        return {**answer, "value": [{**item, "Ref_Key": item["Ref_Key"].lower()} for item in page]}

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _asked(self, target: str, entity: str) -> Any:
        for pause in (*PAUSES, None):
            try:
                return self._answer(target, entity)
            except (_Busy, OSError, http.client.HTTPException) as error:
                self.close()
                if pause is None:
                    sentence = _("1C at %(host)s does not answer: %(why)s. It is tried again at the next look.")
                    raise FeedError(sentence % {"host": self.host, "why": error or type(error).__name__}) from error
                time.sleep(pause)
        raise AssertionError

    def _answer(self, target: str, entity: str) -> Any:
        connection = self._connected()
        connection.request("GET", target, headers=self.headers)
        answer = connection.getresponse()
        body = answer.read(LARGEST + 1)
        if answer.status in BUSY:
            raise _Busy(f"HTTP {answer.status}")
        if answer.status != http.client.OK:
            raise FeedError(_refusal(answer.status, entity, body))
        if len(body) > LARGEST:
            raise FeedError(_("1C answered with more than %(mb)s MB at once.") % {"mb": LARGEST >> 20})
        try:
            return json.loads(body.decode("utf-8-sig"))
        except ValueError as error:
            sentence = _("%(host)s answered, but not as the OData interface of 1C does. Check the address.")
            raise FeedError(sentence % {"host": self.host}) from error

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = _Pinned(self.host, self.port, is_secure=self.is_secure)
        return self._connection


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was allowed, and asks a TLS certificate for the name that was meant."""

    def __init__(self, host: str, port: int, *, is_secure: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self.is_secure = is_secure

    def connect(self) -> None:
        plain = socket.create_connection((allowed_address(self.host, self.port), self.port), TIMEOUT)
        if not self.is_secure:
            self.sock = plain
            return
        try:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        except ssl.SSLCertVerificationError as error:
            plain.close()
            sentence = _("The certificate of %(host)s is not trusted by this server: %(why)s.")
            raise FeedError(sentence % {"host": self.host, "why": error.verify_message}) from error


def is_key(value: Any) -> bool:
    """Whether it is a GUID: only such go into a filter."""
    return isinstance(value, str) and KEY.fullmatch(value) is not None


def parsed(address: str) -> Any:
    """The parts of the address. Raises FeedError when it is not one of an OData interface."""
    try:
        split = urlsplit(address.strip())
        port_is_good = split.port is None or split.port > 0
    except ValueError:
        split, port_is_good = urlsplit(""), False
    if split.scheme not in ("http", "https") or not split.hostname or not port_is_good:
        raise FeedError(_("The address begins with http:// or https:// and ends with /odata/standard.odata."))
    if split.username or split.password or split.query or split.fragment:
        raise FeedError(
            _("The address holds neither a password nor anything after “?”: login and password have fields.")
        )
    return split


def _refusal(status: int, entity: str, body: bytes) -> str:
    if status == http.client.UNAUTHORIZED:
        return _("1C did not accept the login and the password.")
    if status == http.client.FORBIDDEN:
        return _("The user of 1C may not read “%(entity)s”.") % {"entity": entity}
    if status == http.client.NOT_FOUND:
        return _("1C does not publish “%(entity)s”: switch it on in the composition of the OData interface.") % {
            "entity": entity
        }
    if http.client.MULTIPLE_CHOICES <= status < http.client.BAD_REQUEST:
        return _("The server sends us on to another address. Enter the final one.")
    return _("1C refused to give “%(entity)s” (HTTP %(status)s): %(why)s") % {
        "entity": entity, "status": status, "why": _told(body) or _("it did not say why"),
    }  # fmt: skip


def _told(body: bytes) -> str:
    """What 1C says is wrong: {"odata.error": {"message": {"value": …}}}."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return str(json.loads(body.decode("utf-8-sig"))["odata.error"]["message"]["value"])[:300]
    return ""
