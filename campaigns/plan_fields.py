"""What upper apps add to a campaign's plan: fields of its form and of `campaign create` (a substitute number).

Filled in `AppConfig.ready` of the upper app.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from campaigns.models import Campaign
from segments.models import Brand


@dataclass(frozen=True, slots=True)
class PlanField:
    """One field of the plan.

    `form_field(campaign)` makes the form field (the campaign may be unsaved); `load(campaign)` gives its
    initial value (None when there is none), `save(campaign, value)` stores the cleaned value, in the
    caller's transaction, and raises `django.core.exceptions.ValidationError` with a sentence when it cannot.
    `is_approved_empty`: whether an approval is bound to its being empty, too; not of a field that came after approvals were
    kept. `check(campaign)` lists what forbids a launch, one sentence each. `preview(value)` tells what the slots of
    the upper app would print, were this value saved: for a letter that is still being written. `of_version(brand)` is the
    same field for the version of a brand, where each has a value of its own.
    """

    name: str
    form_field: Callable[[Campaign], forms.Field]
    load: Callable[[Campaign], Any]
    save: Callable[[Campaign, Any], None]
    check: Callable[[Campaign], list[str]]
    preview: Callable[[Any], dict[str, str]] = lambda value: {}
    of_version: "Callable[[Brand], PlanField] | None" = None
    is_approved_empty: bool = True


_fields: dict[str, PlanField] = {}


def register(field: PlanField) -> None:
    """Add a field; a second registration under the same name replaces the first."""
    _fields[field.name] = field


def every(brand: Brand | None = None) -> list[PlanField]:
    """Those of the campaign, or those of its version for a brand."""
    if brand is None:
        return list(_fields.values())
    return [field.of_version(brand) for field in _fields.values() if field.of_version]


def check(campaign: Campaign, brand: Brand | None = None) -> list[str]:
    """What the fields of all upper apps forbid, one sentence each."""
    return [sentence for field in every(brand) for sentence in field.check(campaign)]


def told(campaign: Campaign, brand: Brand | None = None) -> list[tuple[str, str]]:
    """What upper apps add to the plan, in the words of their form fields."""
    words = []
    for field in every(brand):
        form_field, value = field.form_field(campaign), field.load(campaign)
        say = getattr(form_field, "label_from_instance", str)
        nothing = str(getattr(form_field, "empty_label", "") or "—") if brand else "—"
        words.append((str(form_field.label or field.name), say(value) if value else nothing))
    return words


def follow(campaign: Campaign, brand: Brand) -> None:
    """Save the values of a version anew: what they depend on of the campaign (its start) may have changed."""
    for field in every(brand):
        field.save(campaign, field.load(campaign))


def previews(campaign: Campaign, posted: Mapping[str, Any], brand: Brand | None = None) -> dict[str, str]:
    """Texts of slots by what the form holds, saved or not; `posted` is by the names of the fields."""
    texts: dict[str, str] = {}
    for field in every(brand):
        try:
            value = field.form_field(campaign).clean(posted.get(field.name) or None)
        except ValidationError:
            continue  # a look at work in progress: saving will say what is wrong
        if value is not None:
            texts |= field.preview(value)
    return texts
