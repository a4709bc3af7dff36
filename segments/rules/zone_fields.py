"""The time zone as a field of rules. Importing this module fills the registry."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import CustomerZone
from segments.rules.fields import Field, register
from segments.time_zones import ZONES

register(
    Field(
        name="time_zone",
        label=pgettext_lazy("field of a rule", "time zone"),
        type="choice",
        group=pgettext_lazy("group of fields", "Person"),
        path="zone__time_zone",
        choices=lambda: [(zone, str(label)) for zone, label in ZONES.items()],
        missing=_("the time zone is not computed yet"),
    ),
    Field(
        name="time_zone_source",
        label=_("time zone is known"),
        type="choice",
        group=pgettext_lazy("group of fields", "Person"),
        path="zone__source",
        choices=lambda: [(value, str(label)) for value, label in CustomerZone.Source.choices],
        missing=_("the time zone is not computed yet"),
    ),
)
