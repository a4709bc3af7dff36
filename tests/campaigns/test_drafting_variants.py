"""Variants from a JSON plan."""

from typing import Any

import pytest

from campaigns import readiness, versions
from campaigns.drafting import draft
from campaigns.models import Campaign, Experiment
from campaigns.refusals import Refused
from tests.campaigns.builders import LETTER, make_account, make_segment_with
from tests.segments.builders import make_brand, make_staff

pytestmark = pytest.mark.django_db
TEXT = {"subject": "Тема", "body": LETTER}
TWO = {"A": {"share": 70}, "B": {"share": 30, "name": "короче", "hour": 18, "content": TEXT | {"subject": "Короче"}}}


def drafted(**changes: Any) -> Campaign:
    make_account(is_default=True)
    segment = make_segment_with(0, slug="people")
    plan = {"name": "Проба", "segments_in": [segment.slug], "content": TEXT, "variants": TWO} | changes
    return draft(plan, make_staff())


def test_variants_have_shares_hours_and_texts() -> None:
    campaign = drafted(experiment={"metric": "bought", "base": 0.5, "effect": 0.25, "power": 90})
    assert list(campaign.variants.values_list("letter", "share", "hour", "name")) == [
        ("A", 70, None, ""),
        ("B", 30, 18, "короче"),
    ]
    assert {each.variant: each.subject for each in versions.every(campaign)} == {"": "Тема", "B": "Короче"}
    kept = Experiment.objects.get(campaign=campaign)
    assert (kept.metric, float(kept.base), float(kept.effect), kept.alpha, kept.power) == ("bought", 0.5, 0.25, 5, 90)
    assert readiness.obstacles(campaign) == []


def test_a_variant_has_its_text_for_a_brand_of_the_campaign() -> None:
    lada = make_brand("Lada")
    two = TWO | {"B": TWO["B"] | {"versions": {"Lada": TEXT | {"subject": "Lada, короче"}}}}
    campaign = drafted(variants=two, versions={"Lada": TEXT | {"subject": "Lada"}})
    assert versions.current(campaign, lada, "B").subject == "Lada, короче"
    assert versions.current(campaign, lada).subject == "Lada"


@pytest.mark.parametrize(
    "changes",
    [
        {"variants": {"A": {"share": 100}}},
        {"variants": {"A": {"share": 50}, "B": {"share": 40}}},
        {"variants": {"A": {"share": 0}, "B": {"share": 100}}},
        {"variants": {"B": {"share": 50}, "C": {"share": 50}}},
        {"variants": {"A": {"share": 50}, "Z": {"share": 50}}},
        {"variants": {"A": {"share": 50, "content": TEXT}, "B": {"share": 50}}},
        {"variants": {"A": {"share": 50}, "B": {"share": 50, "hour": 24}}},
        {"variants": {"A": {"share": 50}, "B": {"share": 50, "text": "?"}}},
        {"variants": {"A": {"share": 50}, "B": {"share": 50, "versions": {"Lada": TEXT}}}},
        {"variants": {}, "experiment": {"metric": "clicked"}},
        {"experiment": {"metric": "opened"}},
        {"experiment": {"effect": 0}},
        {"experiment": {"alpha": True}},
    ],
)
def test_what_is_no_plan_of_an_experiment_is_refused(changes: dict[str, Any]) -> None:
    make_brand("Lada")
    with pytest.raises(Refused) as refusal:
        drafted(**changes)
    assert refusal.value.sentence
    assert not Campaign.objects.exists()
