"""How ready people are to recommend us: the list of their scores, and the index of what the filters leave above it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import TruncMonth
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.decorators import display

from segments.models import Segment
from tracking import nps
from tracking.admin.answers import AnswerList
from tracking.models import NpsAnswer

MONTHS, LINES = 12, 15
GROUPS = {
    "promoters": (_("9 and 10: promoters"), nps.PROMOTERS),
    "detractors": (_("0 to 6: detractors"), nps.DETRACTORS),
}


class GroupFilter(admin.SimpleListFilter):
    title, parameter_name = _("who it is"), "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _which) in GROUPS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[NpsAnswer]) -> QuerySet[NpsAnswer]:
        return queryset.filter(GROUPS[self.value()][1]) if self.value() in GROUPS else queryset


class SegmentFilter(admin.SimpleListFilter):
    """Who is in the segment now."""

    title, parameter_name = _("segment"), "segment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Segment.objects.order_by("name").values_list("pk", "name")[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[NpsAnswer]) -> QuerySet[NpsAnswer]:
        asked = self.value() or ""
        return queryset.filter(customer__memberships__segment=int(asked)) if asked.isdecimal() else queryset


@admin.register(NpsAnswer)
class NpsAnswerAdmin(AnswerList):
    """What people said; nobody edits it."""

    list_display = ("when", "customer", "points", "why", "comment", "wants_call", "centre", "brand", "campaign")
    ordering = ("-answered_at", "-pk")  # a change of mind comes up again
    list_filter = (
        ("campaign", AutocompleteSelectFilter),
        GroupFilter,
        "reason",
        "may_call",
        "centre",
        "brand",
        SegmentFilter,
        ("answered_at", RangeDateFilter),
    )
    list_select_related = ("customer", "campaign", "centre", "brand")
    list_before_template = "tracking/admin/nps_summary.html"
    nothing_yet = _("Scores come by the placeholder «ссылка_на_оценку» of a message.")
    fields = ("when", "customer", "campaign", "points", "why", "comment", "wants_call", "centre", "brand")
    readonly_fields = fields

    @display(description=_("score"), ordering="score", label={"up": "success", "middle": "warning", "down": "danger"})
    def points(self, answer: NpsAnswer) -> tuple[str, str]:
        return "up" if answer.score >= 9 else "down" if answer.score <= 6 else "middle", str(answer.score)

    @display(description=_("asks for a call"), ordering="may_call")
    def wants_call(self, answer: NpsAnswer) -> Any:
        return _("yes") if answer.may_call else None

    def summary(self, answers: QuerySet[NpsAnswer]) -> dict[str, Any]:
        return summary(answers)


def summary(answers: QuerySet[NpsAnswer]) -> dict[str, Any]:
    """The index with its interval; the same by month, centre, brand and campaign; reasons of detractors."""
    answers = NpsAnswer.objects.filter(pk__in=answers.order_by().values("pk"))
    overall = nps.score_of(answers)
    if not overall.answers:
        return {}
    by_month = nps.scores_by(answers.annotate(month=TruncMonth("answered_at")), "month")[-MONTHS:]
    tables = [
        (_("By month"), [(date_format(timezone.localtime(month), "F Y"), score) for month, score in by_month]),
        (_("By dealer centre"), _most(nps.scores_by(answers, "centre__name"))),
        (_("By brand"), _most(nps.scores_by(answers, "brand__name"))),
        (_("By campaign"), _most(nps.scores_by(answers, "campaign_id", "campaign__name"))),
    ]
    return {
        "overall": overall,
        "tables": [(title, lines) for title, lines in tables if lines],
        "reasons": _reasons(answers),
    }


def _most(lines: list[tuple[Any, nps.Score]]) -> list[tuple[Any, nps.Score]]:
    return sorted(lines, key=lambda line: -line[1].answers)[:LINES]


def _reasons(answers: QuerySet[NpsAnswer]) -> list[tuple[Any, nps.Score]]:
    labels = dict(NpsAnswer.Reason.choices)
    counted = _most(nps.scores_by(answers.exclude(reason=""), "reason"))
    return [(capfirst(labels[reason]), score) for reason, score in counted]
