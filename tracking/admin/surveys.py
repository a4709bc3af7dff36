"""Survey answers: the list with the reasons summed above it."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.decorators import display

from tracking.admin.answers import AnswerList
from tracking.models import SurveyAnswer
from tracking.panels import last_of_each, reason_bars
from tracking.survey_form import TOPIC_WORDS

DECISION = SurveyAnswer.Decision


@admin.register(SurveyAnswer)
class SurveyAnswerAdmin(AnswerList):
    """What people said; nobody edits it."""

    list_display = ("when", "customer", "decided", "why", "wishes", "comment", "campaign")
    list_filter = (
        ("campaign", AutocompleteSelectFilter),
        "decision",
        "reason",
        "sold_car",
        "via",
        ("answered_at", RangeDateFilter),
    )
    list_select_related = ("customer", "campaign")
    list_before_template = "tracking/admin/answers_summary.html"
    fields = ("when", "customer", "campaign", "decided", "via", "why", "wishes", "sold_car", "comment")
    readonly_fields = fields

    @display(
        description=_("decision"),
        ordering="decision",
        label={DECISION.KEEP.label: "success", DECISION.FEWER.label: "warning", DECISION.STOP.label: "danger"},
    )
    def decided(self, answer: SurveyAnswer) -> str:
        return answer.get_decision_display()

    @display(description=_("interested in"))
    def wishes(self, answer: SurveyAnswer) -> str | None:
        topics = [str(TOPIC_WORDS.get(topic, topic)) for topic in answer.topics]
        return ", ".join([*answer.brands, *topics]) or None

    def summary(self, answers: Any) -> dict[str, Any]:
        return summary(answers)


def summary(answers: Any) -> dict[str, Any]:
    """People by the last of these answers, and the reasons of those who stop."""
    counted = last_of_each(answers).aggregate(
        **{f"of_{name.lower()}": Count("pk", filter=Q(decision=DECISION[name])) for name in DECISION.names}
    )
    stopped = answers.filter(decision=DECISION.STOP).order_by().aggregate(n=Count("message_id", distinct=True))["n"]
    return {"decisions": counted, "bars": reason_bars(answers, stopped)}
