"""Who of a segment is on no list of others: an upper app that leaves people alone on purpose says whom (`register` in its
`AppConfig.ready`), or somebody else would write to them for us."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Spared(NamedTuple):
    """A SQL condition over `member.customer_id`, with named parameters of its own. Without braces."""

    sql: str
    parameters: dict[str, Any]


Source = Callable[[], Spared | None]

NOBODY = Spared("false", {})
_sources: list[Source] = []


def register(source: Source) -> None:
    """`source` is asked at each synchronisation; None: nobody."""
    if source not in _sources:
        _sources.append(source)


def now() -> Spared:
    """Whom all of them spare."""
    told = [spared for source in _sources if (spared := source())]
    if not told:
        return NOBODY
    parameters = {name: value for spared in told for name, value in spared.parameters.items()}
    return Spared(" OR ".join(f"({spared.sql})" for spared in told), parameters)
