"""Fields of visits to the showroom, of leaving without a purchase, and of who deals with the person."""

from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models import Brand, Centre, CustomerFacts, Interaction, Salesperson
from segments.rules.dictionaries import car_model, car_word, dictionary, enumeration
from segments.rules.fields import Field

VISITS = _("Visits")
DID_NOT_LEAVE = _("did not leave without a purchase")
NO_CAR_ASKED = _("did not leave without a purchase, or the car is not known")


def _left_reasons() -> list[tuple[str, str]]:
    """Hints for the reason: the fifty most frequent."""
    reasons = CustomerFacts.objects.exclude(left_reason="").values_list("left_reason")
    return [(each, each) for each, _count in reasons.annotate(n=Count("pk")).order_by("-n")[:50]]


FIELDS = (
    Field(name="last_visit", label=_("last visit"), type="date", group=VISITS, path="last_visit", missing=_("never visited")),
    Field(name="visits", label=_("number of visits"), type="number", group=VISITS, path="visits"),
    Field(
        name="left_without_purchase", label=pgettext_lazy("field of a rule", "left without a purchase"), type="date", group=VISITS,
        path="left_without_purchase", missing=DID_NOT_LEAVE,
    ),
    Field(
        name="left_reason", label=_("why left without a purchase"), type="text", group=VISITS, path="left_reason",
        choices=_left_reasons, empty="", missing=_("the reason is not known"),
    ),
    enumeration(
        Interaction.Condition, name="left_condition", label=_("left without a purchase: the car asked about was"), group=VISITS,
        path="left_condition", missing=NO_CAR_ASKED,
    ),
    dictionary(Brand, name="left_brand", label=_("left without a purchase: brand of the car asked about"), group=VISITS, path="left_brand", missing=NO_CAR_ASKED),
    car_model(name="left_model", label=_("left without a purchase: model of the car asked about"), group=VISITS, path="left_model", missing=NO_CAR_ASKED),
    car_word(
        "car_class", name="left_class", label=_("left without a purchase: class of the car asked about"), group=VISITS, path="left_model",
        missing=NO_CAR_ASKED,
    ),
    Field(
        name="bought_since_leaving", label=_("bought after leaving without a purchase"), type="flag", group=VISITS, path="bought_since_leaving",
        says=(_("left without a purchase, but bought a car later"), _("did not buy a car after leaving without a purchase")),
    ),
    Field(name="last_seen", label=_("last dealings of any kind"), type="date", group=VISITS, path="last_seen", missing=_("no documents")),
    dictionary(Centre, name="home_centre", label=_("home dealer centre"), group=VISITS, path="home_centre", missing=_("no centre is known")),
    dictionary(
        Salesperson, name="last_salesperson", label=_("last salesperson"), group=VISITS, path="last_salesperson",
        missing=_("no salesperson is known"),
    ),
)  # fmt: skip
