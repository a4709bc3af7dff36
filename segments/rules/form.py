"""The builder as a form field of Django."""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from segments.rules.builder import document, draw
from segments.rules.drafting import tidy
from segments.rules.picking import fields_to_pick
from segments.rules.starts import starting_points
from segments.rules.steps import Step, advance
from segments.rules.tree import RuleError, validate


class RuleWidget(forms.Widget):
    """The tree of conditions. Saving reads the inputs themselves, so that what was typed last counts; the answer to a
    save that was refused can still be undone.

    Each drawing of the page has a number of its own (`page`): a count of it stops the former count of it.
    """

    class Media:
        css = {"all": ["segments/rules.css"]}
        js = [f"segments/{each}.js" for each in ("rules", "rules_picking", "rules_dragging", "rules_draft")]

    owner = ""  # the slug of the segment that holds the rule
    posted: Step | None = None

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        stored = value.get("rule") if isinstance(value, dict) else None
        context = draw(self.posted or Step(tidy(stored) or {"all": []}), name=name)
        context |= {
            "draw_url": reverse("admin:segments_segment_draw"),
            "count_url": reverse("admin:segments_segment_count"),
            "choices_url": reverse("admin:segments_segment_choices"),
            "owner": self.owner,
            "page": secrets.token_hex(8),
            "picks": fields_to_pick(),
            "starts": starting_points(),
        }
        return render_to_string("segments/rules/builder.html", context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict:
        self.posted = advance(data, name)
        return document(self.posted.draft)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}__kind" not in data

    def id_for_label(self, id_: str | None) -> str:
        return ""


class RuleField(forms.Field):
    """A checked rule document; a fault is an error of the form that names the condition."""

    widget = RuleWidget
    default_error_messages = {"required": _("Add at least one condition.")}

    def validate(self, value: Any) -> None:
        try:
            validate(value, owner=self.widget.owner)
        except RuleError as error:
            raise ValidationError(str(error), code="rule") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return initial != data
