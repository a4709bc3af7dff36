"""Lists of what people answered on public pages: nobody edits them, and a summary of what the filters leave stands above."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from segments.admin.big_lists import ReadOnlyList


class AnswerList(ReadOnlyList, ModelAdmin):
    """Answers with `answered_at` and a `reason` of choices; `list_before_template` shows the summary."""

    list_filter_submit = True

    def summary(self, answers: QuerySet) -> dict[str, Any]:
        raise NotImplementedError

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The summary is of what the filters leave, not of the whole table."""
        response = super().changelist_view(request, extra_context)
        found = getattr(response, "context_data", {}).get("cl")
        if found is not None:
            response.context_data |= self.summary(found.queryset)
        return response

    @display(description=_("when"), ordering="answered_at")
    def when(self, answer: Any) -> str:
        return date_format(timezone.localtime(answer.answered_at), "d.m.Y H:i")

    @display(description=_("reason"), ordering="reason")
    def why(self, answer: Any) -> str | None:
        return capfirst(answer.get_reason_display()) or None
