"""Panels of the customer page: a registry that the upper apps fill (messages, calls) in `AppConfig.ready`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from segments.models import Customer


@dataclass(frozen=True)
class Panel:
    """One panel. `template` is its body, rendered with what `context` returns, `customer` and `panel`.

    `context` runs a bounded number of queries whatever the customer's history is. It may return an
    empty dict: then the panel is left out (nothing to say, or the user may not see it).
    """

    name: str
    order: int
    title: Any  # a lazy translation
    template: str
    context: Callable[[HttpRequest, Customer], dict[str, Any]]


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> None:
    """Adds a panel; a second one of the same name is a mistake and raises `ValueError`."""
    if panel.name in _panels and _panels[panel.name] != panel:
        raise ValueError(f"customer page: two panels are called {panel.name!r}")
    _panels[panel.name] = panel


def panels() -> list[Panel]:
    """All panels in the order of the page."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.name))


def filled(request: HttpRequest, customer: Customer) -> list[tuple[Panel, SafeString]]:
    """What the page shows: the panels that have something to say, each with its rendered body."""
    shown = []
    for panel in panels():
        context = panel.context(request, customer)
        if context:
            body = render_to_string(panel.template, {**context, "panel": panel, "customer": customer}, request)
            shown.append((panel, body))
    return shown
