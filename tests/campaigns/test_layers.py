"""A person is in at most one of a layer's running experiments."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from campaigns import approval, cloning, follow_ups, layers, readiness, running, sizing
from campaigns.experiments import draw
from campaigns.models import Campaign, Experiment, Layer, Message
from campaigns.refusals import Refused
from segments.models import Customer
from tests.campaigns.builders import make_campaign, make_reader, make_segment_with
from tests.campaigns.launches import start
from tests.campaigns.test_variants import make_variants, with_variants
from tests.campaigns.test_versions import frozen

pytestmark = pytest.mark.usefixtures("permitted")


@pytest.fixture
def layer() -> Layer:
    return Layer.objects.create(name="Тексты", salt="places")


def layered(layer: Layer, percent: int | None, *people: Customer, **fields: object) -> Campaign:
    campaign = with_variants(*people, **fields)
    sizing.keep(campaign, {"layer": layer, "layer_percent": percent})
    layers.take(campaign)
    return campaign


def hold(campaign: Campaign) -> None:
    """As a request for approval does, whoever of the people is inside."""
    with transaction.atomic():
        layers.claim(campaign)
        Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.IN_REVIEW)


def slice_of(campaign: Campaign) -> int | None:
    return Experiment.objects.get(campaign=campaign).slice_from


def in_plan(campaign: Campaign) -> set[int]:
    return set(
        Message.objects.filter(run_id=frozen(campaign).pk).exclude(left_out="layer").values_list("customer", flat=True)
    )


def test_experiments_of_a_layer_share_out_all_people(layer: Layer) -> None:
    people = [make_reader() for _ in range(60)]
    parts = []
    for percent in (50, 30, 20):
        campaign = layered(layer, percent, *people, control_percent=30)
        hold(campaign)
        parts.append(in_plan(campaign))
    assert [(each.begin, each.end) for each in layers.taken(layer)] == [(0, 50), (50, 80), (80, 100)]
    assert sum(map(len, parts)) == 60
    assert set.union(*parts) == {person.pk for person in people}


def test_a_draft_holds_nothing_and_whoever_asks_first_has_it(layer: Layer) -> None:
    first, second = (layered(layer, 60, make_reader(), make_reader()) for _ in range(2))
    assert (slice_of(first), slice_of(second)) == (0, 0)
    hold(first)
    with pytest.raises(Refused) as refusal:
        hold(second)
    assert first.name in refusal.value.sentence
    layers.take(second)
    assert slice_of(second) is None
    assert [sentence for sentence in readiness.obstacles(second) if "60" in sentence]
    sizing.keep(second, {"layer_percent": 40})
    layers.take(second)
    assert slice_of(second) == 60
    hold(second)
    assert layers.gaps(layer) == []


def test_taken_back_it_is_free_again(layer: Layer) -> None:
    campaign = layered(layer, None, make_reader(), make_reader())
    approval.submit(campaign, campaign.author)
    with pytest.raises(Refused):
        approval.submit(layered(layer, None, make_reader()), campaign.author)
    assert layers.gaps(layer) == []
    approval.withdraw(campaign, campaign.author)
    assert layers.gaps(layer) == [(0, 100)]


def test_it_is_held_until_the_effect_is_over(layer: Layer) -> None:
    campaign = layered(layer, 50, make_reader(), make_reader())
    now = timezone.now()
    for days, metric, held in (
        (13, "clicked", True),
        (15, "clicked", False),
        (15, "bought", True),
        (91, "bought", False),
    ):
        ended = now - timedelta(days=days)
        Campaign.objects.filter(pk=campaign.pk).update(state="finished", started_at=ended, finished_at=ended)
        sizing.keep(campaign, {"metric": metric})
        assert bool(layers.taken(layer)) is held, (days, metric)
    Campaign.objects.filter(pk=campaign.pk).update(state="stopped", started_at=None, finished_at=now)  # it never went
    assert layers.taken(layer) == []


def test_the_gap_between_two_is_found(layer: Layer) -> None:
    campaigns = [layered(layer, percent, make_reader(), make_reader()) for percent in (30, 20, 30)]
    for campaign in campaigns:
        layers.take(campaign)
        hold(campaign)
    approval.withdraw(campaigns[1], campaigns[1].author)
    assert layers.gaps(layer) == [(30, 50), (80, 100)]
    other = layered(layer, 20, make_reader())
    assert slice_of(other) == 30


def test_an_address_goes_to_the_one_of_two_people_who_is_inside(layer: Layer) -> None:
    people = [make_reader(email="home@example.test") for _ in range(12)]
    campaign = layered(layer, 50, *people)
    run = frozen(campaign)
    inside = {pk for pk in (person.pk for person in people) if draw(layer.salt, pk) < 0.5}
    rows = dict(Message.objects.filter(run_id=run.pk).values_list("customer", "left_out"))
    assert {pk for pk, left_out in rows.items() if left_out == "layer"} == set(rows) - inside
    assert sum(not left_out for left_out in rows.values()) == bool(inside)


def test_the_approval_is_for_the_part_of_the_layer_too(layer: Layer) -> None:
    campaign = layered(layer, 50, make_reader(), make_reader())
    before = approval.fingerprint(campaign)
    Experiment.objects.update(slice_from=10)
    assert approval.fingerprint(campaign) != before


def test_a_clone_asks_for_a_part_of_its_own_and_a_second_try_for_none(layer: Layer) -> None:
    people = [make_reader() for _ in range(30)]
    campaign = layered(layer, 40, *people)
    run = start(campaign)
    running.stop(campaign)
    copied = cloning.clone(campaign, campaign.author)
    assert (Experiment.objects.get(campaign=copied).layer, slice_of(copied)) == (layer, 40)
    again = follow_ups.try_again(run, ["cancelled"], campaign.author)
    assert Experiment.objects.get(campaign=again).layer is None


def test_without_a_layer_nobody_is_outside() -> None:
    campaign = make_campaign(make_segment_with(3))
    make_variants(campaign, 50, 50)
    assert len(in_plan(campaign)) == 3
    assert approval.fingerprint(campaign)
