"""Whether this installation may take anything out to others: an upper app that knows says so (`register` in its
`AppConfig.ready`). A restored, copied or promoted database has lists and keys of live accounts too."""

from collections.abc import Callable

Permit = Callable[[], bool]
_permits: list[Permit] = []


def register(permit: Permit) -> None:
    """It is asked before each exchange with a provider."""
    if permit not in _permits:
        _permits.append(permit)


def given() -> bool:
    return all(permit() for permit in _permits)
