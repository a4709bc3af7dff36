"""Dictionaries as files: one row an entry, columns named as in the interface, entries known by their names."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

import polars as pl
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import CharWidget, ForeignKeyWidget, Widget

from segments import value_tables
from segments.cleaning.sums import clean_sum
from segments.cleaning.words import spelling
from segments.formulas import as_it_was, harmless
from segments.models import (
    Brand,
    BrandSpelling,
    CarModel,
    Centre,
    City,
    CitySpelling,
    Interaction,
    OperationSpelling,
    Salesperson,
    Source,
)


def spelled(text: str) -> str:
    """A spelling as the import compares it: lower case, single spaces, ё → е."""
    return pl.select(spelling(pl.lit(text))).item()


class Text(CharWidget):
    """Text without spaces around it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return str(super().clean(value, row, **kwargs) or "").strip()


class Spelling(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return spelled(str(value or ""))


class Named(ForeignKeyWidget):
    """An entry of another dictionary, by its name."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except self.model.DoesNotExist:
            entry = {"name": value, "dictionary": self.model._meta.verbose_name_plural}
            raise ValueError(_("There is no “%(name)s” in the dictionary “%(dictionary)s”.") % entry) from None


class Sum(Widget):
    """Roubles as people write them: «4 500 000,00»."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        text = "" if value is None else str(value).strip()
        if not text:
            return None
        cleaned: Decimal | None = pl.DataFrame({"sum": [text]}).select(clean_sum(pl.col("sum"))).item()
        if cleaned is None or cleaned < 0:
            raise ValueError(_("“%(text)s” is not a sum of roubles.") % {"text": text})
        return cleaned


class Zone(Widget):
    """A time zone by its IANA name."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        name = str(value or "").strip()
        if name not in available_timezones():
            raise ValueError(
                _("“%(name)s” is not a time zone. Write it as in “Europe/Moscow” or “Asia/Omsk”.") % {"name": name}
            )
        return name


class Whole(Widget):
    """A whole number."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int:
        try:
            return int(str(value).strip())
        except ValueError as error:
            raise ValueError(_("“%(text)s” is not a whole number.") % {"text": value}) from error


class Choice(Widget):
    """One of a fixed list, by its name in the interface or by its code."""

    def __init__(self, choices: type[models.TextChoices]) -> None:
        super().__init__()
        self.choices = choices

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = spelled(str(value or ""))
        for choice in self.choices:
            if text in (choice.value, spelled(str(choice.label))):
                return str(choice.value)
        known = ", ".join(str(choice.label) for choice in self.choices)
        raise ValueError(_("“%(text)s” is none of: %(known)s.") % {"text": value, "known": known})

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(self.choices(value).label) if value else ""


@dataclass(frozen=True)
class Dictionary:
    """One table of the registry below. `columns` = {field: (title, widget)}; `key` names an entry."""

    title: str | Promise
    columns: Mapping[str, tuple[str | Promise, Callable[[], Widget]]]
    key: tuple[str, ...]


NAME = {"name": (gettext_lazy("Name"), Text)}
ZONE = {"time_zone": (gettext_lazy("Time zone"), Zone)}
SPELLING = {"spelling": (gettext_lazy("Spelling"), Spelling)}
BRAND = {"brand": (gettext_lazy("Brand"), lambda: Named(Brand, "name"))}
CLASSMATES = "classmates"

DICTIONARIES: dict[type[models.Model], Dictionary] = {
    Brand: Dictionary(gettext_lazy("Brands"), NAME, ("name",)),
    BrandSpelling: Dictionary(gettext_lazy("Brand spellings"), SPELLING | BRAND, ("spelling",)),
    CarModel: Dictionary(
        gettext_lazy("Models"),
        BRAND | NAME | {
            "car_class": (gettext_lazy("Class"), Text),
            "price_band": (gettext_lazy("Price band"), Text),
            "base_price": (gettext_lazy("Base price, ₽"), Sum),
        },
        ("brand", "name"),
    ),
    City: Dictionary(gettext_lazy("Cities"), NAME | ZONE, ("name",)),
    CitySpelling: Dictionary(
        gettext_lazy("City spellings"),
        SPELLING | {"city": (gettext_lazy("City"), lambda: Named(City, "name"))},
        ("spelling",),
    ),
    OperationSpelling: Dictionary(
        gettext_lazy("Kinds of documents"),
        SPELLING | {"kind": (gettext_lazy("Kind of interaction"), lambda: Choice(Interaction.Kind))},
        ("spelling",),
    ),
    Centre: Dictionary(gettext_lazy("Dealer centres"), NAME | ZONE, ("name",)),
    Salesperson: Dictionary(gettext_lazy("Salespeople"), NAME, ("name",)),
    Source: Dictionary(
        gettext_lazy("Sources"),
        NAME | ZONE | {
            "kind": (gettext_lazy("Kind of source"), lambda: Choice(Source.Kind)),
            "priority": (gettext_lazy("Priority"), Whole),
        },
        ("name",),
    ),
}  # fmt: skip


class EntryResource(ModelResource):
    """Rows that say what is known already are skipped; a mistake in one row writes none of them."""

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        missing = [
            str(field.column_name)
            for name, field in self.fields.items()
            if name in self._meta.import_id_fields and field.column_name not in (dataset.headers or [])
        ]
        if missing:
            raise ValueError(_("The file lacks the columns: %(columns)s.") % {"columns": ", ".join(missing)})

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        for column, cell in row.items():
            if isinstance(cell, str):
                row[column] = as_it_was(cell)

    def export_field(self, field: Field, instance: models.Model, **kwargs: Any) -> Any:
        cell = super().export_field(field, instance, **kwargs)
        return harmless(cell) if isinstance(cell, str) else cell

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        if not kwargs.get("dry_run"):  # a spelling that came with the file mends the rows that waited for it
            transaction.on_commit(value_tables.sweep, robust=True)


class WithClassmates(EntryResource):
    """Models of one class are classmates: written out beside each, never read."""

    classmates = Field(column_name=gettext_lazy("Classmates (other models of the class)"), readonly=True)

    def before_export(self, queryset: Any, **kwargs: Any) -> None:
        self.by_class: dict[str, list[tuple[int, str]]] = defaultdict(list)
        rows = CarModel.objects.exclude(car_class="").order_by("brand__name", "name")
        for pk, car_class, brand, name in rows.values_list("pk", "car_class", "brand__name", "name"):
            self.by_class[car_class].append((pk, f"{brand} {name}"))

    def dehydrate_classmates(self, model: CarModel) -> str:
        return ", ".join(_others(self.by_class[model.car_class], model.pk)) if model.car_class else ""


def _others(models_of_class: Iterable[tuple[int, str]], pk: int) -> list[str]:
    return [name for other, name in models_of_class if other != pk]


def resource_of(model: type[models.Model]) -> type[EntryResource]:
    """The resource that reads and writes the files of this dictionary."""
    dictionary = DICTIONARIES[model]
    base = WithClassmates if model is CarModel else EntryResource
    shown = [*dictionary.columns, *([CLASSMATES] if base is WithClassmates else [])]
    meta = {
        "model": model,
        "name": dictionary.title,
        "fields": shown,
        "export_order": shown,
        "import_id_fields": list(dictionary.key),
        "skip_unchanged": True,
        "report_skipped": True,
        "clean_model_instances": True,
        "use_transactions": True,
    }
    fields = {name: Field(name, title, widget()) for name, (title, widget) in dictionary.columns.items()}
    return type(f"{model.__name__}Resource", (base,), {**fields, "Meta": type("Meta", (), meta)})


SourceResource = resource_of(Source)
