"""Customers: the list, and the page of one of them (`customer_page` reads what it shows)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from segments import places, profile
from segments.admin import customer_page, erasure, merging, refusal
from segments.admin.big_lists import ReadOnlyList
from segments.admin.customer_filters import FILTERS
from segments.admin.customer_log import revealed
from segments.admin.customer_search import find
from segments.masking import shown
from segments.models import CardContact, ContactPoint, Customer, Membership
from segments.models.people import ContactKind
from segments.paging import EstimatedPaginator


def _main_contact(kind: str) -> Subquery:
    """The address a list shows: a valid one first, then one of her own, then the first in the card."""
    held = CardContact.objects.filter(customer=OuterRef("pk"), contact_point__kind=kind)
    best_first = held.order_by("-contact_point__validity", "contact_point__is_shared", "position", "id")
    return Subquery(best_first.values("contact_point__value")[:1])


def _contact_column(user: Any, kind: str) -> Callable[[Customer], str | None]:
    """A column bound to who looks: masked for those without the right."""

    @display(description=ContactKind(kind).label)
    def contact(customer: Customer) -> str | None:
        value = getattr(customer, f"main_{kind}")
        return _one_line(shown(user, kind, value)) if value else None

    return contact


def _one_line(text: str) -> str:
    """A long address is cut, whole where the mouse stands on it: the names beside it need their width."""
    return format_html('<span class="kb-nowrap kb-cut" title="{0}">{0}</span>', text)


class CustomerPaginator(EstimatedPaginator):
    """Half of the base can begin with one letter: past 2,000 people the exact number helps nobody."""

    EXACT_UP_TO = 2_000


@admin.register(Customer)
class CustomerAdmin(ReadOnlyList, ModelAdmin):
    list_filter = FILTERS
    list_filter_submit = True
    list_per_page = 50
    list_fullwidth = True
    ordering = ["name_key", "id"]
    search_fields = ["name_key"]  # opens the search box; `get_search_results` does the finding
    search_help_text = _("Name, phone or its last digits, e-mail, VIN, plate or card code")
    change_list_template = "segments/customer_list.html"
    paginator = CustomerPaginator
    actions = ["merge_chosen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        memberships = Membership.objects.filter(customer=OuterRef("pk"), segment__is_archived=False).order_by()
        counted = memberships.values("customer").annotate(n=Count("pk")).values("n")
        return (
            places.all_seen_by(request.user, Customer.objects.filter(merged_into=None))
            .select_related("city", "facts__last_brand")
            .annotate(
                main_phone=_main_contact(ContactKind.PHONE),
                main_email=_main_contact(ContactKind.EMAIL),
                in_segments=Coalesce(Subquery(counted), 0),
            )
        )

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        phone, email = (_contact_column(request.user, kind) for kind in (ContactKind.PHONE, ContactKind.EMAIL))
        return ["name", "city_name", phone, email, "last_purchase", "last_brand", "cars", "segments_count"]

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(merging.MERGE)

    @action(description=_("Merge the chosen"), permissions=["merge"])
    def merge_chosen(self, request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponse | None:
        return merging.chosen_of_list(request, queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        if not search_term.strip():
            return queryset, False
        found = find(queryset, search_term)
        request.names_are_similar = found.is_similar  # type: ignore[attr-defined]
        return found.customers, False

    @display(description=_("customer"), ordering="name_key")
    def name(self, customer: Customer) -> str:
        return str(customer)

    @display(description=_("city"))
    def city_name(self, customer: Customer) -> str | None:
        return customer.city and customer.city.name

    @display(description=_("last purchase"))
    def last_purchase(self, customer: Customer) -> str | None:
        day = _fact(customer, "last_purchase")
        return day and date_format(day, "SHORT_DATE_FORMAT")

    @display(description=_("brand"))
    def last_brand(self, customer: Customer) -> Any:
        return _fact(customer, "last_brand")

    @display(description=_("cars"))
    def cars(self, customer: Customer) -> int | None:
        return _fact(customer, "cars") or None

    @display(description=_("segments"))
    def segments_count(self, customer: Customer) -> int | None:
        return customer.in_segments or None

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"segments_customer_{name}")

        return [
            own("<int:pk>/timeline/", self.timeline_view, "timeline"),
            own("<int:pk>/consents/", self.consents_view, "consents"),
            own("<int:pk>/reveal/<int:point>/", self.reveal_view, "reveal"),
            own("merge/", partial(merging.merge_view, self), "merge"),
            own("<int:pk>/unmerge/<int:record>/", partial(merging.unmerge_view, self), "unmerge"),
            own("<int:pk>/split/", partial(merging.split_view, self), "split"),
            own("<int:pk>/refusal/", partial(refusal.refusal_view, self), "refusal"),
            own("<int:pk>/erase/", partial(erasure.erase_view, self), "erase"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of a customer; the number of one who was merged leads to the survivor."""
        customer = self.customer(request, object_id)
        living = customer_page.survivor(customer)
        if living.pk != customer.pk:
            said = gettext("№ %(number)s was merged into this customer.") % {"number": customer.pk}
            messages.info(request, said)
            return redirect("admin:segments_customer_change", living.pk)
        context = {
            **self.admin_site.each_context(request),
            **customer_page.read(request.user, customer),
            "opts": self.opts,
            "original": customer,
            "title": str(customer),
            "panels": profile.filled(request, customer),
        }
        return TemplateResponse(request, "segments/customer_page.html", context)

    def timeline_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        customer = self.customer(request, pk)
        history, following = customer_page.timeline(customer, _before(request))
        context = {"customer": customer, "history": history, "history_next": following}
        return TemplateResponse(request, "segments/customer_timeline.html", context)

    def consents_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        customer = self.customer(request, pk)
        decisions, following = customer_page.consents(request.user, customer, _before(request))
        context = {"customer": customer, "decisions": decisions, "decisions_next": following}
        return TemplateResponse(request, "segments/customer_consents.html", context)

    def reveal_view(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        """Shows one address of hers whole, and writes down who looked."""
        customer = self.customer(request, pk)
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        held = CardContact.objects.filter(customer=customer).values("contact_point")
        contact = get_object_or_404(ContactPoint, pk=point, pk__in=held)
        return HttpResponse(escape(revealed(request, customer, contact)))

    def customer(self, request: HttpRequest, object_id: str | int) -> Customer:
        """The customer of this number, merged or not, for whom the user may look at her at all: of a
        centre of his, where he keeps to his own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not str(object_id).isdecimal():
            raise Http404
        people = Customer.objects.select_related("city", "facts__home_centre", "facts__last_brand", "facts__last_model")
        customer = get_object_or_404(people, pk=int(object_id))
        if not places.sees(request.user, customer_page.survivor(customer)):
            raise Http404
        return customer


def _fact(customer: Customer, name: str) -> Any:
    facts = getattr(customer, "facts", None)
    return getattr(facts, name, None)


def _before(request: HttpRequest) -> int | None:
    """Where the next page of a long list begins: the last row that the page already shows."""
    before = request.GET.get("before", "")
    return int(before) if before.isdecimal() else None
