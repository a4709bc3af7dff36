"""What upper apps add to a campaign's plan: fields of its form and of `campaign create` (a substitute number).

Filled in `AppConfig.ready` of the upper app.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class PlanField:
    """One field of the plan.

    `form_field(campaign)` makes the form field (the campaign may be unsaved); `load(campaign)` gives its
    initial value (None when there is none), `save(campaign, value)` stores the cleaned value, in the
    caller's transaction, and raises `django.core.exceptions.ValidationError` with a sentence when it cannot.
    `check(campaign)` lists what forbids a launch, one sentence each. `preview(value)` tells what the slots of
    the upper app would print, were this value saved: for a letter that is still being written.
    """

    name: str
    form_field: Callable[[Campaign], forms.Field]
    load: Callable[[Campaign], Any]
    save: Callable[[Campaign, Any], None]
    check: Callable[[Campaign], list[str]]
    preview: Callable[[Any], dict[str, str]] = lambda value: {}


_fields: dict[str, PlanField] = {}


def register(field: PlanField) -> None:
    """Add a field; a second registration under the same name replaces the first."""
    _fields[field.name] = field


def every() -> list[PlanField]:
    return list(_fields.values())


def check(campaign: Campaign) -> list[str]:
    """What the fields of all upper apps forbid, one sentence each."""
    return [sentence for field in every() for sentence in field.check(campaign)]


def previews(campaign: Campaign, posted: Mapping[str, Any]) -> dict[str, str]:
    """Texts of slots by what the form holds, saved or not; `posted` is by the names of the fields."""
    texts: dict[str, str] = {}
    for field in every():
        try:
            value = field.form_field(campaign).clean(posted.get(field.name) or None)
        except ValidationError:
            continue  # a look at work in progress: saving will say what is wrong
        if value is not None:
            texts |= field.preview(value)
    return texts
