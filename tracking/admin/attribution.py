"""Pages of attribution: what a campaign is given by a model, with its deals; why a deal counts; the windows."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.sites import site
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.admin import ModelAdmin
from unfold.decorators import display

from campaigns.models import Campaign
from segments import places
from segments.models import Customer, Interaction
from tracking.attribution import explaining, matrix
from tracking.attribution.definitions import PURPOSES, WINDOW
from tracking.models import Attribution, AttributionWindow

SHOWN = 50
VIEW_CAMPAIGNS, VIEW_CUSTOMERS = "campaigns.view_campaign", "segments.view_customer"


@require_GET
def of_campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """The model, the line and where the list goes on stand in the address."""
    _check(request, VIEW_CAMPAIGNS)
    campaign = get_object_or_404(Campaign, pk=pk)
    model = matrix.model_of(request)
    line = request.GET.get("line", "all")
    deals, more = _deals(campaign, model, line, request.GET.get("after", ""))
    context = {
        "title": _("Attribution: what counts for the campaign"), "campaign": campaign, "line": line,
        "deals": deals if request.user.has_perm(VIEW_CUSTOMERS) else [], "more": more, "rules": (WINDOW, PURPOSES),
        **matrix.of(campaign, model),
    }  # fmt: skip
    return TemplateResponse(request, "tracking/admin/attribution.html", {**site.each_context(request), **context})


@require_GET
def of_deal(request: HttpRequest, deal: int) -> HttpResponse:
    """Only of people whom the user may see."""
    _check(request, VIEW_CAMPAIGNS, VIEW_CUSTOMERS)
    found = get_object_or_404(Interaction.objects.select_related("customer", "centre", "brand", "model"), pk=deal)
    if not places.seen_by(request.user, Customer.objects.filter(pk=found.customer_id)).exists():
        raise PermissionDenied
    context = {"title": _("Why this deal counts"), "explained": explaining.explain(found), "rules": (WINDOW, PURPOSES)}
    return TemplateResponse(request, "tracking/admin/deal.html", {**site.each_context(request), **context})


PAGES = (
    ("<int:pk>/attribution/", of_campaign, "attribution"),
    ("deal/<int:deal>/", of_deal, "deal"),
)


def _check(request: HttpRequest, *permissions: str) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def _deals(campaign: Campaign, model: str, line: str, after: str) -> tuple[list[dict[str, Any]], int | None]:
    """A page of them, the newest first, and the row after which the next page begins."""
    rows = Attribution.objects.filter(campaign=campaign, model=model).select_related("deal", "customer")
    rows = rows if line == "all" else rows.filter(line=line)
    rows = _from(rows, after).order_by("-dealt_at", "-pk")[: SHOWN + 1]
    found = [{"row": row, "revenue": row.share * row.amount} for row in rows]
    return found[:SHOWN], found[SHOWN - 1]["row"].pk if len(found) > SHOWN else None


def _from(rows: QuerySet[Attribution], after: str) -> QuerySet[Attribution]:
    last = rows.filter(pk=int(after)).first() if after.isdecimal() and len(after) < 19 else None
    return rows.filter(Q(dealt_at__lt=last.dealt_at) | Q(dealt_at=last.dealt_at, pk__lt=last.pk)) if last else rows


@admin.register(AttributionWindow)
class AttributionWindowAdmin(ModelAdmin):
    """A line of business each; what is set here counts from the night on."""

    list_display = ("name", "days", "days_applied")
    fields = ("days",)
    ordering = ("pk",)
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("line of business"))
    def name(self, window: AttributionWindow) -> str:
        return str(window)
