"""The contract of a call-tracking provider.

A call is told by the cells of `tracking.calls.cells` (field names of the CoMagic/UIS Data API), with times of the account's
zone: each provider says its own words in these. Reading is repeated over days that were read before, so that a provider
answers the same of the same call, under one id.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from channels.audiences.errors import ServiceError
from channels.providers.base import BadSignature, Option, Request, default_of
from tracking.calls.cells import LONGEST_ID
from tracking.telephony_models import CallTrackingAccount

if TYPE_CHECKING:  # whoever starts a page need not have an HTTP client
    from channels.providers.http_wire import Call as HttpCall

Cells = Mapping[str, Any]
WRITTEN = "%Y-%m-%d %H:%M:%S"  # a moment in cells


@dataclass(frozen=True, slots=True)
class OfferedNumber:
    """A number that the account has over there, E.164, and what it is called."""

    number: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a provider needs to know of a call to find its recordings. `key`: its number over there."""

    key: str
    communication: str
    talk_seconds: int
    details: Mapping[str, Any]


class CallTracking(ABC):
    """One account at one provider. A context manager: the connection is kept within the block."""

    # As those of `channels.providers.base.Provider`.
    options: ClassVar[dict[str, object]] = {}
    secrets: ClassVar[dict[str, str | Promise | Option]] = {}
    # The longest time that one reading may cover.
    window: ClassVar[timedelta] = timedelta(days=1)
    # Numbers of its calls are those of files that are loaded by hand without an account.
    speaks_as_files: ClassVar[bool] = False
    # Recordings are fetched from these hosts and those under them, and from the addresses that the options name.
    record_hosts: ClassVar[tuple[str, ...]] = ()
    tells_numbers: ClassVar[bool] = False  # `numbers` answers
    # It notifies us of calls: `hear`, `kept` and `said_by`. Where to enter it (`notice_help`), and what, word for word.
    hears: ClassVar[bool] = False
    notice_help: ClassVar[str | Promise] = ""
    notice_template: ClassVar[str] = ""

    def __init__(self, account: CallTrackingAccount, secrets: Mapping[str, str]) -> None:
        self.account, self._secrets = account, secrets
        self.zone = ZoneInfo(account.time_zone)

    def __enter__(self) -> "CallTracking":
        return self

    @abstractmethod
    def __exit__(self, *exception: object) -> None:
        """Let go of the connection."""

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with these options together, as sentences by name; the account's form shows them."""
        return {
            name: str(_("It is needed."))
            for name, option in cls.options.items()
            if isinstance(option, Option) and option.required and not options.get(name, option.default)
        }

    def option(self, name: str) -> Any:
        """The account's value of an option, else its default. Raises KeyError for a name not declared."""
        return (self.account.options or {}).get(name, default_of(self.options[name]))

    def secret(self, name: str) -> str:
        """Raises ServiceError when it was never entered."""
        if not self._secrets.get(name):
            raise ServiceError(_("A key of the account is missing: enter it."), permanent=True)
        return self._secrets[name]

    @abstractmethod
    def calls(self, since: datetime, until: datetime) -> Iterator[list[Cells]]:
        """The calls that began then, a page at a time. `since` and `until` are aware, no further apart than `window`.
        Raises ServiceError."""

    def written(self, moment: datetime) -> str:
        """By the clock of the account, as cells have it."""
        return moment.astimezone(self.zone).strftime(WRITTEN)

    def is_within(self, cells: Cells, since: datetime, until: datetime) -> bool:
        """Whether a call began then, where a provider tells whole days. One whose time cannot be read is kept: it is named."""
        try:
            began = datetime.strptime(str(cells["start_time"]), WRITTEN).replace(tzinfo=self.zone)
        except ValueError:
            return True
        return since <= began < until

    @classmethod
    def recorded(cls, told: Recorded) -> list[str]:
        """What the recordings of a call are called over there, in their order."""
        names = told.details.get("call_records") or []
        return [str(each) for each in names] or ([str(link)] if (link := told.details.get("recording")) else [])

    @abstractmethod
    def recording(self, told: Recorded, name: str) -> "HttpCall":
        """The request that fetches a recording. Raises ServiceError. Whoever sends it looks first at where it leads
        (`tracking.telephony.fetching`)."""

    def numbers(self) -> list[OfferedNumber]:
        """The substitute numbers of the account; none where the provider does not tell. Raises ServiceError."""
        return []

    def hear(self, request: Request, *, event: str, address: str | None) -> str:
        """Which call a notification is about; "": it says nothing of a call. `event`: what the provider adds to the address,
        `address`: whom it came from. Raises BadSignature, and ValueError when it cannot be read."""
        raise ValueError(f"{type(self).__name__} has no notifications")

    def kept(self, request: Request) -> bytes:
        """What is stored of a notification that was heard, and given to `said_by`. No key of the account is in it."""
        return request.body

    def said_by(self, notices: Sequence[bytes]) -> Cells:
        """What all notifications of one call say together; their order is of no account. Raises ValueError."""
        raise ValueError(f"{type(self).__name__} has no notifications")

    @abstractmethod
    def check(self) -> str:
        """Try the account; returns a sentence for the admin. Raises ServiceError."""


def call_key(told: object) -> str:
    """The number of a call as a notification has it. Raises ValueError when it can be none."""
    key = str(told) if isinstance(told, int | str) and not isinstance(told, bool) else ""
    if not 0 < len(key) <= LONGEST_ID or not key.isprintable():
        raise ValueError("no number of a call")
    return key


def let_in(address: str | None, allowed: Sequence[str]) -> None:
    """Raises BadSignature for an address that is none of those that are allowed, where any is named."""
    if allowed and not (address and any(ip_address(address) in network for network in _networks(allowed))):
        raise BadSignature("an address that is not the provider's")


def _networks(lines: Sequence[str]) -> Iterator[Any]:
    for line in lines:
        with suppress(ValueError):
            yield ip_network(line.strip(), strict=False)


def whole(told: object) -> int:
    """A count of seconds, or a moment of Unix time, that came as text; 0 for what is none."""
    text = "" if told is None else str(told)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
