"""The form of the survey: what one may answer, in the words of the page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from segments.models import Brand
from tracking.models import SurveyAnswer
from tracking.surveys import TOPICS, Reply

DECISIONS = (
    (SurveyAnswer.Decision.KEEP, _("Keep writing to me")),
    (SurveyAnswer.Decision.FEWER, _("Write less often")),
    (SurveyAnswer.Decision.STOP, _("Stop everything")),
)
TOPIC_WORDS = {
    TOPICS.NEW: _("New cars"),
    TOPICS.USED: _("Used cars"),
    TOPICS.SERVICE: _("Service and repairs"),
    TOPICS.INSURANCE: _("Insurance"),
    TOPICS.ACCESSORIES: _("Tyres and accessories"),
}
REASONS = (
    (SurveyAnswer.Reason.TOO_OFTEN, _("You write too often")),
    (SurveyAnswer.Reason.NOT_INTERESTING, _("The offers do not interest me")),
    (SurveyAnswer.Reason.BOUGHT_ELSEWHERE, _("I bought a car elsewhere")),
    (SurveyAnswer.Reason.SOLD_CAR, _("I sold the car")),
    (SurveyAnswer.Reason.BAD_SERVICE, _("I was served badly")),
    (SurveyAnswer.Reason.NEVER_ASKED, _("I never asked for letters")),
    (SurveyAnswer.Reason.OTHER, _("Another reason")),
)
MOST_BRANDS = 100
MOST_LETTERS = 2000


class Choice(forms.ChoiceField):
    """One of the choices or none: an answer that we do not know (any more) is no answer."""

    def clean(self, value: Any) -> str:
        value = self.to_python(value)
        return value if self.valid_value(value) else ""


class Choices(forms.MultipleChoiceField):
    """Those of the choices that we know."""

    def clean(self, value: Any) -> list[str]:
        return [one for one in self.to_python(value) if self.valid_value(one)]


class Comment(forms.CharField):
    """Text of any length and content; what the database does not hold is cut."""

    def clean(self, value: Any) -> str:
        return self.to_python(value).replace("\x00", "")[:MOST_LETTERS]


class SurveyForm(forms.Form):
    """Only the decision can be wrong: nothing beside it may stand between a person and her opt-out."""

    decision = forms.ChoiceField(
        label=_("What shall we do?"),
        choices=DECISIONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three answers.")},
    )
    topics = Choices(
        label=_("What is interesting to you?"),
        choices=list(TOPIC_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    brands = Choices(label=_("Which brands?"), widget=forms.CheckboxSelectMultiple, required=False)
    sold_car = forms.BooleanField(label=_("I have sold the car you write about"), required=False)
    reason = Choice(label=_("Why?"), choices=REASONS, widget=forms.RadioSelect, required=False)
    comment = Comment(
        label=_("Anything you want to add"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MOST_LETTERS}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        names = Brand.objects.order_by("name").values_list("name", flat=True)[:MOST_BRANDS]
        self.fields["brands"].choices = [(name, name) for name in names]

    def reply(self) -> Reply:
        """The cleaned answer."""
        return Reply(**{name: self.cleaned_data[name] for name in self.fields})
