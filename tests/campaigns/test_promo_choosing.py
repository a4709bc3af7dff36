"""The pool of a campaign's plan: chosen, copied, approved, and told when it is too small."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns import approval, cloning, plan_fields, trying
from campaigns.admin import reviewing
from campaigns.drafting import draft
from campaigns.models import CampaignPromo, PromoPool
from campaigns.promo import choosing, registering
from campaigns.readiness import obstacles
from campaigns.refusals import Refused
from channels.models import Account
from tests.campaigns.builders import make_campaign, make_reader
from tests.campaigns.launches import launched
from tests.campaigns.promos import PRINTS, make_pool, make_promo_campaign, make_shared
from tests.segments.builders import make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


def test_a_text_that_prints_a_code_needs_a_pool_that_can_give_some() -> None:
    person, yesterday = make_reader(), timezone.localdate() - timedelta(days=1)
    for pool, said in (
        (None, "pool"),
        (make_pool(), "codes"),
        (make_pool(5, is_active=False), "use"),
        (make_pool(5, valid_to=yesterday), "later"),
        (make_pool(kind="shared"), "codes"),
    ):
        campaign = make_promo_campaign(pool, person)
        assert len(obstacles(campaign)) == len(choosing.check(campaign)) == 1, said
    assert not obstacles(make_promo_campaign(make_pool(1), person))
    assert not obstacles(make_promo_campaign(make_shared(), person))


def test_the_mere_word_asks_for_no_pool() -> None:
    body = PRINTS.replace("{{ промокод }}", "промокод AUTO").replace('{{ промокод_до|"любой день" }}', "")
    assert not obstacles(make_campaign(make_segment(make_reader()), content={"body": body}))


def test_the_review_says_when_there_are_fewer_codes_than_people() -> None:
    people = [make_reader() for _ in range(4)]
    campaign = make_promo_campaign(make_pool(3), *people)
    assert len(choosing.shortage(campaign, 4)) == 1
    assert not choosing.shortage(campaign, 3)
    said = reviewing.counted(campaign, reviewing.review(campaign, campaign.author))
    assert choosing.shortage(campaign, 4)[0] in said["warnings"]
    assert not choosing.shortage(make_promo_campaign(make_shared(), *people), 4)


def test_an_approval_is_bound_to_the_pool_and_to_none_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = make_campaign(make_segment(make_reader()))
    now = approval.fingerprint(plain)
    monkeypatch.delitem(plan_fields._fields, registering.POOL.name)
    assert approval.fingerprint(plain) == now  # what was approved before there were pools stays approved
    monkeypatch.undo()
    campaign = make_promo_campaign(make_pool(1), make_reader())
    before = approval.fingerprint(campaign)
    choosing.save(campaign, make_pool(1))
    assert approval.fingerprint(campaign) != before


def test_a_copy_prints_codes_of_the_same_pool_while_it_is_in_use() -> None:
    pool = make_pool(5)
    run = launched(make_reader())
    choosing.save(run.campaign, pool)
    assert choosing.pool_of(cloning.clone(run.campaign, run.campaign.author)) == pool
    PromoPool.objects.update(is_active=False)
    assert choosing.pool_of(cloning.clone(run.campaign, run.campaign.author)) is None


def test_the_command_line_names_the_pool() -> None:
    segment, pool = make_segment(make_reader()), make_pool(1)
    plan: dict[str, Any] = {
        "name": "Весна",
        "segments_in": [segment.slug],
        "content": {"subject": "Т", "body": PRINTS},
        "account": Account.objects.get().name,
    }
    drafted = draft(plan | {"promo_pool": pool.name}, make_staff())
    assert CampaignPromo.objects.get(campaign=drafted).pool == pool
    with pytest.raises(Refused):
        draft(plan | {"promo_pool": "Нет такого"}, make_staff())


def test_a_preview_shows_a_sample_and_takes_no_code() -> None:
    pool = make_pool(1, prefix="AUTO", valid_to=timezone.localdate())
    campaign = make_promo_campaign(pool, person := make_reader())
    assert "AUTO-KAHT-7X3M-9P" in trying.show(campaign.contents.get(), person.pk).html
    assert "ЛЕТО" in trying.show(make_promo_campaign(make_shared("ЛЕТО"), person).contents.get(), None).html
    assert not pool.codes.exclude(issued_at=None).exists()
    form_chosen = plan_fields.previews(campaign, {"promo_pool": make_shared("ОСЕНЬ").name})
    assert form_chosen["промокод"] == "ОСЕНЬ"
