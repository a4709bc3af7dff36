"""At most so many messages, or so many roubles, a run: who is within it, and what becomes of the others."""

from decimal import Decimal
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import approval, behind, ceiling, follow_ups, planning, pricing, versions, whom, writing
from campaigns.cloning import clone
from campaigns.experiments import draw
from campaigns.models import Campaign, Run
from campaigns.readiness import obstacles
from segments.models import Customer
from tests.campaigns.builders import LETTER, draft_form, make_account, make_campaign, make_reader
from tests.campaigns.launches import corrected_text, fates, launched, sent, start
from tests.segments.builders import make_brand, make_facts, make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

SALT = "line"


@pytest.fixture
def people() -> list[Customer]:
    """In the order of the line in which they stand."""
    return in_line([make_reader() for _ in range(12)])


def in_line(people: list[Customer]) -> list[Customer]:
    return sorted(people, key=lambda person: draw(ceiling.SALT + SALT, person.pk))


def reasons(run: Run) -> dict[int, str]:
    return {customer: fate for customer, fate in fates(run).items() if fate != "accepted"}


def steps(campaign: Campaign) -> dict[str, int]:
    return {step.key: step.people for step in planning.waterfall(campaign) if step.people}


def test_the_first_of_the_line_get_it_and_the_others_have_the_reason(people: list[Customer]) -> None:
    run = sent(*people, ceiling=5, salt=SALT)
    assert fates(run) == {
        **dict.fromkeys((person.pk for person in people[:5]), "accepted"),
        **dict.fromkeys((person.pk for person in people[5:]), "over_ceiling"),
    }
    assert run.left_out == {"over_ceiling": 7}


def test_the_plan_tells_it_before_and_shows_the_same_people(people: list[Customer]) -> None:
    campaign = make_campaign(make_segment(*people), ceiling=5, salt=SALT)
    assert steps(campaign) == {"segments": 12, "over_ceiling": 7, "to_send": 5}
    for step, expected in (("to_send", people[:5]), ("over_ceiling", people[5:])):
        assert {person.customer_id for person in behind.of_plan(campaign, step)} == {each.pk for each in expected}


def test_a_ceiling_that_is_not_reached_leaves_out_nobody(people: list[Customer]) -> None:
    assert steps(make_campaign(make_segment(*people), ceiling=12, salt=SALT)) == {"segments": 12, "to_send": 12}


def test_the_control_group_is_drawn_before(people: list[Customer]) -> None:
    run = launched(*people, ceiling=3, salt=SALT, control_percent=50)
    control = {person.pk for person in people if draw(SALT, person.pk) < 0.5}
    free = [person.pk for person in people if person.pk not in control]
    expected = dict.fromkeys(control, "control") | dict.fromkeys(free[:3], "pending")
    assert fates(run) == expected | dict.fromkeys(free[3:], "over_ceiling")


def test_whoever_may_not_be_written_to_takes_no_place(people: list[Customer]) -> None:
    silent = [make_reader(consent=None) for _ in range(5)]
    assert steps(make_campaign(make_segment(*people, *silent), ceiling=12, salt=SALT))["to_send"] == 12


def test_roubles_are_counted_by_the_price_of_the_account(people: list[Customer]) -> None:
    account = make_account(cost="2.50")
    campaign = make_campaign(make_segment(*people), ceiling_roubles=10, salt=SALT, account=account)
    assert steps(campaign)["to_send"] == 4
    campaign.ceiling = 3
    assert steps(campaign)["to_send"] == 3


def test_roubles_are_those_of_the_version_that_a_person_gets(people: list[Customer]) -> None:
    """Two owners of the brand stand first: their messages cost more, and two are left for the others."""
    brand = make_brand("Lada")
    for person in people[:2]:
        make_facts(person, last_brand=brand)
    campaign = make_campaign(make_segment(*people), ceiling_roubles=6, salt=SALT, account=make_account(cost="1.00"))
    dear = writing.write(campaign, brand, subject="Ладе дороже", preheader="", body=LETTER)
    with mock.patch.object(pricing, "of_one", lambda content: Decimal(2 if content == dear else 1)):
        expected = planning.forecast(campaign)
    assert expected.by_version == {dear.pk: 2, versions.current(campaign).pk: 2}


def test_a_ceiling_in_roubles_needs_a_price(people: list[Customer]) -> None:
    campaign = make_campaign(make_segment(*people), ceiling_roubles=100)
    assert any("потолок в сообщениях" in sentence for sentence in obstacles(campaign))
    campaign.ceiling_roubles = None
    assert obstacles(campaign) == []


def test_a_second_try_goes_on_along_the_line(people: list[Customer]) -> None:
    run = sent(*people, ceiling=5, salt=SALT)
    assert follow_ups.changeable(run) == {"over_ceiling": 7}
    again = start(follow_ups.try_again(run, ["over_ceiling"], run.campaign.author))
    assert reasons(again) == dict.fromkeys((person.pk for person in people[5:10]), "pending") | dict.fromkeys(
        (person.pk for person in people[10:]), "over_ceiling"
    )


def test_a_correction_has_no_ceiling(people: list[Customer]) -> None:
    run = sent(*people, ceiling=5, salt=SALT)
    draft = corrected_text(follow_ups.correct(run, run.campaign.author))
    assert (draft.ceiling, whom.is_correction(draft)) == (None, True)
    Campaign.objects.filter(pk=draft.pk).update(ceiling=2)
    draft.refresh_from_db()
    assert steps(draft)["to_send"] == 5


def test_an_approval_is_of_the_ceiling_and_a_copy_keeps_it(people: list[Customer]) -> None:
    campaign = make_campaign(make_segment(*people), ceiling=5)
    seen = approval.fingerprint(campaign)
    campaign.ceiling = 6
    assert approval.fingerprint(campaign) != seen
    assert clone(campaign, campaign.author).ceiling == 6


def test_a_manager_sets_it_on_the_form_and_reads_it_on_the_review(client: Client, people: list[Customer]) -> None:
    author = make_staff("campaigns.add_campaign", "campaigns.change_campaign", "campaigns.view_campaign")
    client.force_login(author)
    account, segment = make_account(cost="2.50"), make_segment(*people)
    form = draft_form(
        account, segment, subject="Осмотр", body="<mjml><mj-body></mj-body></mjml>", ceiling=5, ceiling_roubles=11
    )
    answer = client.post(reverse("admin:campaigns_campaign_add"), form | {"_review": "1"})
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "Сверх потолка запуска" in page
    assert "5 сообщений, 11 ₽" in page
    assert steps(Campaign.objects.get())["to_send"] == 4
