"""The columns of the report of calls, on the page and in the table that is taken away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.calls_to_make.reports import Figures
from campaigns.models import CallTask

Outcome = CallTask.Outcome


@dataclass(frozen=True, slots=True)
class Column:
    title: str | Promise
    of: Callable[[Figures], Any]
    is_share: bool = False  # its 0 says something

    def shown(self, figures: Figures) -> Any:
        value = self.of(figures)
        return value if value or self.is_share else None


COLUMNS = (
    Column(pgettext_lazy("report of calls", "given"), lambda figures: figures.given),
    Column(pgettext_lazy("report of calls", "in time"), lambda figures: figures.in_time),
    Column(pgettext_lazy("report of calls", "late"), lambda figures: figures.late),
    Column(pgettext_lazy("report of calls", "not called"), lambda figures: figures.missed),
    Column(_("regularity, %"), lambda figures: figures.regularity, is_share=True),
    Column(Outcome.VISIT.label, lambda figures: figures.visit),
    Column(Outcome.THINKS.label, lambda figures: figures.thinks),
    Column(Outcome.REFUSED.label, lambda figures: figures.refused),
    Column(Outcome.NOT_REACHED.label, lambda figures: figures.not_reached),
    Column(Outcome.WRONG_NUMBER.label, lambda figures: figures.wrong_number),
    Column(Outcome.ASKS_NOT.label, lambda figures: figures.asks_not),
    Column(_("result not told"), lambda figures: figures.called),
    Column(_("visits in 30 days"), lambda figures: figures.visits),
    Column(_("deals in 30 days"), lambda figures: figures.deals),
)
