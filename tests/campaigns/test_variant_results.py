"""What became of each variant: everybody drawn counts once, and nothing is judged."""

import pytest

from campaigns import sizing, variant_results, variants
from campaigns.models import Campaign, DeliveryState, Message
from campaigns.pump.draining import drain
from tests.campaigns.builders import make_campaign, make_reader, make_segment_with
from tests.campaigns.launches import start
from tests.campaigns.test_variants import with_variants

pytestmark = pytest.mark.usefixtures("permitted")


@pytest.fixture
def campaign() -> Campaign:
    """Forty people in two variants, all written to."""
    campaign = with_variants(*(make_reader() for _ in range(40)))
    start(campaign)
    assert drain("email")["accepted"] == 40
    return campaign


def tell(campaign: Campaign, letter: str, number: int, **told: object) -> None:
    """That so many people of a variant did something."""
    run = campaign.runs.get()
    for message in Message.objects.filter(run_id=run.pk, variant=letter).order_by("pk")[:number]:
        DeliveryState.objects.create(message_id=message.pk, run_id=run.pk, **dict.fromkeys(told, run.started_at))


def test_each_step_counts_the_people_of_a_variant(campaign: Campaign) -> None:
    drawn = {letter: Message.objects.filter(variant=letter).count() for letter in "AB"}
    tell(campaign, "A", 1, clicked_at=True)
    tell(campaign, "B", 2, delivered_at=True, unsubscribed_at=True)
    found = variant_results.counted([campaign.runs.get().pk])
    steps = {letter: tuple(found[letter][step] for step in variant_results.STEPS) for letter in "AB"}
    assert steps == {"A": (drawn["A"], drawn["A"], 1, 1, 1, 0, 0), "B": (drawn["B"], drawn["B"], 2, 0, 0, 0, 2)}


def test_the_difference_is_that_of_the_primary_metric(campaign: Campaign) -> None:
    tell(campaign, "A", 1, clicked_at=True)
    tell(campaign, "B", 3, clicked_at=True)
    a, b = variant_results.of(campaign).lines
    assert (a.difference, a.between) == (None, None)
    assert b.difference == pytest.approx(3 / b.people["drawn"] - 1 / a.people["drawn"])
    assert b.between.low < b.difference < b.between.high
    sizing.keep(campaign, {"metric": "bought"})
    assert variant_results.of(Campaign.objects.get()).lines[1].difference == 0


def test_a_draw_that_lost_people_of_one_variant_is_not_valid(campaign: Campaign) -> None:
    assert (
        not variant_results.of(campaign).is_uneven
        or min(line.people["drawn"] for line in variant_results.of(campaign).lines) < 8
    )
    campaign.variants.filter(letter="A").update(share=99)  # as if nearly all should have been in A
    campaign.variants.filter(letter="B").update(share=1)
    assert variant_results.of(campaign).is_uneven


def test_without_variants_there_is_nothing_to_tell() -> None:
    assert variant_results.of(make_campaign(make_segment_with(1))) is None


def test_before_anybody_is_drawn_all_is_empty() -> None:
    campaign = make_campaign(make_segment_with(1))
    variants.add(campaign)
    found = variant_results.of(campaign)
    assert (found.ratio, [line.rate for line in found.lines]) == (None, [None, None])
