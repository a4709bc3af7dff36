"""Our form of an event, as pydantic reads it; its schemas are those of the OpenAPI page."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tracking.models import EventKind

MOST_EVENTS = 500
MOST_LINES = 50
MOST_DETAILS = 2048  # characters of JSON

Kind = Literal[tuple(EventKind.values)]  # type: ignore[valid-type]
Key = Annotated[str, StringConstraints(pattern=r"^[\w.:/-]{1,64}$")]
DeviceKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Vin = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^(?i:[A-HJ-NPR-Z0-9]{17})$")]
Roubles = Annotated[Decimal, Field(ge=0, lt=10**12, allow_inf_nan=False)]


class Strict(BaseModel):
    """A field that we do not know is an error, so that a slip in its name is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Product(Strict):
    """What was looked at or put into the cart: by VIN, by the site's own number, by brand and model, by category."""

    id: Short = ""
    vin: Vin | Literal[""] = ""
    brand: Name = ""
    model: Name = ""
    category: Short = ""
    price: Roubles | None = None


class Line(Strict):
    product: Product
    count: Annotated[int, Field(ge=1, le=9999)] = 1
    price: Roubles | None = None


class Person(Strict):
    """Who it was. A browser may give only `token`, which a link of our letter has brought; the rest is the server's."""

    token: Annotated[str, StringConstraints(max_length=64)] = ""
    phone: Annotated[str, StringConstraints(max_length=32)] = ""
    email: Annotated[str, StringConstraints(max_length=254)] = ""
    ids: Annotated[dict[Name, Name], Field(max_length=5)] = {}


class Event(Strict):
    """`id` is the site's own: the same id again is the same event. `happened_at` has a time zone."""

    id: Key
    kind: Kind
    happened_at: AwareDatetime
    device: DeviceKey | Literal[""] = ""
    person: Person | None = None
    product: Product | None = None
    cart: Annotated[list[Line], Field(max_length=MOST_LINES)] | None = None
    amount: Roubles | None = None
    page: Annotated[str, StringConstraints(max_length=2000)] = ""
    details: dict[str, Any] = {}


class Sent(Strict):
    """`sent_at` is the sender's clock as it sends: with it the times of events are right though the clock is wrong."""

    sent_at: AwareDatetime | None = None


class Batch(Sent):
    """Up to 500 events."""

    events: Annotated[list[Event], Field(min_length=1, max_length=MOST_EVENTS)]


class Refusal(BaseModel):
    """`index` of the event in the batch; `field` is empty when it is about the whole call."""

    index: int | None = None
    id: str = ""
    field: str
    error: str


class Taken(BaseModel):
    accepted: int
    duplicates: int
    refused: list[Refusal]


class Refused(BaseModel):
    refused: list[Refusal]


# What pydantic calls a fault → what we say of it. Others: WRONG.
WRONG = _("This value will not do.")
WORDS: Mapping[str, Promise] = {
    "missing": _("This field is needed."),
    "extra_forbidden": _("There is no such field."),
    "literal_error": _("There is no such value: see the list in the description of the API."),
    "timezone_aware": _("The time has no zone: write it as 2026-11-23T12:00:00+03:00."),
    "datetime_from_date_parsing": _("This is no time: write it as 2026-11-23T12:00:00+03:00."),
    "datetime_parsing": _("This is no time: write it as 2026-11-23T12:00:00+03:00."),
    "datetime_type": _("This is no time: write it as 2026-11-23T12:00:00+03:00."),
    "string_type": _("A string is needed."),
    "string_too_long": _("The string is too long."),
    "string_pattern_mismatch": _("The string has characters or a length that are not allowed here."),
    "too_long": _("There are too many of them."),
    "too_short": _("There are too few of them."),
    "list_type": _("A list is needed."),
    "dict_type": _("An object is needed."),
    "model_attributes_type": _("An object is needed."),
    "model_type": _("An object is needed."),
    "decimal_parsing": _("This is no number."),
    "decimal_type": _("This is no number."),
    "int_parsing": _("A whole number is needed."),
    "int_from_float": _("A whole number is needed."),
    "int_type": _("A whole number is needed."),
    "greater_than_equal": _("The number is too small."),
    "less_than_equal": _("The number is too large."),
    "less_than": _("The number is too large."),
}


def fault(error: ValidationError) -> tuple[str, Promise]:
    """(path of the field, what is wrong) of the first fault."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    parts = [part for part in first["loc"] if not _is_branch(part)]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip("."), WORDS.get(
        first["type"], WRONG
    )


def _is_branch(part: int | str) -> bool:
    """Pydantic names the member of a union that it tried: no field of ours."""
    return isinstance(part, str) and (part.startswith(("constrained-", "literal[", "function-")))
