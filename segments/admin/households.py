"""Households: who shares an address without being one person."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Trim
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from segments.admin.big_lists import ReadOnlyList
from segments.models import Customer, Household


@admin.register(Household)
class HouseholdAdmin(ReadOnlyList, ModelAdmin):
    """Read only: households are found from the addresses (`segments.identity.households`)."""

    list_display = ["household", "count", "members"]
    list_per_page = 50
    list_fullwidth = True
    ordering = ["name", "id"]
    search_fields = ["name__istartswith"]
    search_help_text = _("Beginning of the surname")
    nothing_yet = _("Families are found by themselves, once an import brings people who share a phone or an e-mail.")

    def has_view_permission(self, request: HttpRequest, obj: Household | None = None) -> bool:
        return request.user.has_perm("segments.view_household")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Household]:
        living = Customer.objects.filter(household=OuterRef("pk"), merged_into=None).order_by().values("household")
        name = Trim(Concat("last_name", Value(" "), "first_name", Value(" "), "middle_name"))
        return Household.objects.annotate(
            people=Subquery(living.annotate(n=StringAgg(name, "; ", order_by=("name_key", "id"))).values("n"))
        )

    @display(description=_("household"), ordering="name")
    def household(self, household: Household) -> str:
        return str(household)

    @display(description=_("people in it"), ordering="size")
    def count(self, household: Household) -> int:
        return household.size

    @display(description=_("who"))
    def members(self, household: Household) -> str | None:
        return household.people

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of a household is the list of customers, filtered by it."""
        if not self.has_view_permission(request):
            return super().change_view(request, object_id, form_url, extra_context)
        found = Household.objects.filter(pk=object_id if object_id.isdecimal() else 0).first()
        return redirect(people_of(found) if found else "admin:segments_household_changelist")


def people_of(household: Household) -> str:
    return f"{reverse('admin:segments_customer_changelist')}?household={household.pk}"
