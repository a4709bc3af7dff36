"""Lists over tables of millions of rows: counts exact while it is cheap, the planner's estimate past that."""

import json
from functools import cached_property

from django.core.paginator import Paginator
from django.http import HttpRequest
from unfold.views import ChangeList


class EstimatedPaginator(Paginator):
    """Counts at most `EXACT_UP_TO` rows. A longer list gets the estimate of EXPLAIN, never a COUNT(*).

    An estimate may be off by a few per cent, so the last pages of such a list can be empty or missing:
    nobody pages to row 400,000, they search.
    """

    EXACT_UP_TO = 10_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list.order_by()
        counted = rows.values("pk")[: self.EXACT_UP_TO + 1].count()
        if counted <= self.EXACT_UP_TO:
            return counted
        plan = json.loads(rows.explain(format="json"))
        return max(int(plan[0]["Plan"]["Plan Rows"]), counted)


class EstimatedChangeList(ChangeList):
    """A list that does not offer "show all" beside the count when all is what it shows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count
