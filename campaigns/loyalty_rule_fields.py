"""What rules of segments may ask about promo codes, bonus points and friends."""

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
    FACTS.number("friends_brought", "friends", _("friends who came by the person's link")),
    FACTS.date("last_friend", "last_friend", _("last friend who came by the person's link"), _("brought no friend")),
    FACTS.date("came_by_friend", "came_by_friend", _("came by the link of a friend"), _("did not come by the link of a friend")),
)  # fmt: skip
NAMES = frozenset(each.name for each in FIELDS)


def register_all() -> None:
    register(*FIELDS)
