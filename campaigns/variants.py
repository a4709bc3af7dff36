"""The variants of a campaign: which of them a person is drawn into, and what a campaign keeps of them.

A person's u is drawn by the campaign's own salt (`campaigns.experiments`), apart from the draw of its control group: A has
the first part of [0, 1), as long as its share, B the next, and so on. It is drawn for everybody in the statement that
asks, and stays on the message of whoever is to be written to (`Message.variant`). Whoever had a message of the run that a
campaign follows stays in the variant of then.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.experiments import draw, draw_sql, salt_of
from campaigns.models import Campaign, Variant
from campaigns.refusals import Refused

FEWEST, MOST = 2, len(Variant.LETTERS)
WHOLE = 100

# Of any relation `p` with a customer_id. Without OFFSET 0 each use of the letter would draw anew.
DRAWN = f"(%(variants)s::text[])[width_bucket({draw_sql('%(variant_salt)s', 'p.customer_id')}, %(variant_begins)s::float8[])]"
AS_EARLIER = f"CASE WHEN earlier.variant = ANY(%(variants)s::text[]) THEN earlier.variant ELSE {DRAWN} END"
ARM = " CROSS JOIN LATERAL (SELECT {letter} AS variant OFFSET 0) AS arm"


def every(campaign: Campaign) -> list[Variant]:
    """By their letters; none where the campaign has but one text."""
    return list(campaign.variants.all()) if campaign.pk else []


def letters(campaign: Campaign) -> list[str]:
    return [variant.letter for variant in every(campaign)]


def begins(drawn: Sequence[Variant]) -> list[float]:
    """Where the part of each begins within [0, 1)."""
    return [0.0, *(before / WHOLE for before in accumulate(variant.share for variant in drawn[:-1]))]


def of_customer(campaign: Campaign, customer_id: int) -> str:
    """The letter that she is drawn into; '' where there are no variants."""
    drawn = every(campaign)
    return drawn[bisect_right(begins(drawn), draw(_salt(campaign), customer_id)) - 1].letter if drawn else ""


def parameters(campaign: Campaign, drawn: Sequence[Variant]) -> dict[str, Any]:
    """Of `DRAWN`."""
    return {
        "variants": [variant.letter for variant in drawn],
        "variant_begins": begins(drawn),
        "variant_salt": _salt(campaign),
    }


def obstacles(campaign: Campaign) -> list[str]:
    """What forbids to draw people into them, one sentence each."""
    drawn = every(campaign)
    if not drawn or sum(variant.share for variant in drawn) == WHOLE:
        return []
    whole = sum(variant.share for variant in drawn)
    return [_("The shares of the variants are %(sum)d %% together: make them 100 %%.") % {"sum": whole}]


@transaction.atomic
def add(campaign: Campaign) -> Variant:
    """One more; the first one added stands beside A. Of equal shares the shares stay equal, else it gets half of the largest.
    Raises `Refused`."""
    drawn = every(campaign)
    if len(drawn) >= MOST:
        raise Refused(_("A campaign has no more than %(most)d variants.") % {"most": MOST})
    if not drawn:
        return Variant.objects.bulk_create(Variant(campaign=campaign, letter=each, share=50) for each in "AB")[1]
    free = next(letter for letter in Variant.LETTERS if letter not in {variant.letter for variant in drawn})
    new = Variant(campaign=campaign, letter=free)
    if max(variant.share for variant in drawn) - min(variant.share for variant in drawn) <= 1:
        _share_equally([*drawn, new])
    else:
        largest = max(drawn, key=lambda variant: variant.share)
        new.share, largest.share = largest.share // 2, largest.share - largest.share // 2
    for variant in (*drawn, new):
        variant.save()
    return new


@transaction.atomic
def remove(campaign: Campaign, letter: str) -> None:
    """With its texts; A alone is no experiment. The share goes to A."""
    campaign.contents.filter(variant=letter).delete()
    campaign.variants.filter(letter=letter).delete()
    left = every(campaign)
    if len(left) < FEWEST:
        campaign.variants.all().delete()
        return
    left[0].share += WHOLE - sum(variant.share for variant in left)
    left[0].save()


@transaction.atomic
def keep(campaign: Campaign, told: Mapping[str, Mapping[str, Any]]) -> None:
    """{letter: {share, hour, name}} of variants that there are."""
    for variant in every(campaign):
        for name, value in told.get(variant.letter, {}).items():
            setattr(variant, name, value)
        variant.save()


def copy(campaign: Campaign, other: Campaign) -> None:
    Variant.objects.bulk_create(
        Variant(campaign=other, letter=each.letter, name=each.name, share=each.share, hour=each.hour)
        for each in every(campaign)
    )


def _share_equally(drawn: Sequence[Variant]) -> None:
    share, rest = divmod(WHOLE, len(drawn))
    for place, variant in enumerate(drawn):
        variant.share = share + (place < rest)


def _salt(campaign: Campaign) -> str:
    return f"{salt_of(campaign)}/variants"
