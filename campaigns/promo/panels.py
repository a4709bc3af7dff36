"""What pages of a campaign and of a customer say of promo codes."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns import panels
from campaigns.models import Campaign, PromoCode, PromoRedemption, PromoTrouble
from campaigns.promo import discounts, spelling
from campaigns.promo.choosing import pool_of
from segments import profile
from segments.models import Customer

VIEW = "campaigns.view_promopool"
SHOWN = 10


def of_campaign(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """Issued → bought with → roubles. A code that an earlier campaign gave and this one reminded of counts there."""
    bought = PromoRedemption.objects.filter(campaign=campaign, cancelled_at=None)
    sums = bought.aggregate(times=Count("pk"), amount=Sum("amount"), discount=Sum("discount"))
    issued = PromoCode.objects.filter(campaign=campaign, issued_at__isnull=False).count()
    pool = pool_of(campaign)
    if not (pool or issued or sums["times"]):
        return {}
    return {
        "pool": pool,
        "issued": issued,
        "times": sums["times"],
        "share": 100 * sums["times"] / issued if issued else None,
        "amount": sums["amount"] or Decimal(0),
        "discount": sums["discount"] or Decimal(0),
        "troubles": PromoTrouble.objects.filter(campaign=campaign).count(),
    }


def of_customer(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Her latest codes; nothing for those who may not see pools, or where she has none."""
    if not request.user.has_perm(VIEW):
        return {}
    people = Customer.objects.filter(Q(pk=customer.pk) | Q(merged_into=customer.pk)).values("pk")
    used = PromoRedemption.objects.filter(code=OuterRef("pk"), cancelled_at=None)
    codes = PromoCode.objects.filter(customer__in=people, issued_at__isnull=False).annotate(is_used=Exists(used))
    lines = [_line(code) for code in codes.select_related("pool", "campaign").order_by("-issued_at")[:SHOWN]]
    return {"codes": lines, "bought": discounts.of_person(customer)} if lines else {}


def _line(code: Any) -> dict[str, Any]:
    is_over = code.valid_until is not None and code.valid_until < timezone.localdate()
    words = (
        (code.is_used, pgettext_lazy("promo code", "used"), "green"),
        (code.is_withdrawn, pgettext_lazy("promo code", "withdrawn"), ""),
        (is_over, pgettext_lazy("promo code", "expired"), ""),
    )
    word, colour = next(
        ((word, colour) for is_so, word, colour in words if is_so), (pgettext_lazy("promo code", "good"), "blue")
    )
    return {"code": code, "shown": spelling.shown(code.code), "word": word, "colour": colour}


def register_all() -> None:
    panels.register(panels.Panel("promo", 25, _("Promo codes"), "campaigns/promo/of_campaign.html", of_campaign))
    profile.register(
        profile.Panel(
            name="promo",
            order=30,
            title=_("Promo codes"),
            template="campaigns/promo/of_customer.html",
            context=of_customer,
        )
    )
