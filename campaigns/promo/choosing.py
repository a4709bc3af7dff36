"""Which pool a campaign prints the codes of: a field of its plan."""

import re

from django import forms
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from campaigns import versions
from campaigns.models import Campaign, CampaignPromo, PromoPool
from campaigns.promo import counting

# A placeholder of promo codes; the mere word asks for nothing.
PRINTED = re.compile(r"\{\{\s*(?:промокод|ссылка_промокод)", re.IGNORECASE)


class PoolField(forms.ModelChoiceField):
    """The value is the name of the pool."""

    def __init__(self) -> None:
        super().__init__(
            PromoPool.objects.filter(is_active=True),
            to_field_name="name",
            required=False,
            label=_("pool of promo codes"),
            empty_label=_("without promo codes"),
            help_text=_("Everybody who is written to gets a code of it: {{ промокод }}, {{ промокод_до }}."),
            error_messages={"invalid_choice": _("There is no pool “%(value)s” in use: choose another one.")},
        )

    def label_from_instance(self, pool: PromoPool) -> str:
        return f"{pool.name} · {pool.worth}"


def pool_of(campaign: Campaign) -> PromoPool | None:
    return PromoPool.objects.filter(campaigns=campaign.pk).first() if campaign.pk else None


def save(campaign: Campaign, pool: PromoPool | None) -> None:
    if pool is None:
        CampaignPromo.objects.filter(campaign=campaign).delete()
    else:
        CampaignPromo.objects.update_or_create(campaign=campaign, defaults={"pool": pool})


def copy(campaign: Campaign, draft: Campaign) -> None:
    """A copy prints codes of the same pool, if it is still in use."""
    pool = pool_of(campaign)
    if pool and pool.is_active:
        save(draft, pool)


def check(campaign: Campaign) -> list[str]:
    """Texts that print a code need a pool that can give some on the day of the start."""
    is_printed = any(PRINTED.search(str(content.written())) for content in versions.every(campaign))
    pool = pool_of(campaign)
    if not is_printed:
        return []
    if pool is None:
        return [_("The message prints a promo code, but no pool is chosen: choose one in the plan.")]
    name = {"name": pool.name}
    if not pool.is_active:
        return [_("The pool “%(name)s” is not in use: choose another one.") % name]
    starts_on = timezone.localdate(max(campaign.starts_at or timezone.now(), timezone.now()))
    if pool.valid_to and pool.valid_to < starts_on:
        told = name | {"day": date_format(pool.valid_to, "j E Y")}
        return [_("Codes of “%(name)s” are good until %(day)s, the campaign starts later: choose another pool.") % told]
    if not counting.left(pool):
        return [_("The pool “%(name)s” has no codes: make some, or bring in a file.") % name]
    return []


def shortage(campaign: Campaign, people: int) -> list[str]:
    """What the review says when the pool is smaller than the audience."""
    pool = pool_of(campaign)
    left = counting.left(pool, most=people) if pool and pool.is_personal else people
    if pool is None or left >= people or check(campaign):
        return []
    told = {"name": pool.name, "left": number_format(left), "people": number_format(people)}
    sentence = _(
        "The pool “%(name)s” has %(left)s codes for %(people)s people: the others wait for a code until the sending ends. Make more."
    )
    return [sentence % told]
