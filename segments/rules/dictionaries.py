"""Fields whose values stand in a dictionary of the base: chosen by name, compared by id."""

from collections.abc import Callable
from typing import Any

from django.db.models import F, Model, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import pgettext_lazy

from segments.models import Brand, CarModel
from segments.rules.fields import Choices, Field

Column = Callable[[list[str]], list]


def named(model: type[Model]) -> tuple[Choices, Column]:
    """Choices of a dictionary by name, and the way from names to ids."""

    def choices() -> list[tuple[str, str]]:
        return [(name, name) for name in model.objects.order_by("name").values_list("name", flat=True)]

    def column(names: list[str]) -> list:
        return list(model.objects.filter(name__in=names).values_list("pk", flat=True))

    return choices, column


def dictionary(model: type[Model], **settings: Any) -> Field:
    choices, column = named(model)
    return Field(type="choice", choices=choices, column=column, **settings)


def enumeration(values: Any, **settings: Any) -> Field:
    def choices() -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in values.choices]

    return Field(type="choice", choices=choices, empty="", **settings)


def car_model(**settings: Any) -> Field:
    """Models are chosen as "Toyota Camry": a name alone may belong to several brands."""
    return Field(type="choice", choices=_models, column=_model_ids, **settings)


def car_word(word: str, **settings: Any) -> Field:
    """A word of the dictionary of models, "car_class" or "price_band", of the model at `path` (its foreign key)."""

    def choices() -> list[tuple[str, str]]:
        known = CarModel.objects.exclude(**{word: ""}).order_by(word)
        return [(each, each) for each in known.values_list(word, flat=True).distinct()]

    path = f"{settings.pop('path')}__{word}"
    return Field(type="choice", choices=choices, path=path, empty="", **settings)


def of_a_car(*, no_brand: Any, no_model: Any) -> tuple[Field, ...]:
    """What is asked of a row with the columns `brand` and `model`; `no_brand`, `no_model` tell what a missing one means."""
    brand, model = pgettext_lazy("field of a rule", "brand"), pgettext_lazy("field of a rule", "model")
    car_class = pgettext_lazy("field of a rule", "class of the car")
    price_band = pgettext_lazy("field of a rule", "price band of the car")
    return (
        dictionary(Brand, name="brand", label=brand, path="brand", missing=no_brand),
        car_model(name="model", label=model, path="model", missing=no_model),
        car_word("car_class", name="car_class", label=car_class, path="model", missing=no_model),
        car_word("price_band", name="price_band", label=price_band, path="model", missing=no_model),
    )


def _named_models() -> QuerySet[CarModel]:
    return CarModel.objects.annotate(title=Concat(F("brand__name"), Value(" "), F("name")))


def _models() -> list[tuple[str, str]]:
    return [(title, title) for title in _named_models().order_by("title").values_list("title", flat=True)]


def _model_ids(titles: list[str]) -> list:
    return list(_named_models().filter(title__in=titles).values_list("pk", flat=True))
