"""What stands in the showrooms, with the history of its prices, and how many people walk in."""

from decimal import Decimal
from typing import Any

import polars as pl
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from segments.admin.big_lists import ReadOnlyList
from segments.cleaning.vehicles import fold
from segments.models import Brand, CarInStock, CarPrice, Centre, CentreTraffic

VIN_LENGTH = 17


class ThereFilter(admin.SimpleListFilter):
    """Cars that stand there are what people look for; the list begins with them."""

    title = _("where it is")
    parameter_name = "there"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("gone", _("no longer there")), ("all", _("there and gone"))]

    def choices(self, changelist: Any) -> Any:
        names = [(None, gettext("in the showroom")), *((value, str(title)) for value, title in self.lookup_choices)]
        for value, title in names:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string(
                    {self.parameter_name: value} if value else {}, [] if value else [self.parameter_name]
                ),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[CarInStock]) -> QuerySet[CarInStock]:
        match self.value():
            case "gone":
                return queryset.filter(gone_on__isnull=False)
            case "all":
                return queryset
            case _:
                return queryset.filter(gone_on__isnull=True)


class OfDictionaryFilter(admin.SimpleListFilter):
    """Entries of a dictionary that some car of the stock has; one query over an index, never a count."""

    model: type[Model]
    field: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        met = CarInStock.objects.values(f"{self.field}_id")
        return [
            (str(pk), name) for pk, name in self.model._default_manager.filter(pk__in=met).values_list("pk", "name")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CarInStock]) -> QuerySet[CarInStock]:
        value = self.value() or ""
        return queryset.filter(**{f"{self.field}_id": int(value)}) if value.isdecimal() else queryset


class BrandFilter(OfDictionaryFilter):
    title, parameter_name, model, field = _("brand"), "brand", Brand, "brand"


class CentreFilter(OfDictionaryFilter):
    title, parameter_name, model, field = _("dealer centre"), "centre", Centre, "centre"


class ModelFilter(admin.SimpleListFilter):
    """The models of the chosen brand; without a brand there would be hundreds."""

    title, parameter_name = _("model"), "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        brand = request.GET.get("brand", "")
        if not brand.isdecimal():
            return []
        met = CarInStock.objects.filter(brand_id=int(brand), model__isnull=False)
        return [
            (str(pk), name)
            for pk, name in met.values_list("model_id", "model__name").distinct().order_by("model__name")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CarInStock]) -> QuerySet[CarInStock]:
        value = self.value() or ""
        return queryset.filter(model_id=int(value)) if value.isdecimal() else queryset


@admin.register(CarInStock)
class CarInStockAdmin(ReadOnlyList, ModelAdmin):
    list_display = ["car", "vin", "car_class", "condition_shown", "year_shown", "mileage_shown", "price_shown", "centre", "arrived", "gone"]  # fmt: skip
    list_filter = [ThereFilter, BrandFilter, ModelFilter, "car_class", "condition", CentreFilter]
    list_select_related = ["brand", "model", "centre"]
    list_fullwidth = True
    list_per_page = 100
    search_fields = ["vin"]
    search_help_text = _("VIN, its end, or the stock number")
    ordering = ["-arrived_on", "-pk"]
    nothing_yet = _("Cars come with an import of the stock: each list says what stands there and at what price.")
    fields = [
        "car", "vin", "stock_number", "car_class", "condition_shown", "year_shown", "mileage_shown", "colour", "price_shown",
        "centre", "arrived", "gone", "prices_shown",
    ]  # fmt: skip
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CarInStock], search_term: str
    ) -> tuple[QuerySet[CarInStock], bool]:
        """A whole VIN by its index; else its end, or the source's own number."""
        term = search_term.strip()
        if not term:
            return queryset, False
        vin = pl.select(fold(pl.lit(term))).item()
        if len(vin) == VIN_LENGTH:
            return queryset.filter(vin=vin), False
        return queryset.filter(vin__endswith=vin) | queryset.filter(external_key__iexact=term), False

    @display(description=_("car"), ordering="brand__name")
    def car(self, car: CarInStock) -> str:
        known = [str(part) for part in (car.brand, car.model) if part]
        said = [car.details.get("brand", ""), car.details.get("model", "")]
        return " ".join(filter(None, [*(known or said), car.trim])) or gettext("no brand")

    @display(description=_("condition"), ordering="condition")
    def condition_shown(self, car: CarInStock) -> str:
        return car.get_condition_display().replace(" ", "\u00a0") if car.condition else "—"

    @display(description=_("year"), ordering="year")
    def year_shown(self, car: CarInStock) -> str:
        return str(car.year or "—")

    @display(description=_("stock number"))
    def stock_number(self, car: CarInStock) -> str:
        return car.external_key if car.external_key != car.vin else "—"

    @display(description=_("mileage, km"), ordering="mileage")
    def mileage_shown(self, car: CarInStock) -> str:
        return number_format(car.mileage, force_grouping=True) if car.mileage is not None else "—"

    @display(description=_("price, ₽"), ordering="price")
    def price_shown(self, car: CarInStock) -> str:
        return roubles(car.price) if car.price is not None else "—"

    @display(description=_("arrived"), ordering="arrived_on")
    def arrived(self, car: CarInStock) -> str:
        return _day(car.arrived_on)

    @display(description=_("gone"), ordering="gone_on")
    def gone(self, car: CarInStock) -> str:
        return _day(car.gone_on)

    @display(description=_("price history"))
    def prices_shown(self, car: CarInStock) -> str:
        prices: list[CarPrice] = list(car.prices.all())
        rows = [
            (_day(price.since), roubles(price.price), _change(price, before))
            for price, before in zip(prices, [*prices[1:], None], strict=True)
        ]
        if not rows:
            return "—"
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} · <strong>{}</strong>\u00a0₽ {}</li>", rows))


@admin.register(CentreTraffic)
class CentreTrafficAdmin(ReadOnlyList, ModelAdmin):
    list_display = ["day_shown", "centre", "visitors_shown", "source"]
    list_filter = ["centre", "source"]
    list_select_related = ["centre", "source"]
    list_per_page = 100
    nothing_yet = _("Visitors come with an import of the counters: a centre, a day and how many people walked in.")
    fields = readonly_fields = ["day_shown", "centre", "visitors_shown", "source"]

    @display(description=_("day"), ordering="day")
    def day_shown(self, traffic: CentreTraffic) -> str:
        return _day(traffic.day)

    @display(description=_("visitors"), ordering="visitors")
    def visitors_shown(self, traffic: CentreTraffic) -> str:
        return number_format(traffic.visitors, force_grouping=True)


def roubles(price: Decimal) -> str:
    """«1 549 000», whole roubles."""
    return number_format(round(price), force_grouping=True)


def _change(price: CarPrice, before: CarPrice | None) -> str:
    if before is None:
        return ""
    difference = round(price.price - before.price)
    return f"({'+' if difference > 0 else '−'}{number_format(abs(difference), force_grouping=True)}\u00a0₽)"


def _day(day: Any) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else "—"
