"""Fields of the cars that a person has now: how many, and the newest of them (`CustomerFacts` says which that is)."""

from django.utils.translation import gettext_lazy as _

from segments.models import Brand
from segments.rules.dictionaries import car_model, car_word, dictionary
from segments.rules.elapsed import YEAR, elapsed
from segments.rules.fields import Field

CARS = _("Cars")
NO_CAR = _("has no car that we know")
NO_AGE = _("has no car that we know, or its age is not known")

FIELDS = (
    Field(name="cars", label=_("number of cars"), type="number", group=CARS, path="cars"),
    dictionary(Brand, name="car_brand", label=_("brand of the newest car"), group=CARS, path="car_brand", missing=NO_CAR),
    car_model(name="car_model", label=_("model of the newest car"), group=CARS, path="car_model", missing=NO_CAR),
    car_word("car_class", name="car_class", label=_("class of the newest car"), group=CARS, path="car_model", missing=NO_CAR),
    car_word("price_band", name="car_price_band", label=_("price band of the newest car"), group=CARS, path="car_model", missing=NO_CAR),
    Field(name="car_age", label=_("age of the newest car, years"), type="number", group=CARS, path="car_since", compile=elapsed("car_since", YEAR), missing=NO_AGE),
    Field(name="car_months", label=_("age of the newest car, months"), type="number", group=CARS, path="car_since", compile=elapsed("car_since"), missing=NO_AGE),
    Field(name="car_since", label=_("first day of the newest car on the road"), type="date", group=CARS, path="car_since", missing=NO_AGE),
    Field(
        name="car_since_estimated", label=_("age of the newest car is an estimate"), type="flag", group=CARS, path="car_since_estimated",
        says=(_("the age of the newest car is an estimate"), _("the age of the newest car is not an estimate")),
    ),
    Field(name="owned_since", label=_("has had the newest car since"), type="date", group=CARS, path="owned_since", missing=NO_CAR),
    Field(
        name="months_owned", label=_("has had the newest car, months"), type="number", group=CARS, path="owned_since", compile=elapsed("owned_since"),
        missing=NO_CAR,
    ),
)  # fmt: skip
