"""What rules of segments may ask about promo codes and bonus points."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.rules import sparse
from segments.rules.fields import Field, register

GROUP = _("Promo codes and bonus points")


def _number(name: str, column: str, label: Promise) -> Field:
    return sparse.number(f"loyalty__{column}", name=name, label=label, group=GROUP)


def _date(name: str, column: str, label: Promise, missing: Promise) -> Field:
    return Field(name=name, label=label, type="date", path=f"loyalty__{column}", group=GROUP, missing=missing)


FIELDS = (
    _number("promo_codes", "codes", _("promo codes given to the person")),
    _date("last_promo_code", "last_code", _("last promo code given"), _("no promo code was given")),
    _number("promo_purchases", "used", _("purchases made with promo codes")),
    _date("last_promo_purchase", "last_used", _("last purchase with a promo code"), _("bought nothing with a promo code")),
    _number("promo_codes_unused", "unused", _("promo codes not used and still good")),
    _date("promo_codes_until", "unused_until", _("last day of a promo code not used"), _("no promo code is about to end")),
    _number("points", "points", _("bonus points on the account")),
    _date("points_until", "points_until", _("last day of bonus points"), _("no bonus points are about to end")),
)  # fmt: skip
NAMES = frozenset(each.name for each in FIELDS)


def register_all() -> None:
    register(*FIELDS)
