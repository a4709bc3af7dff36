"""What promo codes add to registries: placeholders, the pool of a campaign's plan, panels."""

from datetime import time

from campaigns import plan_fields
from campaigns.models import Campaign, PromoPool
from campaigns.plan_fields import PlanField
from campaigns.promo import beginning_anew, choosing, discounts, panels, placeholders, returning
from segments import guards, nightly


def register_all() -> None:
    placeholders.register_all()
    plan_fields.register(POOL)
    panels.register_all()
    nightly.register("promo_codes", time(0, 20), returning.give_back)
    nightly.register("begun_anew", time(0, 40), beginning_anew.every_night)
    nightly.register("discounts", time(5, 20), discounts.count)
    guards.register(discounts.TRAINED)


def _form_field(campaign: Campaign) -> choosing.PoolField:
    return choosing.PoolField()


def _preview(pool: PromoPool) -> dict[str, str]:
    return placeholders.texts(placeholders.sample(pool))


POOL = PlanField(
    "promo_pool", _form_field, choosing.pool_of, choosing.save, choosing.check, _preview, is_approved_empty=False
)
