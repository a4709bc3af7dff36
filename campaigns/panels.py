"""What upper apps add to a campaign's page after launch: calls, visits, sales, opt-outs.

Filled in `AppConfig.ready` of the upper app.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Panel:
    """One block of the page: `template` is rendered with what `context(request, campaign)` returns, and `campaign`.
    Where it says {} there is no such block. `of_audiences`: it says something of campaigns too that write to nobody."""

    name: str
    order: int
    title: str | Promise
    template: str
    context: Callable[[HttpRequest, Campaign], dict[str, Any]]
    of_audiences: bool = False


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> None:
    """Add a panel; a second registration under the same name replaces the first."""
    _panels[panel.name] = panel


def every() -> list[Panel]:
    """All panels by their order."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.name))
