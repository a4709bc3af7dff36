"""Substitute numbers and who holds them."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Upper
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from import_export import fields, resources
from import_export.admin import ImportExportModelAdmin
from import_export.formats.base_formats import CSV, XLSX
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import action, display

from tracking.admin import number_pages
from tracking.models import NumberLease, SubstituteNumber
from tracking.numbers import normalised, short, spelled

WRONG_NUMBER = _("This is no phone number: write it as +7 812 000-66-66.")


class NumberForm(forms.ModelForm):
    class Meta:
        model = SubstituteNumber
        fields = ("number", "note", "is_active")

    def clean_number(self) -> str:
        number = normalised(self.cleaned_data["number"])
        if not number:
            raise ValidationError(WRONG_NUMBER)
        return number


class NumberResource(resources.ModelResource):
    """A list of numbers, each known by itself: loading the same list again changes nothing."""

    number = fields.Field("number", column_name=_("number"))
    note = fields.Field("note", column_name=_("note"))
    is_active = fields.Field("is_active", column_name=_("in use"), default=True)

    class Meta:
        model = SubstituteNumber
        import_id_fields = ("number",)
        skip_unchanged = True
        use_transactions = True

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        header = str(self.fields["number"].column_name)
        number = normalised(str(row.get(header) or ""))
        if not number:
            raise ValidationError(WRONG_NUMBER)
        row[header] = number
        active = row.get(str(self.fields["is_active"].column_name))
        row[str(self.fields["is_active"].column_name)] = str(active).lower() not in ("0", "false", "нет", "no")


class LeaseInline(TabularInline):
    """Past and present holders; leases are made on their own page or by a campaign's plan."""

    model = NumberLease
    fields = ("campaign", "channel", "brand", "centre", "period")
    readonly_fields = fields
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberLease]:
        return super().get_queryset(request).select_related("number", "campaign", "brand", "centre")


@admin.register(SubstituteNumber)
class SubstituteNumberAdmin(ModelAdmin, ImportExportModelAdmin):
    form = NumberForm
    resource_classes = [NumberResource]
    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = [XLSX, CSV]
    list_display = ("called", "printed", "holder", "held_till", "note", "is_active")
    list_filter = ("is_active",)
    search_fields = ("number", "note")
    inlines = (LeaseInline,)
    actions = None
    actions_list = ["number_map"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SubstituteNumber]:
        now = NumberLease.objects.filter(number=OuterRef("pk"), period__contains=timezone.now())
        return (
            super()
            .get_queryset(request)
            .annotate(
                lease_id=Subquery(now.values("pk")[:1]),
                campaign_name=Subquery(now.values("campaign__name")[:1]),
                till=Subquery(now.values(till=Upper("period"))[:1]),
            )
        )

    @action(description=_("Map of numbers"), url_path="map", icon="view_timeline", permissions=["view"])
    def number_map(self, request: HttpRequest) -> HttpResponse:
        return number_pages.map_page(self, request)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @display(description=_("in short"), ordering="number")
    def called(self, number: SubstituteNumber) -> str:
        return format_html('<span class="font-semibold">{}</span>', short(number.number))

    @display(description=_("number"))
    def printed(self, number: SubstituteNumber) -> str:
        return spelled(number.number)

    @display(description=_("held by"))
    def holder(self, number: Any) -> Any:
        if number.lease_id is None:
            return _("free")
        return number.campaign_name or _("standing number")

    @display(description=_("till"))
    def held_till(self, number: Any) -> str:
        return date_format(timezone.localtime(number.till), "j E Y") if number.till else ""


@admin.register(NumberLease)
class NumberLeaseAdmin(ModelAdmin):
    list_display = ("called", "holder", "channel", "brand", "centre", "since", "till")
    list_filter = ("channel", "brand")
    list_select_related = ("number", "campaign", "brand", "centre")
    search_fields = ("number__number", "campaign__name")
    autocomplete_fields = ("number",)
    raw_id_fields = ("campaign",)
    ordering = ("-id",)
    actions = None

    def get_urls(self) -> list[URLPattern]:
        extend = self.admin_site.admin_view(require_POST(partial(number_pages.extend, self)))
        return [path("<int:pk>/extend/", extend, name="tracking_numberlease_extend"), *super().get_urls()]

    @display(description=_("number"), ordering="number__number")
    def called(self, lease: NumberLease) -> str:
        return short(lease.number.number)

    @display(description=_("held by"))
    def holder(self, lease: NumberLease) -> Any:
        return lease.campaign or _("standing number")

    @display(description=_("since"))
    def since(self, lease: NumberLease) -> str:
        return date_format(timezone.localtime(lease.period.lower), "j E Y") if lease.period.lower else "—"

    @display(description=_("till"))
    def till(self, lease: NumberLease) -> str:
        return date_format(timezone.localtime(lease.period.upper), "j E Y") if lease.period.upper else "—"
