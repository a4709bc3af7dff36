"""The report of calls: filters stand in the address; the same as a table to take away, and who took it in the log."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from tablib import Dataset

from campaigns.admin.calls.columns import COLUMNS
from campaigns.calls_to_make import lists, reports
from segments import places
from segments.formulas import harmless
from segments.models import Centre

REPORT = "campaigns.view_call_report"
MONTHS = 13  # offered
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
BOM = "\ufeff"  # by which Excel knows UTF-8


def report_view(admin: Any, request: HttpRequest) -> HttpResponse:
    if refusal := _refused(request):
        return refusal
    months, asked = _months(), _asked(request)
    found = reports.lines(asked)
    last = timezone.localtime(asked.until) - timedelta(days=1)
    context = {
        "lines": [(line, _shown(line.figures)) for line in found], "total": _shown(reports.together(found)),
        "columns": COLUMNS, "months": months, "since": f"{timezone.localtime(asked.since):%Y-%m}", "until": f"{last:%Y-%m}",
        "centres": _centres(request), "centre": request.GET.get("centre", ""),
        "colleagues": lists.colleagues(request.user), "who": request.GET.get("who", ""),
        "query": request.GET.urlencode(),
    }  # fmt: skip
    return admin.show(request, "campaigns/calls/report.html", title=_("Report of calls"), **context)


def save_view(admin: Any, request: HttpRequest) -> HttpResponse:
    if refusal := _refused(request):
        return refusal
    kind = request.GET.get("format") if request.GET.get("format") in FORMATS else "xlsx"
    found = reports.lines(_asked(request))
    LogEntry.objects.create(
        user_id=request.user.pk, action_flag=CHANGE, object_repr=_("Report of calls"),
        change_message=_("Saved the report of calls: %d lines") % len(found),
    )  # fmt: skip
    response = HttpResponse(_book(found, str(kind)), content_type=FORMATS[str(kind)])
    response.headers["Content-Disposition"] = f'attachment; filename="calls-{timezone.localdate()}.{kind}"'
    return response


def _refused(request: HttpRequest) -> HttpResponse | None:
    if not request.user.has_perm(REPORT):
        raise PermissionDenied
    return None if request.method == "GET" else HttpResponseNotAllowed(["GET"])


def _book(found: list[reports.Line], kind: str) -> bytes:
    table = Dataset(headers=[_("month"), _("dealer centre"), _("salesperson"), *(str(each.title) for each in COLUMNS)])
    for line in found:
        names = [harmless(line.centre), harmless(line.salesperson) or _("nobody has taken it")]
        table.append([date_format(line.month, "m.Y"), *names, *_cells(line.figures)])
    if kind == "csv":
        return (BOM + table.export("csv", delimiter=";")).encode()
    return table.export("xlsx", escape=True)


def _cells(figures: reports.Figures) -> list[Any]:
    return [each.of(figures) for each in COLUMNS]


def _shown(figures: reports.Figures) -> list[Any]:
    return [each.shown(figures) for each in COLUMNS]


def _months() -> list[tuple[str, str]]:
    """(as the address has it, in words), the newest first."""
    today = timezone.localdate()
    numbers = [today.year * 12 + today.month - 1 - back for back in range(MONTHS)]
    days = [today.replace(year=number // 12, month=number % 12 + 1, day=1) for number in numbers]
    return [(f"{day:%Y-%m}", date_format(day, "F Y")) for day in days]


def _asked(request: HttpRequest) -> reports.Asked:
    """What the address asks for, within what the user sees; nonsense is this month, and everybody."""
    names = [name for name, _words in _months()]
    since, until = (request.GET.get(name, "") for name in ("since", "until"))
    until = until if until in names else names[0]
    since = min(since, until) if since in names else until
    own, centre, who = places.of(request.user).centres, request.GET.get("centre", ""), request.GET.get("who", "")
    centres = list(own) if own is not None else None
    if centre.isdecimal() and places.of(request.user).holds(int(centre)):
        centres = [int(centre)]
    return reports.Asked(_begins(since), _begins(until, ahead=1), centres, int(who) if who.isdecimal() else None)


def _begins(month: str, ahead: int = 0) -> datetime:
    year, number = map(int, month.split("-"))
    number += ahead
    return timezone.make_aware(datetime(year + (number - 1) // 12, (number - 1) % 12 + 1, 1))


def _centres(request: HttpRequest) -> list[Centre]:
    return [centre for centre in Centre.objects.all() if places.of(request.user).holds(centre.pk)]
