"""The list of customers by RFM: what cells and segments of the page lead to."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from segments.models import RfmLine
from segments.rfm.cutting import part, parts
from segments.rfm.naming import names


class RfmFilter(DropdownFilter):
    """The named segments of everything together, and whatever part of whatever line the address names."""

    title, parameter_name = _("RFM segment"), "rfm"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        offered = [(str(each), each.title()) for each in parts(RfmLine.Line.ALL, names())]
        chosen = part(request.GET.get(self.parameter_name, ""))
        if chosen and str(chosen) not in dict(offered):
            offered.append((str(chosen), chosen.title()))
        return offered

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = part(self.value() or "")
        return queryset.filter(chosen.condition()) if chosen else queryset
