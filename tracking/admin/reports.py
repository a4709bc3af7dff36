"""The list of reports: each campaign with what it brought, and the same as a book of XLSX."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from tablib import Dataset
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import action, display
from unfold.views import ChangeList

from campaigns.admin.letters import framed, page_of_faults
from campaigns.models import Campaign, Content
from campaigns.rendering import BadContent
from tracking import keeping
from tracking.admin import report_pages
from tracking.admin.attribution import PAGES
from tracking.attribution import reading
from tracking.hits import link_map, panel
from tracking.models import CampaignResult
from tracking.money import beyond, of_campaign
from tracking.money.figures import value
from tracking.reports import Summary, runs_of

VIEW_CAMPAIGNS = "campaigns.view_campaign"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 5000


class ReportList(ChangeList):
    """A page of campaigns, each with its `summary`: a fixed number of queries for the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = with_summaries(self.result_list)

    def url_for_result(self, result: Any) -> str:
        return reverse("admin:campaigns_campaign_change", args=[result.pk])


def with_summaries(campaigns: Any) -> list[CampaignResult]:
    listed = list(campaigns)
    figures = keeping.kept([campaign.pk for campaign in listed])
    earned, lifts = reading.by_model(figures), beyond.lifted(figures)
    for campaign in listed:
        campaign.summary = figures[campaign.pk]
        campaign.lift = lifts.get(campaign.pk)
        campaign.earned = earned[campaign.pk].get(MODEL, reading.NOTHING)
    return listed


def figure(title: Any, read: Any) -> Any:
    """A column with a number of the summary."""

    @display(description=title)
    def column(campaign: Any) -> str:
        value = read(campaign.summary)
        return localize(value) if value else "—"

    return column


def share(title: Any, read: Any) -> Any:
    """A column with a number of people, and under it their share of those it was sent to."""

    @display(description=title)
    def column(campaign: Any) -> str:
        value, sent = read(campaign.summary), campaign.summary.sent
        if not value or not sent:
            return "—"
        rate = localize(round(100 * value / sent, 1))
        return format_html(
            '<span class="whitespace-nowrap">{} <span class="text-font-subtle-light dark:text-font-subtle-dark">{}%</span></span>',
            localize(value),
            rate,
        )

    return column


def money(title: Any, unit: str, read: Any) -> Any:
    """A column with roubles or with a share in per cent; nothing paid is no share."""

    @display(description=title)
    def column(campaign: Any) -> str:
        value = read(campaign)
        return "—" if value is None else localize(round(100 * value if unit == "%" else value)) + unit.replace("₽", "")

    return column


MODEL = "last"  # of attribution; all of them stand on the campaign's page


def _by_model(campaign: Any, name: str) -> Any:
    return value(name, of_campaign.sums_by(campaign.summary, campaign.earned))


COLUMNS = (
    (gettext_lazy("sent"), figure, lambda summary: summary.sent),
    (gettext_lazy("opened"), share, lambda summary: summary.delivery.opened),
    (gettext_lazy("clicked"), share, lambda summary: summary.delivery.clicked),
    (gettext_lazy("opted out"), share, lambda summary: summary.delivery.opt_outs),
    (gettext_lazy("calls"), figure, lambda summary: summary.responses.calls),
    (gettext_lazy("visits"), figure, lambda summary: summary.responses.written.visits),
    (gettext_lazy("deals"), figure, lambda summary: summary.responses.written.deals),
    (gettext_lazy("control group"), figure, lambda summary: summary.responses.control.size),
    (gettext_lazy("cost, ₽"), figure, lambda summary: round(summary.cost)),
)


def beyond_control(campaign: Any) -> Any:
    return value("added_roi", beyond.sums(campaign.lift, campaign.summary.cost)) if campaign.lift else None


MONEY = (
    (gettext_lazy("profit by last touch, ₽"), "₽", lambda campaign: _by_model(campaign, "profit")),
    (gettext_lazy("ROI by last touch"), "%", lambda campaign: _by_model(campaign, "roi")),
    (gettext_lazy("ROI beyond the control group"), "%", beyond_control),
)


@admin.register(CampaignResult)
class ReportAdmin(ModelAdmin):
    """Whoever may see campaigns may see what they brought."""

    list_display = (
        "campaign",
        "launched",
        *(kind(title, read) for title, kind, read in COLUMNS),
        *(money(*each) for each in MONEY),
    )
    list_filter = ("state", "channel", "brand", ("started_at", RangeDateFilter))
    list_filter_submit = True
    search_fields = ("name",)
    list_display_links = ("campaign",)
    list_per_page = 25
    ordering = ("-id",)
    actions = None
    actions_list = ["export"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CampaignResult]:
        return super().get_queryset(request).exclude(runs=None).distinct()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ReportList]:
        return ReportList

    def get_urls(self) -> list[URLPattern]:
        def own(view: Callable[..., HttpResponse]) -> Any:
            def checked(request: HttpRequest, **arguments: str) -> HttpResponse:
                if not self.has_view_permission(request):
                    raise PermissionDenied
                return view(self, request, **arguments)

            return self.admin_site.admin_view(checked)

        return [
            path("all/", self.admin_site.admin_view(self.changelist_view), name="tracking_reports"),
            path("by/", own(report_pages.first), name="tracking_summary"),
            path("by/<slug:report>/", own(report_pages.show), name="tracking_report"),
            path("by/<slug:report>/people/", own(report_pages.people), name="tracking_report_people"),
            path("by/<slug:report>/save/", own(report_pages.save), name="tracking_report_save"),
            path("<int:pk>/links/", self.admin_site.admin_view(self.links_view), name="tracking_campaignresult_links"),
            *(
                path(route, self.admin_site.admin_view(page), name=f"tracking_campaignresult_{name}")
                for route, page, name in PAGES
            ),
            *super().get_urls(),
        ]

    def links_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One text of the campaign (`content`; its first) with the number of people at each of its links, for a frame."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        campaign = get_object_or_404(Campaign, pk=pk)
        asked = request.GET.get("content", "")
        contents = Content.objects.filter(campaign=campaign).order_by("pk")
        content = contents.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else contents.first()
        if content is None:
            raise Http404
        people = panel.people_by_link(runs_of([pk])[pk])
        try:
            return framed(link_map.page(content, people.get(content.pk, {})))
        except BadContent:  # it was sent by the rules of its day
            return framed(page_of_faults([]))

    list_after_template = "tracking/admin/reports_kept.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Reports"), **(extra_context or {})})

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(VIEW_CAMPAIGNS)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(VIEW_CAMPAIGNS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @action(description=gettext_lazy("Save as XLSX"), url_path="xlsx", icon="download", permissions=["view"])
    def export(self, request: HttpRequest) -> HttpResponse:
        """The whole list as a book; who took it is in the log."""
        campaigns = with_summaries(self.get_queryset(request).order_by("-id")[:MOST_ROWS])
        LogEntry.objects.create(
            user_id=request.user.pk,
            action_flag=CHANGE,
            object_repr=_("Reports"),
            change_message=_("Saved the list of reports: %d campaigns") % len(campaigns),
        )
        response = HttpResponse(book(campaigns), content_type=XLSX)
        response.headers["Content-Disposition"] = f'attachment; filename="reports-{timezone.localdate()}.xlsx"'
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A campaign has one page: its own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:campaigns_campaign_change", object_id)

    @display(description=gettext_lazy("campaign"), ordering="name")
    def campaign(self, campaign: CampaignResult) -> str:
        return format_html('<span class="block min-w-32">{}</span>', campaign.name)

    @display(description=gettext_lazy("launched"), ordering="started_at")
    def launched(self, campaign: CampaignResult) -> str:
        return date_format(timezone.localtime(campaign.started_at), "d.m.Y") if campaign.started_at else "—"


def book(campaigns: list[Any]) -> bytes:
    """XLSX with plain numbers; a name that begins like a formula stays text."""
    arms = [_("calls, control"), _("visits, control"), _("deals, control")]
    sums = [_("sum of deals, ₽"), *(str(title) for title, _unit, _read in MONEY)]
    titles = [
        _("number"),
        _("campaign"),
        _("launched"),
        *(str(title) for title, _kind, _read in COLUMNS),
        *arms,
        *sums,
    ]
    table = Dataset(headers=titles, title=_("Reports")[:31])
    for campaign in campaigns:
        table.append(_cells(campaign, campaign.summary))
    return table.export("xlsx", escape=True)


def _cells(campaign: CampaignResult, summary: Summary) -> list[Any]:
    control = summary.responses.control
    return [
        campaign.pk,
        campaign.name,
        timezone.localtime(campaign.started_at).replace(tzinfo=None) if campaign.started_at else "",
        *(read(summary) for _title, _kind, read in COLUMNS),
        control.calls,
        control.visits,
        control.deals,
        summary.responses.written.revenue,
        *("" if (value := read(campaign)) is None else round(value, 4) for _title, _unit, read in MONEY),
    ]
