"""What the push services have in common.

A message's `to` is the key of a device (`channels.devices`); what the services know it by is looked up here, for a whole chunk
at once. Its body is a JSON object: {"title": "…", "body": "…", "link": "https://…", "data": {"car": "Arrizo 8"}}. `title`
and `body` are what the device shows, of which one at least is needed; `link` is opened by a press; `data` are strings for
the application. The link goes into `data` too, as "link", because it is the application that opens it on a phone.

What a service has taken is kept as a notice (`channels.notices`), a hundred at a time: a worker that is killed loses from
the notification centre what it had sent last, and nothing else. A device that its service does not know is marked as gone.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels import devices, notices
from channels.devices import Introduced, Known
from channels.models import Account
from channels.providers.base import ACCEPTED, REJECTED, Action, Addressed, After, Before, Option, Result
from channels.providers.http_provider import HttpProvider
from channels.push_models import MOST_BYTES

TOKEN = re.compile(r"[A-Za-z0-9_:.%+/=-]{1,4096}")
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
TOGETHER = 100  # notices and marks in a statement
CONSENT = "Я согласен получать на это устройство уведомления о предложениях и обслуживании."

GONE = Result(REJECTED, code="gone", permanent=True, action=Action.MARK_CONTACT)
ANOTHER = Result(REJECTED, code="another_account", permanent=True, action=Action.NEXT_CHANNEL)

# What accounts of all push services have; a provider puts its own before them.
DEVICE_OPTIONS: dict[str, object] = {
    "origins": Option(
        [],
        label=_lazy("Sites"),
        help=_lazy("One a line, like https://www.example.ru: only these may subscribe browsers and read notices."),
    ),
    "consent": Option(
        CONSENT,
        label=_lazy("What a person agrees to"),
        help=_lazy("The site shows it beside its button; it is kept with each consent."),
        is_long=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a device is given; `data` holds the link as well."""

    title: str
    body: str
    link: str
    data: Mapping[str, str]


@dataclass(slots=True)
class Addressing:
    """One `send`: keys of devices become addresses, and what the answers say of the devices is written down."""

    account: Account
    known: dict[str, Known | None]  # None: no such device takes messages
    tell: After
    _sent: dict[int, tuple[Addressed, str]] = field(default_factory=dict)  # with the address, until it is answered
    _gone: dict[str, str] = field(default_factory=dict)
    _taken: list[notices.Sent] = field(default_factory=list)

    def addressed(self, messages: Iterable[Addressed]) -> Iterator[Addressed]:
        """Those that have somewhere to go; the others are answered here."""
        for message in messages:
            if message.to not in self.known:
                self.known |= found_of(self.account, [message.to])
            found = self.known[message.to]
            if found and found.is_ours:
                self._sent[message.id] = message, found.address
                yield replace(message, to=found.address)
            else:
                self.tell(message.id, ANOTHER if found else GONE)

    def after(self, number: int, result: Result) -> None:
        message, address = self._sent.pop(number)
        if result.action == Action.MARK_CONTACT:
            self._gone[message.to] = address
        elif result.kind == ACCEPTED:
            notice = notice_of(message)
            self._taken.append(notices.Sent(message.to, notice.title, notice.body, notice.link))
        if len(self._taken) + len(self._gone) >= TOGETHER:
            self.write()
        self.tell(number, result)

    def write(self) -> None:
        gone, taken = dict(self._gone), list(self._taken)
        self._gone.clear()
        self._taken.clear()
        devices.mark_gone(gone)
        notices.keep(taken)


class PushProvider(HttpProvider):
    """One that writes to devices."""

    owns_addresses = True

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._known: dict[str, Known | None] = {}

    def read_device(self, told: Mapping[str, Any]) -> Introduced:
        """What a device says of itself when it subscribes. Raises ValueError."""
        raise NotImplementedError

    def expect(self, recipients: Iterable[str]) -> None:
        self._known = found_of(self.account, list(recipients))

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        known, self._known = self._known, {}
        addressing = Addressing(self.account, known, after)
        try:
            super().send(addressing.addressed(messages), before, addressing.after)
        finally:
            addressing.write()

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        found = super().faults(options)
        origins = options.get("origins") or []
        if not (isinstance(origins, list) and all(ORIGIN.fullmatch(str(origin)) for origin in origins)):
            found["origins"] = _("Sites are given as https://www.example.ru, without a path, one a line.")
        return found

    def allows(self, origin: str) -> bool:
        """Whether scripts of this site may ask us about devices; an application names no site ('')."""
        origins = self.option("origins")
        return origin.lower() in {str(one).lower() for one in (origins if isinstance(origins, list) else [])}


class TokenProvider(PushProvider):
    """One to whom devices are known by tokens, in the shape of FCM."""

    def read_device(self, told: Mapping[str, Any]) -> Introduced:
        token = told.get("token")
        known = token_of(token if isinstance(token, str) else "")
        return Introduced(known, known)

    def allows(self, origin: str) -> bool:
        return not origin or super().allows(origin)

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


def found_of(account: Account, keys: Sequence[str]) -> dict[str, Known | None]:
    """Of each key what is known, in one query: those that are gone are not to be asked for again."""
    return dict.fromkeys(keys) | devices.addresses(account, keys)


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


def check_size(content: bytes, largest: int = MOST_BYTES) -> None:
    """Raises ValueError for what no service takes."""
    if len(content) > largest:
        sentence = _("the push message is longer than %(largest)d bytes")
        raise ValueError(sentence % {"largest": largest})


def token_of(told: str) -> str:
    """Raises ValueError for what is no token of a device."""
    if not TOKEN.fullmatch(told):
        raise ValueError(_("this is not a token of a device"))
    return told
