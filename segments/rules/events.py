"""What a person did with the holding: events over the history. Importing this module fills the registry."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import Centre, Interaction
from segments.rules.dictionaries import dictionary, enumeration, of_a_car
from segments.rules.fields import Event, Field, register_event

WHERE = {
    each.name: each
    for each in (
        *of_a_car(no_brand=_("no brand in the document"), no_model=_("no model in the document")),
        enumeration(Interaction.Line, name="line", label=_("line of business"), path="line", missing=_("no line in the document")),
        enumeration(Interaction.Condition, name="condition", label=pgettext_lazy("field of a rule", "car"), path="condition", missing=_("not said")),
        dictionary(Centre, name="centre", label=_("dealer centre"), path="centre", missing=_("no centre in the document")),
        Field(name="amount", label=pgettext_lazy("field of a rule", "sum"), type="money", path="amount", missing=_("no sum in the document")),
        Field(name="reason", label=pgettext_lazy("field of a rule", "reason"), type="text", path="reason", empty="", missing=_("no reason in the document")),
        Field(name="when", label=pgettext_lazy("field of a rule", "date"), type="moment", path="happened_at"),
    )
}  # fmt: skip
DID: dict[str, tuple[str, Any]] = {
    "bought": (Interaction.Kind.SALE, _("bought a car")),
    "serviced": (Interaction.Kind.SERVICE, _("came to service")),
    "visited": (Interaction.Kind.VISIT, _("visited the showroom")),
    "sold_to_us": (Interaction.Kind.BUYOUT, _("sold a car to us")),
    "insured": (Interaction.Kind.INSURANCE, _("bought insurance")),
    "booked": (Interaction.Kind.BOOKING, _("booked a visit")),
    "called": (Interaction.Kind.CALL, pgettext_lazy("event of a rule", "called")),
}
register_event(
    *(
        Event(name=name, label=label, model=Interaction, rows=Q(kind=kind), group=_("What the person did"), where=WHERE)
        for name, (kind, label) in DID.items()
    )
)
