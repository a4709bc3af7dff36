"""Providers of external lists: a registry that the upper apps fill in `AppConfig.ready`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.utils.translation import gettext as _


class ListError(Exception):
    """A provider did not take it. `permanent`: to try again is of no use until a person has changed something."""

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(sentence)


class ListProvider(Protocol):
    """One provider. Adding what is there and removing what is not there must do nothing: a killed job repeats them.

    `kind` of its addresses is "email" or "phone" (E.164), `channel` the channel whose consent is asked, `batch` the
    most addresses of one call, `audience_help` what the name of a list means over there.
    """

    name: str
    label: Any
    kind: str
    channel: str
    batch: int
    audience_help: Any

    def opt_outs(self, audience: str) -> Iterable[str]:
        """Addresses whose owners have unsubscribed over there. Raises `ListError`."""

    def held_back(self, audience: str, count: int) -> str:
        """Why so many addresses cannot be added yet ("": they can); they are offered again the next time. Raises
        `ListError`, when a list cannot begin with so few."""

    def pack(self, values: Sequence[str]) -> bytes:
        """The bytes that leave for these addresses: the log of exports keeps their hash. Raises `ListError`."""

    def add(self, audience: str, values: Sequence[str]) -> Mapping[str, str]:
        """Put these addresses on the list; answers {address: reason} of those it refused. Raises `ListError`."""

    def remove(self, audience: str, values: Sequence[str]) -> None:
        """Take these addresses off the list. Raises `ListError`."""

    def told(self, audience: str) -> str:
        """What the provider says of the list, as a sentence ("": nothing). Raises `ListError`."""


Source = Callable[[], Iterable[ListProvider]]

_providers: dict[str, ListProvider] = {}
_sources: list[Source] = []


def register(provider: ListProvider) -> None:
    """Adds a provider; a second one of the same name is a mistake and raises `ValueError`."""
    if _providers.setdefault(provider.name, provider) is not provider:
        raise ValueError(f"external lists: two providers are called {provider.name!r}")


def register_source(source: Source) -> None:
    """Adds providers that come and go, such as accounts in the database: `source` is asked each time."""
    if source not in _sources:
        _sources.append(source)


def providers() -> list[ListProvider]:
    return [*_providers.values(), *(provider for source in _sources for provider in source())]


def provider_of(name: str) -> ListProvider:
    """Raises `ListError` for one that is not connected here."""
    found = next((provider for provider in providers() if provider.name == name), None)
    if found is None:
        sentence = _("The provider “%(name)s” is not connected here: tell the administrator.") % {"name": name}
        raise ListError(sentence, permanent=True)
    return found
