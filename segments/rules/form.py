"""The builder as a form field of Django."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from segments.rules.builder import document, draw
from segments.rules.drafting import first_condition, parse, tidy
from segments.rules.tree import RuleError, validate


class RuleWidget(forms.Widget):
    """The tree of conditions. Saving reads the inputs themselves, so that what was typed last counts."""

    class Media:
        css = {"all": ["segments/rules.css"]}
        js = ["segments/rules.js"]

    owner = ""  # the slug of the segment that holds the rule

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        stored = value.get("rule") if isinstance(value, dict) else None
        draft = tidy(stored) or {"all": [first_condition()]}
        context = draw(draft, [], name=name)
        context |= {
            "draw_url": reverse("admin:segments_segment_draw"),
            "count_url": reverse("admin:segments_segment_count"),
        }
        context |= {"owner": self.owner}
        return render_to_string("segments/rules/builder.html", context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict:
        return document(parse(data, name))

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
