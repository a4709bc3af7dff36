"""What upper apps add to a campaign's plan: fields of its form and of `campaign create` (a substitute number).

Filled in `AppConfig.ready` of the upper app.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class PlanField:
    """One field of the plan.

    `form_field(campaign)` makes the form field (the campaign may be unsaved); `load(campaign)` gives its
    initial value (None when there is none), `save(campaign, value)` stores the cleaned value, in the
    caller's transaction, and raises `django.core.exceptions.ValidationError` with a sentence when it cannot.
    `check(campaign)` lists what forbids a launch, one sentence each.
    """

    name: str
    form_field: Callable[[Campaign], forms.Field]
    load: Callable[[Campaign], Any]
    save: Callable[[Campaign, Any], None]
    check: Callable[[Campaign], list[str]]


_fields: dict[str, PlanField] = {}


def register(field: PlanField) -> None:
    """Add a field; a second registration under the same name replaces the first."""
    _fields[field.name] = field


def every() -> list[PlanField]:
    return list(_fields.values())


def check(campaign: Campaign) -> list[str]:
    """What the fields of all upper apps forbid, one sentence each."""
    return [sentence for field in every() for sentence in field.check(campaign)]
