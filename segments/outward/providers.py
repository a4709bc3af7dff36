"""Providers of external lists: a registry that the upper apps fill in `AppConfig.ready`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.utils.translation import gettext as _


class ListError(Exception):
    """A provider did not take it. `permanent`: to try again is of no use until a person has changed something."""

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(sentence)


class ListProvider(Protocol):
    """One provider. Adding what is there and removing what is not there must do nothing: a killed job repeats them.

    `kind` of its addresses is "email" or "phone" (E.164), `channel` the channel whose consent is asked.
    """

    name: str
    label: Any
    kind: str
    channel: str

    def opt_outs(self, audience: str) -> Iterable[str]:
        """Addresses whose owners have unsubscribed over there. Raises `ListError`."""

    def add(self, audience: str, values: Sequence[str]) -> Mapping[str, str]:
        """Put these addresses on the list; answers {address: reason} of those it refused. Raises `ListError`."""

    def remove(self, audience: str, values: Sequence[str]) -> None:
        """Take these addresses off the list. Raises `ListError`."""


_providers: dict[str, ListProvider] = {}


def register(provider: ListProvider) -> None:
    """Adds a provider; a second one of the same name is a mistake and raises `ValueError`."""
    if _providers.setdefault(provider.name, provider) is not provider:
        raise ValueError(f"external lists: two providers are called {provider.name!r}")


def providers() -> list[ListProvider]:
    return list(_providers.values())


def provider_of(name: str) -> ListProvider:
    """Raises `ListError` for one that is not connected here."""
    if name not in _providers:
        sentence = _("The provider “%(name)s” is not connected here: tell the administrator.") % {"name": name}
        raise ListError(sentence, permanent=True)
    return _providers[name]
