"""The contract between the outbox and a provider.

A provider knows nothing of customers or campaigns: it takes addressed, rendered messages and says of each
what became of it. `send` calls `before(id)` immediately before the message goes onto the wire and
`after(id, result)` as soon as its answer is known, so that the caller's journal stands on both sides of the
call. Whatever `before` raises stops the sending: nothing of that message has left.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from channels.models import Account

ACCEPTED = "accepted"  # the provider has taken it over
REJECTED = "rejected"  # the provider refused it for good; nothing was sent
DEFERRED = "deferred"  # not now: try the same message later; nothing was sent
UNKNOWN = "unknown"  # it was on the wire and no answer came: never resend by machine


@dataclass(frozen=True, slots=True)
class Addressed:
    """A rendered message: `body` is what goes onto the wire (for e-mail RFC 5322 bytes with CRLF)."""

    id: int
    to: str
    body: bytes
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message. `code` is the provider's own word, `reply` its sentence (300 characters)."""

    kind: str
    provider_key: str = ""
    code: str = ""
    reply: str = ""
    permanent: bool = False


class ProviderError(Exception):
    """The account cannot be used at all. `permanent`: a person must act (credentials); else it may pass."""

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent


Before = Callable[[int], None]
After = Callable[[int, Result], None]


class Provider(ABC):
    """One account at one provider, used by one worker at a time. Also a context manager."""

    # Messages that may be on the wire without an answer at one moment: what a killed worker leaves unknown.
    width: ClassVar[int] = 1
    # Names of `Account.options` with their defaults; any other name is refused in the admin.
    options: ClassVar[dict[str, object]] = {}

    def __init__(self, account: Account) -> None:
        self.account = account

    def __enter__(self) -> "Provider":
        self.open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def option(self, name: str) -> object:
        """The account's value of an option, else its default. Raises KeyError for a name not declared."""
        return (self.account.options or {}).get(name, self.options[name])

    @abstractmethod
    def open(self) -> None:
        """Connect. Raises ProviderError."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection; never raises."""

    @abstractmethod
    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        """Send each message once. Raises ProviderError; messages without a `before` have not left."""

    @abstractmethod
    def check(self) -> str:
        """Try the account without sending; returns a sentence for the admin. Raises ProviderError."""
