"""What rules of segments may ask about promo codes and bonus points."""

from django.utils.translation import gettext_lazy as _

from segments.rules import sparse
from segments.rules.fields import register

FACTS = sparse.Facts("loyalty", _("Promo codes and bonus points"))

FIELDS = (
    FACTS.number("promo_codes", "codes", _("promo codes given to the person")),
    FACTS.date("last_promo_code", "last_code", _("last promo code given"), _("no promo code was given")),
    FACTS.number("promo_purchases", "used", _("purchases made with promo codes")),
    FACTS.date("last_promo_purchase", "last_used", _("last purchase with a promo code"), _("bought nothing with a promo code")),
    FACTS.number("promo_codes_unused", "unused", _("promo codes not used and still good")),
    FACTS.date("promo_codes_until", "unused_until", _("last day of a promo code not used"), _("no promo code is about to end")),
    FACTS.number("points", "points", _("bonus points on the account")),
    FACTS.date("points_until", "points_until", _("last day of bonus points"), _("no bonus points are about to end")),
)  # fmt: skip
NAMES = frozenset(each.name for each in FIELDS)


def register_all() -> None:
    register(*FIELDS)
