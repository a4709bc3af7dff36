"""What the push services have in common.

A message's body is a JSON object: {"title": "…", "body": "…", "link": "https://…", "data": {"car": "Arrizo 8"}}. `title`
and `body` are what the device shows, of which one at least is needed; `link` is opened by a press; `data` are strings for
the application. The link goes into `data` too, as "link", because it is the application that opens it on a phone.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from channels.providers.base import Addressed
from channels.providers.http_provider import HttpProvider

LARGEST = 4096  # bytes of a message, at all services alike
TOKEN = re.compile(r"[A-Za-z0-9_:.%+/=-]{1,4096}")


@dataclass(frozen=True, slots=True)
class Notice:
    """What a device is given; `data` holds the link as well."""

    title: str
    body: str
    link: str
    data: Mapping[str, str]


class PushProvider(HttpProvider):
    """One to whom devices are known by tokens, in the shape of FCM."""

    def message_for(self, message: Addressed) -> dict[str, object]:
        """The "message" of a call. Raises ValueError for what cannot be sent."""
        notice = notice_of(message)
        shown = {"title": notice.title, "body": notice.body}
        told: dict[str, object] = {
            "token": token_of(message.to),
            "notification": {name: words for name, words in shown.items() if words},
        }
        if notice.data:
            told["data"] = dict(notice.data)
        check_size(json.dumps({name: told[name] for name in told if name != "token"}, ensure_ascii=False).encode())
        return told


def notice_of(message: Addressed) -> Notice:
    """Raises ValueError for what is no notice."""
    told = json.loads(message.body.decode())
    if not isinstance(told, dict):
        raise ValueError(_("a push message is a JSON object"))
    title, body, link = (_words(told.get(name)) for name in ("title", "body", "link"))
    if not (title or body):
        raise ValueError(_("the text is empty"))
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise ValueError(_("the link of a push message begins with https://"))
    data = told.get("data") or {}
    if not isinstance(data, dict):
        raise ValueError(_("the data of a push message are names and strings"))
    strings = {str(name): str(value) for name, value in data.items()}
    return Notice(title, body, link, strings | ({"link": link} if link else {}))


def _words(told: object) -> str:
    """Raises ValueError for anything but a string; what is left out is empty."""
    if told is None:
        return ""
    if not isinstance(told, str):
        raise ValueError(_("title, body and link of a push message are strings"))
    return told.strip()


def check_size(content: bytes, largest: int = LARGEST) -> None:
    """Raises ValueError for what no service takes."""
    if len(content) > largest:
        sentence = _("the push message is longer than %(largest)d bytes")
        raise ValueError(sentence % {"largest": largest})


def token_of(told: str) -> str:
    """Raises ValueError for what is no token of a device."""
    if not TOKEN.fullmatch(told):
        raise ValueError(_("this is not a token of a device"))
    return told
