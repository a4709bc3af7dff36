"""The two pages of the question «would you recommend us?»: the score, and why."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tracking.models import NpsAnswer
from tracking.survey_form import MOST_LETTERS, Choice, Comment

SCORES = [(str(score), str(score)) for score in range(11)]


class ScoreForm(forms.Form):
    """`website` is seen by programs alone: whoever fills it in is one."""

    score = forms.ChoiceField(
        label=_("How likely are you to recommend us to friends? 0: not at all, 10: surely"),
        choices=SCORES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a number from 0 to 10."), "invalid_choice": _("Choose a number from 0 to 10.")},
    )  # fmt: skip
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)

    @property
    def is_of_machine(self) -> bool:
        return bool(self.data.get("website"))


class WhyForm(forms.Form):
    """Nothing here can be wrong: all of it is optional."""

    reason = Choice(label=_("What decided it most?"), widget=forms.RadioSelect, required=False)
    comment = Comment(
        label=_("In your own words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": MOST_LETTERS}),
    )
    may_call = forms.BooleanField(label=_("Call me, I want to talk about it"), required=False)

    def __init__(self, *args: Any, score: int, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["reason"].choices = [(value, str(label).capitalize()) for value, label in NpsAnswer.Reason.choices]
        self.fields["comment"].label = question_of(score)


def question_of(score: int) -> str | Promise:
    if score >= 9:
        return _("What did you like most?")
    return _("What should we have done better?") if score >= 7 else _("What went wrong?")
