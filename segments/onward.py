"""What one can go on to do with a segment: a registry that upper apps fill (a new campaign) in `AppConfig.ready`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from segments.models import Segment


@dataclass(frozen=True)
class Onward:
    """`address(segment, template)` is the page that begins it. `template` names what the segment is about
    ("rfm-vip"), for whoever has a text for it; "" or an unknown one means no advice."""

    name: str
    label: Any  # a lazy translation, on a button
    icon: str
    permission: str
    address: Callable[[Segment, str], str]


_ways: dict[str, Onward] = {}


def register(way: Onward) -> None:
    """Adds a way; a second one of the same name is a mistake and raises `ValueError`."""
    if _ways.setdefault(way.name, way) != way:
        raise ValueError(f"segments: two ways onward are called {way.name!r}")


def ways(user: Any) -> list[Onward]:
    """Those that this user may take."""
    return [way for way in _ways.values() if user.has_perm(way.permission)]


def way(name: str, user: Any) -> Onward | None:
    return next((each for each in ways(user) if each.name == name), None)
