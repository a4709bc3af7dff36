"""Dictionaries of the base: the lists themselves, and how the sources spell them; each in and out as a file."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Count, Field, Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from import_export.formats.base_formats import CSV, XLSX
from unfold.admin import ModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from segments import value_tables
from segments.admin.big_lists import BigList
from segments.admin.dictionary_files import resource_of, spelled
from segments.importing.mapping import FIELDS
from segments.models import (
    Brand,
    BrandSpelling,
    CarModel,
    Centre,
    City,
    CitySpelling,
    Mapping,
    OperationSpelling,
    Salesperson,
)
from segments.time_zones import ZONES


class DictionaryAdmin(BigList, ModelAdmin, ImportExportModelAdmin):
    """Loading a file needs the rights to add and to change, saving one the right to look."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = [XLSX, CSV]
    list_per_page = 100
    actions = None

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            return forms.ChoiceField(
                label=capfirst(db_field.verbose_name), choices=list(ZONES.items()), widget=UnfoldAdminSelectWidget
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description=_("time zone"), ordering="time_zone")
    def zone(self, entry: Model) -> Any:
        return ZONES.get(entry.time_zone, entry.time_zone)


class EntryAdmin(DictionaryAdmin):
    """An entry that history points at: renamed, never deleted, so that no purchase loses its brand or centre."""

    list_display: Any = ["name"]
    search_fields = ["name"]
    search_help_text = _("Part of the name")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class BrandAdmin(EntryAdmin):
    list_display = ["name", "models_count", "spellings_count"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Brand]:
        counted = {"n_models": Count("models", distinct=True), "n_spellings": Count("spellings", distinct=True)}
        return super().get_queryset(request).annotate(**counted)

    @display(description=_("models"))
    def models_count(self, brand: Brand) -> int:
        return brand.n_models

    @display(description=_("spellings"))
    def spellings_count(self, brand: Brand) -> int:
        return brand.n_spellings


class SpellingForm(forms.ModelForm):
    def clean_spelling(self) -> str:
        return spelled(self.cleaned_data["spelling"])


class SpellingAdmin(DictionaryAdmin):
    """A new spelling mends the rows that waited for it."""

    form = SpellingForm

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(value_tables.sweep, robust=True)


def _register(model: type[Model], base: type[DictionaryAdmin], **options: Any) -> None:
    """A list of the admin: `base` with the files of this dictionary and these options."""
    admin.register(model)(
        type(f"{model.__name__}Admin", (base,), {"resource_classes": [resource_of(model)], **options})
    )


def _spellings(of: str) -> dict[str, Any]:
    return {
        "list_display": ["spelling", of],
        "list_select_related": [of],
        "search_fields": ["spelling", f"{of}__name"],
        "search_help_text": _("Part of the spelling or of the name"),
        "autocomplete_fields": [of],
    }


_register(Brand, BrandAdmin)
_register(BrandSpelling, SpellingAdmin, **_spellings("brand"))
_register(
    CarModel, EntryAdmin, list_display=["name", "brand", "car_class", "price_band", "base_price"],
    list_select_related=["brand"], list_filter=["brand", "car_class"], search_fields=["name", "brand__name"],
    autocomplete_fields=["brand"],
)  # fmt: skip
_register(City, EntryAdmin, list_display=["name", "zone"])
_register(CitySpelling, SpellingAdmin, **_spellings("city"))
_register(
    OperationSpelling, SpellingAdmin, list_display=["spelling", "kind"], list_filter=["kind"],
    search_fields=["spelling"], search_help_text=_("Part of the spelling"),
)  # fmt: skip
_register(Centre, EntryAdmin, list_display=["name", "zone"])
_register(Salesperson, EntryAdmin)


@admin.register(Mapping)
class MappingAdmin(ModelAdmin):
    """Mappings are made by imports; here they are read, renamed and deleted."""

    list_display = ["name", "source", "kind"]
    list_select_related = ["source"]
    list_filter = ["source", "kind"]
    fields = ["name", "source", "kind", "columns_shown"]
    readonly_fields = ["source", "kind", "columns_shown"]
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("columns"))
    def columns_shown(self, mapping: Mapping) -> str:
        labels = {field.name: field.label for field in FIELDS.get(mapping.kind, ())}
        lines = ((labels.get(name, name), ", ".join(headers)) for name, headers in mapping.columns.items())
        return format_html_join("", "<p>{}: {}</p>", lines)
