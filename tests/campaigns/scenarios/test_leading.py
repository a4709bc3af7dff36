"""People go through a scenario: who enters, what each node does with them, and that each advances exactly once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import running, scenarios
from campaigns.models import DeliveryState, Enrolment, Message, Outcome
from campaigns.scenarios import states
from segments.consents import record_consent
from segments.facts import refresh_facts
from segments.membership import bring_in_step
from segments.models import Customer, CustomerFacts, Interaction, MembershipChange
from tests.campaigns.builders import make_reader
from tests.campaigns.launches import address_of
from tests.campaigns.scenarios.builders import (
    LETTER,
    SECOND,
    hours_later,
    lead,
    make_scenario,
    state_of,
    way_of,
    working,
)
from tests.segments.builders import make_customer, make_interaction, make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

OWNERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
VISIT = {"occasion": "did", "did": "visited"}


@pytest.fixture
def anna() -> Customer:
    return make_reader()


def visited(customer: Customer, **ago: int) -> None:
    make_interaction(customer, "visit", happened_at=timezone.now() - timedelta(**(ago or {"hours": 1})))


def messages_of(customer: Customer) -> list[Message]:
    return list(Message.objects.filter(customer=customer).order_by("pk"))


def reported(customer: Customer, **facts: bool) -> None:
    """The world tells of her last message."""
    message = messages_of(customer)[-1]
    now = timezone.now()
    DeliveryState.objects.create(
        message_id=message.pk, run_id=message.run_id, **{f"{name}_at": now for name in facts}, changed_at=now
    )


def test_an_occasion_brings_her_in_once_and_step_by_step_to_the_end(anna: Customer) -> None:
    working([LETTER, SECOND], VISIT)
    visited(anna)
    lead()
    assert way_of(anna) == ["0 sent"]
    lead()
    hours_later(71)
    assert way_of(anna) == ["0 sent"], "she still has time"
    hours_later(1)
    assert way_of(anna) == ["0 sent", "0 silent", "1 sent"]
    hours_later(25)
    assert way_of(anna)[3:] == ["1 silent"]
    assert state_of(anna) == ("finished", "silent")
    assert [message.step for message in messages_of(anna)] == [1, 2]
    assert {message.enrolment_id for message in messages_of(anna)} == {Enrolment.objects.get().pk}


def test_a_reaction_ends_the_way_before_the_wait_does(anna: Customer) -> None:
    working([LETTER, SECOND], VISIT)
    visited(anna)
    lead()
    hours_later(5)
    reported(anna, delivered=True, opened=True)
    lead()
    assert way_of(anna) == ["0 sent"], "an opened letter is no reaction"
    DeliveryState.objects.update(clicked_at=timezone.now(), changed_at=timezone.now())
    lead()
    assert way_of(anna) == ["0 sent", "0 reacted"]
    assert state_of(anna) == ("left", "reacted")


def test_what_did_not_reach_her_lets_the_next_channel_go_at_once(anna: Customer) -> None:
    working([LETTER, SECOND], VISIT)
    visited(anna)
    lead()
    reported(anna, failed=True)
    lead()
    assert way_of(anna) == ["0 sent", "0 not_delivered", "1 sent"]


def test_whoever_cannot_be_written_to_goes_on_with_the_reason() -> None:
    silent, bare = make_reader(consent=None), make_customer()
    working([LETTER, {"key": "rest", "do": "wait", "hours": 5}], VISIT)
    for each in (silent, bare):
        visited(each)
    lead()
    assert [way_of(silent), way_of(bare)] == [["0 no_consent"], ["0 no_contact"]]
    assert set(Message.objects.values_list("left_out", flat=True)) == {"no_consent", "no_contact"}
    hours_later(6)
    assert state_of(silent) == ("finished", "waited")


def test_the_goal_ends_the_way_and_stops_a_message_that_has_not_gone(anna: Customer) -> None:
    working([LETTER, SECOND], VISIT, goal=["bought"])
    visited(anna)
    scenarios.lead()
    make_interaction(anna, "sale")
    lead()
    assert Message.objects.count() == 1
    assert not messages_of(anna)[0].left_out
    hours_later(1)
    assert state_of(anna) == ("goal", "bought")
    assert way_of(anna) == ["0 sent", "0 bought"]


def test_a_cancelled_document_and_a_call_of_ours_are_nothing_that_she_did(anna: Customer) -> None:
    working([LETTER, SECOND], VISIT, goal=["bought", "called"])
    make_interaction(anna, "visit", happened_at=timezone.now() - timedelta(hours=1), status="Отменён")
    lead()
    assert way_of(anna) == []
    visited(anna)
    lead()
    make_interaction(anna, "sale", status="Сторно")
    make_interaction(anna, "call", status="исходящий")
    hours_later(1)
    assert way_of(anna) == ["0 sent"]
    make_interaction(anna, "call")
    hours_later(80)
    assert state_of(anna) == ("goal", "called")


def test_a_last_message_that_waits_for_nothing_goes_though_its_person_is_at_the_end(anna: Customer) -> None:
    working([LETTER | {"wait_hours": 0}], VISIT, goal=["bought"])
    visited(anna)
    scenarios.lead()
    assert state_of(anna) == ("finished", "sent_on")
    lead()
    assert Outcome.objects.get().kind == "accepted"


def test_a_goal_reached_with_the_occasion_lets_nothing_be_sent(anna: Customer) -> None:
    working([LETTER], VISIT, goal=["bought"], delay_minutes=60 * 24, valid_days=5)
    visited(anna, days=2)
    make_interaction(anna, "sale", happened_at=timezone.now() - timedelta(days=1))
    lead()
    assert state_of(anna) == ("goal", "bought")
    assert not Message.objects.exists()


def test_half_an_hour_after_the_occasion(anna: Customer) -> None:
    working([LETTER], VISIT, delay_minutes=30)
    visited(anna, minutes=5)
    lead()
    hours_later(0.4)
    assert way_of(anna) == []
    hours_later(0.1)
    assert way_of(anna) == ["0 sent"]


def test_an_occasion_waits_for_its_delay_and_is_too_old_after_its_days(anna: Customer) -> None:
    old = make_reader()
    working([LETTER], VISIT, delay_minutes=60 * 24, valid_days=2)
    visited(anna, hours=3)
    visited(old, days=4)
    lead()
    assert way_of(anna) == []
    assert not Enrolment.objects.filter(customer=old).exists()
    hours_later(22)
    assert way_of(anna) == ["0 sent"]


def test_one_person_not_again_within_the_pause(anna: Customer) -> None:
    working([LETTER], VISIT, repeat_days=30)
    visited(anna, hours=30)
    visited(anna, hours=2)
    lead()
    visited(anna)
    lead()
    assert Enrolment.objects.count() == 1
    hours_later(24 * 31)
    visited(anna)
    lead()
    assert Enrolment.objects.count() == 2


def test_each_occasion_brings_her_in_where_there_is_no_pause(anna: Customer) -> None:
    working([LETTER], VISIT, repeat_days=0)
    visited(anna, hours=30)
    visited(anna, hours=2)
    lead()
    lead()
    assert Enrolment.objects.count() == 2
    assert len(messages_of(anna)) == 2


def test_only_those_of_the_rule_enter(anna: Customer) -> None:
    owner = make_reader()
    make_interaction(owner, "sale", happened_at=timezone.now() - timedelta(days=500))
    refresh_facts()
    working([LETTER], VISIT | {"rule": OWNERS})
    for each in (anna, owner):
        visited(each)
    lead()
    assert list(Enrolment.objects.values_list("customer", flat=True)) == [owner.pk]


def test_a_condition_and_a_split_part_people() -> None:
    buyers, others = [make_reader() for _ in range(20)], [make_reader() for _ in range(20)]
    for each in buyers:
        make_interaction(each, "sale", happened_at=timezone.now() - timedelta(days=500))
    refresh_facts()
    working(
        [
            {"key": "owner", "do": "if", "rule": OWNERS, "otherwise": "parts"},
            {"key": "over", "do": "end"},
            {"key": "parts", "do": "split", "parts": [{"percent": 50, "to": "letter"}, {"percent": 50, "to": "end"}]},
            LETTER,
        ],
        VISIT,
    )  # fmt: skip
    for each in buyers + others:
        visited(each)
    lead()
    assert {tuple(way_of(each)) for each in buyers} == {("0 yes", "1 end")}
    parts = [way_of(each)[1] for each in others]
    assert {way_of(each)[0] for each in others} == {"0 no"}
    assert set(parts) == {"2 part1", "2 part2"}
    assert [len(messages_of(each)) for each in others] == [int(part == "2 part1") for part in parts]


def test_control_groups_enter_and_get_nothing() -> None:
    people = [make_reader() for _ in range(40)]
    working([LETTER], VISIT, control_percent=50)
    for each in people:
        visited(each)
    lead()
    control = set(Enrolment.objects.filter(state="control").values_list("customer", flat=True))
    written = set(Message.objects.values_list("customer", flat=True))
    assert control
    assert written == {each.pk for each in people} - control


def test_a_cascade_over_segments_takes_everybody_at_the_start_and_nobody_after(anna: Customer) -> None:
    ivan, out = make_reader(), make_reader()
    segment, bought = make_segment(anna, out), make_segment(out)
    entry = {"occasion": "start", "segments_in": [segment.pk], "segments_out": [bought.pk]}
    working([LETTER, SECOND], entry)
    lead()
    segment.memberships.create(customer=ivan)
    hours_later(2)
    assert list(Enrolment.objects.values_list("customer", flat=True)) == [anna.pk]


def test_whoever_enters_a_segment_after_the_start_enters(anna: Customer) -> None:
    ivan = make_reader()
    segment = make_segment(anna)
    working([LETTER], {"occasion": "segment", "segment": segment.pk})
    lead()
    segment.memberships.create(customer=ivan)
    hours_later(1)
    assert list(Enrolment.objects.values_list("customer", flat=True)) == [ivan.pk]


def test_whoever_leaves_a_segment_after_the_start_enters_but_not_who_came_back(anna: Customer) -> None:
    ivan, back = make_reader(), make_reader()
    segment = make_segment(anna, ivan, back)
    working([LETTER], {"occasion": "left", "segment": segment.pk})
    lead()
    refresh_facts()
    for members in ([anna, back], [anna], [anna, back]):
        bring_in_step(segment.pk, CustomerFacts.objects.filter(customer__in=members), cause="rule")
    MembershipChange.objects.update(happened_at=timezone.now())  # of the transaction is the beginning of the test
    hours_later(1.5)
    assert list(Enrolment.objects.values_list("customer", flat=True)) == [ivan.pk]


def test_an_opt_out_between_planning_and_sending_acts(anna: Customer) -> None:
    working([LETTER, SECOND], VISIT)
    visited(anna)
    scenarios.lead()
    record_consent(contact_point_ids=[address_of(anna).pk], channels=["email"], purpose="advertising", given=False,
                   origin="person")  # fmt: skip
    lead()
    lead()
    hours_later(1)
    assert way_of(anna) == ["0 sent", "0 not_delivered", "1 no_consent"]


def test_a_pause_keeps_places_and_a_stop_takes_everybody_out(anna: Customer) -> None:
    version = working([LETTER, SECOND], VISIT)
    boss = make_staff()
    visited(anna)
    lead()
    states.change(version.scenario, "pause", boss)
    visited(make_reader())
    hours_later(80)
    assert way_of(anna) == ["0 sent"]
    assert Enrolment.objects.count() == 1
    states.change(version.scenario, "resume", boss)
    lead()
    assert way_of(anna) == ["0 sent", "0 silent", "1 sent"]
    states.change(version.scenario, "stop", boss)
    hours_later(80)
    assert state_of(anna) == ("stopped", "stopped")


def test_people_finish_the_version_that_they_entered(anna: Customer) -> None:
    first = working([LETTER, SECOND], VISIT)
    ivan = make_reader()
    visited(anna)
    lead()
    second = make_scenario([LETTER], VISIT)
    second.scenario, second.number = first.scenario, 2
    second.save()
    states.submit(second, first.scenario.author)
    states.approve(second, make_staff("campaigns.approve_campaign"))
    visited(ivan)
    lead()
    hours_later(80)
    assert way_of(anna) == ["0 sent", "0 silent", "1 sent"]
    assert Enrolment.objects.get(customer=ivan).version_id == second.pk
    assert Enrolment.objects.get(customer=anna).version_id == first.pk
    hours_later(80)
    lead()
    assert set(first.steps.values_list("campaign__state", flat=True)) == {"finished"}
    assert set(second.steps.values_list("campaign__state", flat=True)) == {"running"}


def test_the_author_cannot_approve_and_a_change_voids_what_was_read(anna: Customer) -> None:
    version = make_scenario([LETTER], VISIT)
    author = version.scenario.author
    states.submit(version, author)
    with pytest.raises(states.Refused):
        states.approve(version, author)
    seen = states.fingerprint(version)
    version.delay_minutes = 5
    version.save()
    with pytest.raises(states.Refused, match="was changed|изменён"):
        states.approve(version, make_staff("campaigns.approve_campaign"), seen=seen)


def test_a_version_that_cannot_be_read_holds_nobody_else_up(anna: Customer) -> None:
    broken, sound = working([LETTER, SECOND], VISIT), working([LETTER], VISIT)
    visited(anna)
    scenarios.lead()
    gone = {"format": 1, "rule": {"field": "segment", "op": "any_of", "value": [10**6]}}
    broken.flow[0] = {"key": "letter", "do": "if", "rule": gone}
    broken.save()
    Enrolment.objects.filter(version=broken.pk).update(due_at=timezone.now(), since=None)
    visited(make_reader())
    for _again in range(2):
        scenarios.lead()
    assert broken.scenario.events.filter(verb="refused").count() == 1
    assert Enrolment.objects.filter(version=sound.pk, since__isnull=False).count() == 2


def test_whoever_is_gone_from_the_base_is_taken_out(anna: Customer) -> None:
    working([{"key": "rest", "do": "wait", "hours": 5}, LETTER], VISIT)
    visited(anna)
    lead()
    Interaction.objects.all().delete()
    Enrolment.objects.update(customer_id=10**9)
    hours_later(6)
    assert Enrolment.objects.values_list("state", "why").get() == ("stopped", "gone")


def test_a_step_that_is_switched_off_is_passed(anna: Customer) -> None:
    version = working([LETTER, SECOND], VISIT)
    running.stop(version.steps.get(key="letter").campaign, make_staff())
    visited(anna)
    lead()
    assert way_of(anna) == ["0 off", "1 sent"]


def test_a_step_that_is_paused_keeps_its_people(anna: Customer) -> None:
    version = working([LETTER, SECOND], VISIT)
    letter = version.steps.get(key="letter").campaign
    running.pause(letter)
    visited(anna)
    lead()
    assert way_of(anna) == []
    running.resume(letter)
    hours_later(1)
    assert way_of(anna) == ["0 sent"]


def test_a_closed_scenario_stays_closed_over_a_pause(anna: Customer) -> None:
    scenario, boss = working([LETTER], VISIT).scenario, make_staff()
    for verb in ("close", "pause", "resume"):
        states.change(scenario, verb, boss)
    visited(anna)
    lead()
    assert not Enrolment.objects.exists()
    for verb in ("open", "pause", "resume"):
        states.change(scenario, verb, boss)
    lead()
    assert way_of(anna) == ["0 sent"]


def test_whoever_comes_back_to_a_message_gets_it_again(anna: Customer) -> None:
    ivan = make_reader()
    again = {"key": "again", "do": "go", "to": "letter"}
    working([LETTER, {"key": "rest", "do": "wait", "hours": 5}, again], VISIT)
    visited(anna)
    lead()
    for _round in range(2):
        hours_later(73)
        visited(ivan)
        hours_later(6)
    assert [each.split()[1] for each in way_of(anna)].count("sent") == 3
    assert len({message.run_id for message in messages_of(anna)}) == 3
    assert messages_of(ivan)[0].run_id == messages_of(anna)[0].run_id
