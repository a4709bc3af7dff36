"""The contract of a service that keeps a list of addresses: an advertising platform, or a mailing service.

Lists are sets: to add what is there and to remove what is not there does nothing, so that whoever was interrupted
simply repeats. Addresses come as "email" (lower case) or "phone" (E.164); what leaves, `pack` shows.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from channels.audiences.errors import ServiceError
from channels.providers.base import Option, default_of

__all__ = ["ADVERTISING_PLATFORMS", "ListService", "ServiceError"]

# The channel of consents under which an address may be given to advertising platforms (152-FZ: a hash of an address is
# personal data still). It is not that of mailings: who refuses letters may stay in an audience, and the other way round.
ADVERTISING_PLATFORMS = "ads"


class ListService(ABC):
    """One account at one service. A context manager: the connection is kept within the block."""

    # What it takes: {"email" or "phone": the channel whose consent an address needs}.
    kinds: ClassVar[Mapping[str, str]] = {}
    # Addresses of one `add` or `remove`.
    batch: ClassVar[int] = 500
    # As those of `channels.providers.base.Provider`.
    options: ClassVar[dict[str, object]] = {}
    secrets: ClassVar[dict[str, str | Promise | Option]] = {}
    # What the name of a list means here, for whoever sets one up.
    audience_help: ClassVar[str | Promise] = ""

    def __init__(self, options: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        self._options, self._secrets = options, secrets

    def __enter__(self) -> "ListService":
        return self

    @abstractmethod
    def __exit__(self, *exception: object) -> None:
        """Let go of the connection."""

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with these options together, as sentences by name; the account's form shows them."""
        return {}

    def option(self, name: str) -> Any:
        """The account's value of an option, else its default. Raises KeyError for a name not declared."""
        return self._options.get(name, default_of(self.options[name]))

    def number(self, name: str) -> int:
        return int(self.option(name))

    def secret(self, name: str) -> str:
        """Raises ServiceError when it was never entered."""
        if not self._secrets.get(name):
            raise ServiceError(_("A key of the account is missing: enter it."), permanent=True)
        return self._secrets[name]

    @abstractmethod
    def pack(self, kind: str, values: Sequence[str]) -> bytes:
        """The bytes that leave for these addresses; the log of exports keeps their hash."""

    def held_back(self, audience: str, kind: str, count: int) -> str:
        """Why `count` addresses cannot be added yet ("": they can); they are offered again. Raises ServiceError when
        a list cannot begin with so few."""
        return ""

    def opt_outs(self, audience: str) -> Iterable[str]:
        """Addresses whose owners have unsubscribed over there. Raises ServiceError."""
        return ()

    @abstractmethod
    def add(self, audience: str, kind: str, values: Sequence[str]) -> dict[str, str]:
        """Put them on the list; answers {address: reason} of those that were refused. Raises ServiceError."""

    @abstractmethod
    def remove(self, audience: str, kind: str, values: Sequence[str]) -> None:
        """Take them off the list. Raises ServiceError."""

    def told(self, audience: str) -> str:
        """What the service says of the list, as a sentence ("": nothing). Raises ServiceError."""
        return ""

    @abstractmethod
    def check(self) -> str:
        """Try the account without sending anything; returns a sentence for the admin. Raises ServiceError."""
