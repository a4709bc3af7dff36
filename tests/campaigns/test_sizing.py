"""Are there people enough to tell the variants apart."""

import pytest

from campaigns import approval, launch_gate, planning, sizing
from campaigns.models import Experiment
from campaigns.refusals import Refused
from tests.campaigns.builders import make_campaign, make_segment_with
from tests.campaigns.test_variants import ANSWERED, make_variants
from tests.segments.builders import make_staff

pytestmark = pytest.mark.django_db


def campaign_of(people: int = 4, *, shares: tuple[int, ...] = (50, 50), **settings: object):
    campaign = make_campaign(make_segment_with(people))
    make_variants(campaign, *shares)
    sizing.keep(campaign, settings)
    return campaign


def test_the_smallest_variant_decides() -> None:
    campaign = campaign_of(base=10, effect=2)
    found = sizing.of(campaign, {"A": 3900, "B": 3835})
    assert (found.needed, found.smallest, found.people, found.is_enough) == (3835, "B", 3835, True)
    assert not sizing.of(campaign, {"A": 3900, "B": 3834}).is_enough
    assert "3\u00a0835" in found.sentence() or "3835" in found.sentence()


def test_each_further_variant_is_one_more_comparison() -> None:
    people = {"A": 1, "B": 1, "C": 1}
    assert sizing.of(campaign_of(shares=(34, 33, 33), base=10, effect=2), people).needed > 3835


def test_the_usual_share_is_the_authors_else_what_is_known() -> None:
    assert sizing.of(campaign_of(metric="clicked"), {}).base == 0.01  # the market's letters
    assert sizing.of(campaign_of(metric="clicked", base=2), {}).base == 0.02
    unknown = sizing.of(campaign_of(metric="visited"), {})
    assert (unknown.base, unknown.needed, unknown.is_enough) == (None, None, False)
    assert unknown.sentence()


def test_without_variants_nothing_is_asked() -> None:
    campaign = make_campaign(make_segment_with(1))
    assert sizing.of(campaign, {}) is None
    assert "power" not in {answer.key for answer in launch_gate.answers(campaign, planning.forecast(campaign))}


def test_too_few_people_forbid_the_launch_until_the_author_says_why() -> None:
    campaign = campaign_of()
    with pytest.raises(Refused) as refusal:  # though nobody asked this author for a hypothesis
        approval.submit(campaign, campaign.author)
    assert sizing.of(campaign, planning.forecast(campaign).by_variant).sentence() in refusal.value.sentence
    launch_gate.answer(campaign, ANSWERED | {"no_power": ""})
    with pytest.raises(Refused):
        approval.submit(campaign, campaign.author)
    launch_gate.answer(campaign, ANSWERED)
    approval.submit(campaign, campaign.author)
    approval.decide(campaign, make_staff("campaigns.approve_campaign"), True)
    assert approval.is_valid(campaign)


def test_other_settings_take_the_approval_away() -> None:
    campaign = campaign_of(base=10, effect=2)
    before = approval.fingerprint(campaign)
    sizing.keep(campaign, {"effect": 3})
    assert approval.fingerprint(campaign) != before
    sizing.keep(campaign, {"effect": 2})
    campaign.experiment = Experiment.objects.get()  # 2.00
    assert approval.fingerprint(campaign) == before
