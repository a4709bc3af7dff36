"""The contract between the outbox and a provider.

A provider knows nothing of customers or campaigns: it takes addressed, rendered messages and says of each
what became of it. `send` calls `before(id)` immediately before the message goes onto the wire and
`after(id, result)` as soon as its answer is known, so that the caller's journal stands on both sides of the
call. Whatever `before` raises stops the sending: nothing of that message has left.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from channels.models import Account
from channels.providers.approved import Template, TemplateNews
from channels.providers.written import WrittenLetter

ACCEPTED = "accepted"  # the provider has taken it over
REJECTED = "rejected"  # the provider refused it for good; nothing was sent
DEFERRED = "deferred"  # not now: try the same message later; nothing was sent
UNKNOWN = "unknown"  # it was on the wire and no answer came: never resend by machine

REPLY_LENGTH = 300  # characters of `Result.reply`


class Action(StrEnum):
    """What a refusal asks for, beside what its kind says already. Tables in each provider lead here."""

    NONE = ""  # the message alone was at fault, or nothing is to be done
    NEXT_CHANNEL = "next_channel"  # this person cannot be reached here; the address itself may be good
    MARK_CONTACT = "mark_contact"  # the address is dead: nobody should write to it again
    OPT_OUT = "opt_out"  # the provider says that the person refuses our messages
    PAUSE_CAMPAIGN = "pause_campaign"  # all that follow would be refused alike (a template, a text)
    STOP_ACCOUNT = "stop_account"  # credentials or money: nothing goes through until a person acts


@dataclass(frozen=True, slots=True)
class Addressed:
    """A rendered message: `body` is what goes onto the wire: for e-mail RFC 5322 bytes with CRLF, for SMS the text in
    UTF-8, for the other channels a JSON object whose keys the provider's class names. `to` is an e-mail address, a
    phone in E.164 or the channel's own id of the person."""

    id: int
    to: str
    body: bytes
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message. `code` is the provider's own word, `reply` its sentence (REPLY_LENGTH), `cost` what the
    provider says that it took, in roubles (None: it did not say)."""

    kind: str
    provider_key: str = ""
    code: str = ""
    reply: str = ""
    permanent: bool = False
    action: Action = Action.NONE
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, for whoever plans a campaign; `docs/channels.md` is made from it."""

    needs_template: bool = False  # texts are approved beforehand by the provider
    session_hours: int = 0  # after the person's last message free texts pass so long; 0: no such window
    has_buttons: bool = False
    reply_buttons: tuple[int, int] = (0, 0)  # that send a word back: how many, of how many characters
    max_length: int = 0  # characters of a text; 0: no limit worth telling
    tells_delivered: bool = False
    tells_opened: bool = False
    dedupe_hours: int = 0  # a repeat under our key is not sent twice so long; 0: it is
    looks_up: bool = False  # `lookup` answers
    lists_templates: bool = False  # `templates` answers


@dataclass(frozen=True, slots=True)
class Request:
    """A call of the provider to our webhook, as it came: `headers` by lower-case name, `body` raw."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """One delivery update. `status` is a key of `channels.statuses.RANKS`; `happened_at` is aware. `message_id` is
    `Addressed.id` where the provider echoes it (0: it does not): so even a message whose answer was lost is known."""

    provider_key: str
    status: str
    happened_at: datetime
    reason: str = ""
    message_id: int = 0
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sought:
    """A message whose fate is asked about. `id` and `to` are those of `Addressed`; `provider_key` is empty where the answer
    was lost."""

    id: int
    to: str
    provider_key: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What the provider says of a message that was sought; `report` None: that it has never heard of it.

    `kind` is what `send` would have told: REJECTED where the provider turned the message down and sent nothing."""

    id: int
    report: Report | None = None
    kind: str = ACCEPTED


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that a person sent to us. `provider_key` tells repeats apart, within the account."""

    provider_key: str
    sender: str
    text: str
    happened_at: datetime
    raw: Mapping[str, Any] = field(default_factory=dict)
    letter: WrittenLetter | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one call to the webhook said. `answer` is what the provider wants to read back."""

    reports: Sequence[Report] = ()
    incoming: Sequence[Incoming] = ()
    templates: Sequence[TemplateNews] = ()
    answer: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Option:
    """An option as the account's form asks for it, where a plain default does not say enough. The type of `default`
    chooses the field (bool, int, float, str; a list of strings: one a line); `choices` are (value, label)."""

    default: object = ""
    label: str | Promise = ""
    help: str | Promise = ""
    choices: Sequence[tuple[str, str | Promise]] = ()
    required: bool = False
    is_long: bool = False  # several lines: a key in PEM, a JSON file


class BadSignature(Exception):
    """A call to the webhook is not signed as the account's provider signs; answered with 400, nothing is kept."""


class ProviderError(Exception):
    """The account cannot be used at all. `permanent`: a person must act (credentials); else it may pass."""

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent


Before = Callable[[int], None]
After = Callable[[int, Result], None]


def default_of(option: object) -> object:
    """The default of a declared option, plain or described."""
    return option.default if isinstance(option, Option) else option


def _is_within(value: object, low: float, high: float) -> bool:
    try:
        return low <= float(str(value)) <= high
    except ValueError:
        return False


class Provider(ABC):
    """One account at one provider, used by one worker at a time. Also a context manager."""

    # Messages that may be on the wire without an answer at one moment: what a killed worker leaves unknown.
    width: ClassVar[int] = 1
    # Names of `Account.options` with their defaults, plain or as an `Option`; the account's form is made of them.
    options: ClassVar[dict[str, object]] = {}
    # {name: (least, most)} of those that are numbers.
    bounds: ClassVar[dict[str, tuple[float, float]]] = {}
    # Several secrets: {name: label, or `Option`}; `Account.secret` is then a sealed JSON object by these names. Of one
    # name, or none, it is the string itself.
    secrets: ClassVar[dict[str, str | Promise | Option]] = {}
    capabilities: ClassVar[Capabilities] = Capabilities()
    # Messages that may be asked about within a minute.
    lookups_a_minute: ClassVar[int] = 600
    is_local: ClassVar[bool] = False  # what it is given stays on this machine: no sandbox, no credentials
    # Its addresses are good at this account alone (devices that subscribed to it): no other can stand in, nor it for another.
    owns_addresses: ClassVar[bool] = False
    carries_files: ClassVar[bool] = False  # of letters; services that are told their parts drop files

    def __init__(self, account: Account) -> None:
        self.account = account

    def __enter__(self) -> "Provider":
        self.open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def option(self, name: str) -> object:
        """The account's value of an option, else its default. Raises KeyError for a name not declared."""
        return (self.account.options or {}).get(name, default_of(self.options[name]))

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with these options together, as sentences by name; the account's form shows them."""
        return {
            name: _("A number from %(low)g to %(high)g.") % {"low": low, "high": high}
            for name, (low, high) in cls.bounds.items()
            if not _is_within(options.get(name, default_of(cls.options[name])), low, high)
        }

    @abstractmethod
    def open(self) -> None:
        """Connect. Raises ProviderError."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection; never raises."""

    def expect(self, recipients: Iterable[str]) -> None:  # noqa: B027
        """`to` of the messages that the next `send` may be given, for whoever has to look them up: in one go. Optional."""

    @abstractmethod
    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        """Send each message once. Raises ProviderError; messages without a `before` have not left."""

    @abstractmethod
    def check(self) -> str:
        """Try the account without sending; returns a sentence for the admin. Raises ProviderError."""

    def reports(self, request: Request) -> Told:
        """What a call to the account's webhook says. Needs no connection. Raises BadSignature, and ValueError when the
        body cannot be read."""
        raise ValueError(f"{type(self).__name__} has no webhook")

    def can_seek(self, sought: Sought) -> bool:
        """Whether the provider can find this message: by its own key at least."""
        return self.capabilities.looks_up and bool(sought.provider_key)

    @classmethod
    def tells_when_asked(cls) -> bool:
        """There is no webhook: what became of messages is only learned by asking."""
        return cls.capabilities.looks_up and cls.reports is Provider.reports

    def lookup(self, sought: Iterable[Sought]) -> Iterator[Found]:
        """What the provider knows of these messages (those that it `can_seek`), as it answers; whatever it gives no clear
        answer about is left out. `sought` may sleep, as `messages` of `send` may. Raises ProviderError, and then those
        that were not told yet are to be asked about again. Only where `capabilities.looks_up`."""
        raise NotImplementedError

    def templates(self) -> list[Template]:
        """All texts that the provider keeps for this account, whether they may be sent or not. Needs no `open`. Raises
        ProviderError. Only where `capabilities.lists_templates`."""
        raise NotImplementedError

    def markup(self) -> str:
        """What texts are written in, in small letters ("html"); '' where they are plain."""
        return ""

    def plain(self, text: str) -> str:
        """Words that are to be read as they are, in a text that may have a markup: a person's name, say."""
        return text

    def plain_address(self, text: str) -> str:
        """The same of an address."""
        return text

    def invitation_with(self, word: str) -> str:
        """The address that starts a bot and brings us the word back (up to 64 letters, digits, "_" and "-"); '' where there
        is none."""
        return ""

    def cost(self, message: Addressed) -> Decimal:
        """Roubles that the message is expected to take."""
        return self.account.cost
