"""Pages of reports: filters stand in the address; a table, a chart and a document to take away, and who took them in the log."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import beginning
from campaigns.models import Campaign
from segments.admin.people_rows import people_shown
from segments.rules.bounded import TooSlow
from tracking.report_pages import asking, behind, frame, saving
from tracking.report_pages.reading_rights import may_read
from tracking.report_pages.registry import REPORTS

PEOPLE, CUT, EXPORT = "segments.view_customer", "segments.add_segment", "campaigns.add_campaign"
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
        "may_see_people": request.user.has_perm(PEOPLE), "lines": linked(request, found), "pictures": PICTURES,
        "may_mail": request.user.has_perm("tracking.add_reportmailing"),
    }  # fmt: skip
    return TemplateResponse(request, "tracking/reports/page.html", context)


def people(admin: Any, request: HttpRequest, report: str) -> HttpResponse:
    """Who stands behind a number (`?row=…&figure=…`, with the filters of the report); a POST makes a segment of them."""
    chosen, asked = _report(request, report), asking.read_from(request.GET)
    may_cut = request.user.has_perm(CUT)
    if not request.user.has_perm(PEOPLE) or (request.method == "POST" and not may_cut):
        raise PermissionDenied
    found = behind.of(chosen, asked, request.GET.get("row", ""), request.GET.get("figure", ""))
    if found is None or (request.method == "POST" and found.rule is None):
        messages.error(request, _("There is no such number in the report: open it again."))
        return redirect("admin:tracking_report", report)
    if request.method == "POST":
        return _cut(request, found)
    text = request.GET.get("after", "")
    after = int(text) if text.isdecimal() and len(text) < 19 else 0
    ids: list[int] = []
    too_slow = ""
    try:
        ids = behind.people(found, asked, request.user, after)
    except TooSlow as error:
        too_slow = str(error)
    query = request.GET.copy()
    query.pop("after", None)
    context = {
        **admin.admin_site.each_context(request), "title": found.title, "opts": admin.opts, "report": chosen,
        "back": f"{reverse('admin:tracking_report', args=[report])}?{_of_report(request)}", "said": saving.said(chosen, asked),
        "people": people_shown(request.user, ids[: behind.PAGE]), "after": after, "query": query.urlencode(),
        "following": ids[behind.PAGE - 1] if len(ids) > behind.PAGE else None, "too_slow": too_slow,
        "may_cut": may_cut and found.rule is not None, "may_export": request.user.has_perm(EXPORT),
    }  # fmt: skip
    return TemplateResponse(request, "tracking/reports/people.html", context)


def _cut(request: HttpRequest, found: frame.Behind) -> HttpResponse:
    segment = behind.segment(found, request.user)
    if request.POST.get("onward") == "export" and request.user.has_perm(EXPORT):
        return redirect(f"{beginning.address(segment, '')}&kind={Campaign.Kind.AUDIENCE.value}")
    messages.success(request, _("The segment “%(name)s” is ready.") % {"name": segment.name})
    return redirect("admin:segments_segment_change", segment.pk)


def _of_report(request: HttpRequest) -> str:
    """The filters of its address alone."""
    query = request.GET.copy()
    for name in ("row", "figure", "after"):
        query.pop(name, None)
    return query.urlencode()


def linked(request: HttpRequest, found: frame.Found) -> list[tuple[frame.Row, list[tuple[str, str]]]]:
    """The lines of the page: each cell in words, and the address of its people where it has any and they may be seen."""
    address, query = reverse("admin:tracking_report_people", args=[found.report.slug]), request.GET.urlencode()
    may_see = request.user.has_perm(PEOPLE) and found.report.behind is not None

    def of(row: frame.Row, figure: Any) -> str:
        if not (may_see and row.key and found.report.counts(figure.name) and row.sums.get(figure.name)):
            return ""
        return f"{address}?{query}{'&' if query else ''}{urlencode({'row': row.key, 'figure': figure.name})}"

    return [
        (row, [(text, of(row, figure)) for text, figure in zip(cells, found.columns, strict=True)])
        for row, cells in saving.lines(found)
    ]


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
