"""The shape of lists over tables that imports fill: nothing is counted over the whole table, most are only read."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import Promise

from segments.paging import EstimatedChangeList, EstimatedPaginator


class BigList:
    """A list of a ModelAdmin that costs the same at half a million rows. Comes before ModelAdmin among the bases."""

    paginator = EstimatedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count per choice of a filter, over the whole table
    list_max_show_all = 0
    nothing_yet: str | Promise = ""  # where its rows will come from, said while there are none

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[EstimatedChangeList]:
        return EstimatedChangeList


class ReadOnlyList(BigList):
    """Rows that are written elsewhere: here they are found and looked at."""

    actions: list[str] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
