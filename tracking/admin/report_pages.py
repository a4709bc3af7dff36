"""Pages of reports: filters stand in the address; a table, a chart and a document to take away, and who took them in the log."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tracking.report_pages import asking, frame, saving
from tracking.report_pages.reading_rights import may_read
from tracking.report_pages.registry import REPORTS

PEOPLE = "segments.view_customer"
PICTURES = ("svg", "png")


def first(admin: Any, request: HttpRequest) -> HttpResponse:
    """The address in the menu."""
    return show(admin, request, next(iter(REPORTS)))


def show(admin: Any, request: HttpRequest, report: str) -> HttpResponse:
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    asked = asking.read_from(request.GET)
    found = frame.find(_report(request, report), asked)
    context = {
        **admin.admin_site.each_context(request), **saving.context(found), "title": found.report.title, "opts": admin.opts,
        "filters": list(asking.filters(asked, found.report.filters)), "query": request.GET.urlencode(),
        "tabs": [(each, reverse("admin:tracking_report", args=[each.slug])) for each in REPORTS.values() if may_read(request.user, each)],
        "may_see_people": request.user.has_perm(PEOPLE), "pictures": PICTURES,
        "may_mail": request.user.has_perm("tracking.add_reportmailing"),
    }  # fmt: skip
    return TemplateResponse(request, "tracking/reports/page.html", context)


def save(admin: Any, request: HttpRequest, report: str) -> HttpResponse:
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    kind = request.GET.get("format", "")
    kind = kind if kind in saving.TYPES else "xlsx"
    found = frame.find(_report(request, report), asking.read_from(request.GET))
    try:
        content = saving.saved(found, kind)
    except saving.CannotSave as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('admin:tracking_report', args=[report])}?{request.GET.urlencode()}")
    LogEntry.objects.create(
        user_id=request.user.pk, action_flag=CHANGE, object_repr=str(found.report.title)[:200],
        change_message=_("Saved the report “%(report)s” as %(kind)s: %(rows)d lines") % {
            "report": found.report.title, "kind": kind.upper(), "rows": len(found.rows),
        },
    )  # fmt: skip
    response = HttpResponse(content, content_type=saving.TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{report}-{timezone.localdate()}.{kind}"'
    return response


def _report(request: HttpRequest, slug: str) -> frame.Report:
    report = REPORTS.get(slug)
    if report is None:
        raise Http404
    if not may_read(request.user, report):
        raise PermissionDenied
    return report
