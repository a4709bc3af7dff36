"""What every provider that is reached over HTTP has in common.

A provider says how a message becomes a call (`call_of`) and what an answer means (`result_of`). One that takes many
messages in a call sets `batch_limit` and overrides `call_for` and `read` instead. Everything else is here:
the window, what cannot be read, refusals by status, pauses, credentials, and that no secret is ever repeated.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote, quote_plus, urlsplit

from aiohttp.abc import AbstractResolver
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.models import Account
from channels.providers.base import (
    DEFERRED,
    REJECTED,
    REPLY_LENGTH,
    UNKNOWN,
    Action,
    Addressed,
    After,
    Before,
    Option,
    Provider,
    ProviderError,
    Result,
    default_of,
)
from channels.providers.http_window import Window
from channels.providers.http_wire import Answer, Call, Unanswered, Unsent, Wire
from channels.sealing import unseal_named

log = logging.getLogger(__name__)

HIDDEN = "•••"

# RFC 9110 15.5: the request was understood well enough to be refused, so nothing was carried out. What is not here
# tells nothing: a 5xx or a redirect may come from a gateway behind which the message went through.
REFUSED = frozenset({400, 406, 411, 413, 414, 415, 422, 431})
ACCOUNT_AT_FAULT = frozenset({401, 402, 403, 404, 405, 407, 410})  # credentials, money, or a wrong address of the API

BOUNDS: dict[str, tuple[float, float]] = {
    "window": (1, 100),
    "connect_timeout": (0.1, 60),
    "timeout": (0.1, 600),
    "pause": (0, 3600),
    "longest_pause": (0, 60),
}

# What all have; a provider puts its own before them. Seconds: `timeout` is of a whole call, `pause` follows a 429 that
# names no time, `longest_pause` is slept through (a longer one puts the rest off).
WIRE_OPTIONS: dict[str, object] = {
    "window": Option(20, label=_lazy("Calls at one time")),
    "connect_timeout": Option(5, label=_lazy("Wait for a connection, seconds")),
    "timeout": 20,
    "pause": Option(2, label=_lazy("Pause, seconds"), help=_lazy("When the provider asks for one and names no time.")),
    "longest_pause": Option(
        10, label=_lazy("Longest pause, seconds"), help=_lazy("A longer one puts the rest of the messages off.")
    ),
}


class HttpProvider(Provider):
    """`options` begin with the `url` of the API, where it has one, and end with `WIRE_OPTIONS`."""

    width = 100
    batch_limit: ClassVar[int] = 1
    title: ClassVar[str | Promise] = ""  # how people call the provider
    bounds: ClassVar[dict[str, tuple[float, float]]] = BOUNDS
    options: ClassVar[dict[str, object]] = {"url": Option("", required=True), **WIRE_OPTIONS}
    resolver: ClassVar[type[AbstractResolver] | None] = None  # of hosts that others have named

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._wire: Wire | None = None

    # What a provider says.

    def call_of(self, message: Addressed) -> Call:
        """Raises ValueError for a message that cannot be sent; it is refused, and nothing of it leaves."""
        raise NotImplementedError

    def result_of(self, answer: Answer) -> Result:
        """Raises ValueError, LookupError or TypeError for an answer it cannot read: then the status decides."""
        raise NotImplementedError

    def call_for(self, batch: Sequence[Addressed]) -> Call:
        """One call for up to `batch_limit` messages."""
        return self.call_of(batch[0])

    def read(self, batch: Sequence[Addressed], answer: Answer) -> Sequence[Result]:
        """The results of a call in the order of its messages. Raises as `result_of` does."""
        return [self.result_of(answer)]

    def pause_after(self, answer: Answer) -> float | None:
        """Seconds for which the provider asks us to be still; None when it does not."""
        if answer.status != 429:
            return None
        told = _seconds(answer.headers.get("retry-after", ""))
        return self.number("pause") if told is None else told

    # What follows from it.

    def open(self) -> None:
        """Raises what would otherwise come up in mid-window: options that cannot work, a secret that cannot be read."""
        if self._wire is None:
            if found := self.faults(self.account.options or {}):
                sentences = "; ".join(f"{name}: {sentence}" for name, sentence in found.items())
                raise ProviderError(sentences, permanent=True)
            self.credentials  # noqa: B018
            self._wire = Wire(
                width=int(self.number("window")),
                connect_timeout=self.number("connect_timeout"),
                timeout=self.number("timeout"),
                resolver=self.resolver,
            )

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        window = Window(
            judge=self,
            wire=self._opened(),
            before=before,
            after=after,
            batch=self.batch_size(),
            longest_pause=self.number("longest_pause"),
        )
        window.send(messages)

    def batch_size(self) -> int:
        """Messages in a call."""
        return self.batch_limit

    def results_for(self, batch: Sequence[Addressed], answer: Answer) -> Sequence[Result]:
        """One result a message, whatever the answer looks like."""
        if answer.status == 429:
            return [self._cleaned(Result(DEFERRED, code="429"))] * len(batch)
        try:
            results = self.read(batch, answer)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            log.warning("%s: an answer %s cannot be read (%s)", self.title, answer.status, type(error).__name__)
            results = ()
        if len(results) != len(batch):
            results = [by_status(answer.status)] * len(batch)
        return [self._cleaned(result) for result in results]

    @contextmanager
    def borrowed(self) -> Iterator[Wire]:
        """The wire; one that was opened for this alone is closed again."""
        was_open = self._wire is not None
        try:
            yield self._opened()
        finally:
            if not was_open:
                self.close()

    def ask(self, call: Call) -> Answer:
        """A call that sends no message. Raises ProviderError; refused credentials are permanent."""
        answer = self.heard(call)
        if answer.status in ACCOUNT_AT_FAULT:
            raise self.refused(f"HTTP {answer.status}")
        if answer.status != 200:
            raise self.unclear(f"HTTP {answer.status}")
        return answer

    def heard(self, call: Call) -> Answer:
        """The answer of whatever status, for whoever reads refusals by their own codes. Raises ProviderError."""
        try:
            with self.borrowed() as wire:
                return wire.ask(call)
        except (Unsent, Unanswered, TimeoutError) as error:
            sentence = _("%(provider)s cannot be reached: %(why)s")
            raise ProviderError(sentence % {"provider": self.title, "why": error}, permanent=False) from error

    def refused(self, why: str) -> ProviderError:
        """The account's credentials were not accepted: a person must act."""
        sentence = _("%(provider)s does not accept the credentials: %(why)s")
        return ProviderError(sentence % {"provider": self.title, "why": self._hidden(why)}, permanent=True)

    def unclear(self, why: str) -> ProviderError:
        sentence = _("%(provider)s does not answer as it should: %(why)s")
        return ProviderError(sentence % {"provider": self.title, "why": self._hidden(why)}, permanent=False)

    def works(self, balance: object = None) -> str:
        """The sentence of `check`; `balance` in roubles where the provider tells it."""
        if balance is None:
            return _("%(provider)s accepts the credentials.") % {"provider": self.title}
        sentence = _("%(provider)s accepts the credentials. Balance: %(balance)s ₽.")
        return sentence % {"provider": self.title, "balance": self._hidden(str(balance))}

    @cached_property
    def credentials(self) -> Mapping[str, str]:
        """The secret's parts by name; a single one is under "key". Raises ProviderError."""
        return unseal_named(self.account.secret, first=next(iter(self.secrets), "key"))

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        found = super().faults(options)
        if "url" not in cls.options:
            return found
        split = urlsplit(str(options.get("url", default_of(cls.options["url"]))))
        if split.scheme not in ("http", "https") or not split.hostname:
            found["url"] = _("An address that begins with https:// is needed.")
        return found

    def number(self, name: str) -> float:
        """An option that is a number, within its `bounds` once the provider is open."""
        return float(str(self.option(name)))

    def address(self, path: str) -> str:
        """The URL of a method of the API."""
        return str(self.option("url")).rstrip("/") + path

    def _opened(self) -> Wire:
        self.open()
        assert self._wire is not None
        return self._wire

    def _cleaned(self, result: Result) -> Result:
        return replace(
            result,
            provider_key=_plain(result.provider_key),
            code=_plain(result.code),
            reply=self._hidden(_plain(result.reply))[:REPLY_LENGTH],
        )

    def _hidden(self, text: str) -> str:
        """Providers repeat what they were sent, keys included."""
        for form in self._repeatable:
            text = text.replace(form, HIDDEN)
        return text

    @cached_property
    def _repeatable(self) -> Sequence[str]:
        """The secrets in all their forms; made once, since a key of two kilobytes takes longer than its message."""
        secrets = [secret for secret in self.credentials.values() if len(secret) >= 4]
        return [form for secret in secrets for form in (secret, quote(secret, safe=""), quote_plus(secret))]


def _seconds(told: str) -> float | None:
    """Retry-After (RFC 9110 10.2.3): seconds, or a date; None for anything else."""
    if told.isascii() and told.isdecimal():
        return float(told)
    try:
        return max((parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds(), 0)
    except (ValueError, TypeError, OverflowError):  # TypeError: a date without its zone
        return None


def by_status(status: int) -> Result:
    """What an answer means that cannot be read."""
    code = f"http_{status}"
    if status in REFUSED:
        return Result(REJECTED, code=code, permanent=True)
    if status in ACCOUNT_AT_FAULT:
        return Result(DEFERRED, code=code, action=Action.STOP_ACCOUNT)
    return Result(UNKNOWN, code=code)


def _plain(text: str) -> str:
    """PostgreSQL keeps no NUL, UTF-8 no lone surrogate."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def post_json(url: str, body: object, headers: Mapping[str, str]) -> Call:
    """A POST with a JSON body."""
    data = json.dumps(body, ensure_ascii=False).encode()
    return Call("POST", url, {"Content-Type": "application/json; charset=utf-8", **headers}, data)


def roubles(value: object) -> Decimal | None:
    """What a provider calls a cost; None when it is no number."""
    try:
        cost = Decimal(str(value))
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and cost >= 0 else None
