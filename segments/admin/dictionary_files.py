"""Dictionaries as files: one row an entry, columns named as in the interface, entries known by their names."""

from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import DecimalWidget, ForeignKeyWidget, Widget

from segments.cleaning.words import spelling
from segments.models import Brand, BrandSpelling, CarModel, Centre, City, CitySpelling, Salesperson, Source


def spelled(text: str) -> str:
    """A spelling as the import compares it: lower case, single spaces, ё → е."""
    return pl.select(spelling(pl.lit(text))).item()


class SpellingWidget(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return spelled(str(value or ""))


class EntryResource(ModelResource):
    """Rows that say what is known already are skipped; a mistake in one row writes none of them."""

    class Meta:
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        use_transactions = True


class BrandResource(EntryResource):
    name = Field("name", _("Name"))

    class Meta(EntryResource.Meta):
        model = Brand
        fields = import_id_fields = ["name"]
        name = _("Brands")


class BrandSpellingResource(EntryResource):
    spelling = Field("spelling", _("Spelling"), SpellingWidget())
    brand = Field("brand", _("Brand"), ForeignKeyWidget(Brand, "name"))

    class Meta(EntryResource.Meta):
        model = BrandSpelling
        fields = ["spelling", "brand"]
        import_id_fields = ["spelling"]
        name = _("Brand spellings")


class CarModelResource(EntryResource):
    brand = Field("brand", _("Brand"), ForeignKeyWidget(Brand, "name"))
    name = Field("name", _("Name"))
    car_class = Field("car_class", _("Class"))
    base_price = Field("base_price", _("Base price, ₽"), DecimalWidget())

    class Meta(EntryResource.Meta):
        model = CarModel
        fields = ["brand", "name", "car_class", "base_price"]
        import_id_fields = ["brand", "name"]
        name = _("Models")


class CityResource(EntryResource):
    name = Field("name", _("Name"))
    time_zone = Field("time_zone", _("Time zone"))

    class Meta(EntryResource.Meta):
        model = City
        fields = ["name", "time_zone"]
        import_id_fields = ["name"]
        name = _("Cities")


class CitySpellingResource(EntryResource):
    spelling = Field("spelling", _("Spelling"), SpellingWidget())
    city = Field("city", _("City"), ForeignKeyWidget(City, "name"))

    class Meta(EntryResource.Meta):
        model = CitySpelling
        fields = ["spelling", "city"]
        import_id_fields = ["spelling"]
        name = _("City spellings")


class CentreResource(EntryResource):
    name = Field("name", _("Name"))

    class Meta(EntryResource.Meta):
        model = Centre
        fields = import_id_fields = ["name"]
        name = _("Dealer centres")


class SalespersonResource(EntryResource):
    name = Field("name", _("Name"))

    class Meta(EntryResource.Meta):
        model = Salesperson
        fields = import_id_fields = ["name"]
        name = _("Salespeople")


class SourceResource(EntryResource):
    name = Field("name", _("Name"))
    time_zone = Field("time_zone", _("Time zone"))

    class Meta(EntryResource.Meta):
        model = Source
        fields = ["name", "time_zone"]
        import_id_fields = ["name"]
        name = _("Sources")
