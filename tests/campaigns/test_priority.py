"""Which campaign goes first to a person whom several want: as the audience is planned, and as chunks are leased."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import approval, cloning, drafting, planning, running
from campaigns.models import Campaign, Chunk, ContactSlot, Message, Policy, Run
from campaigns.policy import Arbiter
from campaigns.pump.draining import drain
from campaigns.pump.journal import Journal
from campaigns.pump.leasing import claim, read
from campaigns.refusals import Refused
from segments.identity.merging import merge
from segments.models import Customer, Preference
from tests.campaigns.builders import LETTER, approve, make_account, make_campaign, make_reader
from tests.campaigns.launches import launched
from tests.campaigns.room import assert_identity
from tests.segments.builders import make_consent, make_contact, make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

LOW, NORMAL, HIGH = Campaign.Priority


@pytest.fixture
def anna() -> Customer:
    return make_reader()


def planned(*people: Customer, **fields: object) -> Campaign:
    """Approved, and waiting for its time."""
    campaign = make_campaign(make_segment(*people), **fields)
    approve(campaign)
    return campaign


def written(customer: Customer, *days_ago: int, channel: str = "email") -> None:
    today = timezone.localdate()
    ContactSlot.objects.bulk_create(
        ContactSlot(holder=customer.pk, day=today - timedelta(days=ago), channel=channel, message_id=ago)
        for ago in days_ago
    )


def left_out(run: Run, customer: Customer) -> str:
    return Message.objects.get(run_id=run.pk, customer=customer).left_out


def judge(run: Run, **arbiter: object) -> dict[int, tuple]:
    """{customer: what the arbiter says of her message}; '' when it goes. What it took it keeps."""
    with Journal(1) as journal:
        Chunk.objects.exclude(run_id=run.pk).update(due_at=timezone.now() + timedelta(hours=1))
        Chunk.objects.filter(run_id=run.pk).update(due_at=timezone.now(), state=Chunk.State.FREE)
        rows = [row for row in read(claim("email", journal)) if not row.refusal]
    waiting = Arbiter(run.campaign, run.send_until, Policy.now(), **arbiter).judge(rows, timezone.now())
    return {row.customer_id: waiting.get(row.message_id, "") for row in rows}


def tomorrow() -> object:
    return timezone.localdate() + timedelta(days=1)


# As chunks are leased


def test_a_lower_campaign_leaves_the_day_to_a_higher_one_that_has_not_come_to_her_yet(anna: Customer) -> None:
    low, high = launched(anna, priority=LOW), launched(anna, priority=HIGH)
    wait = judge(low)[anna.pk]
    assert (wait.reason, timezone.localtime(wait.until).date()) == ("", tomorrow())
    assert not ContactSlot.objects.exists()
    assert judge(high) == {anna.pk: ""}


def test_through_the_pump_the_higher_goes_today_and_the_lower_is_pending(anna: Customer) -> None:
    low, high = launched(anna, priority=LOW), launched(anna)
    assert drain("email")["accepted"] == 1
    assert assert_identity(high)["accepted"] == assert_identity(low)["pending"] == 1


def test_equal_priorities_are_served_in_order(anna: Customer) -> None:
    first, second = launched(anna, priority=HIGH), launched(anna, priority=HIGH)
    assert judge(second) == {anna.pk: ""}
    assert judge(first)[anna.pk].until


def test_a_higher_one_waits_for_no_lower_one(anna: Customer) -> None:
    high, _low = launched(anna, priority=HIGH), launched(anna, priority=NORMAL)
    assert judge(high) == {anna.pk: ""}


@pytest.mark.parametrize("kind", ["rejected", "suppressed", "accepted"])
def test_what_is_decided_is_waited_for_no_longer(anna: Customer, kind: str) -> None:
    low, high = launched(anna, priority=LOW), launched(anna, priority=HIGH)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_outcome (run_id, message_id, kind) VALUES (%s, %s, %s)",
            [high.pk, Message.objects.get(run_id=high.pk).pk, kind],
        )
    assert judge(low) == {anna.pk: ""}


@pytest.mark.parametrize(("state", "goes"), [("paused", False), ("stopped", True), ("finished", True)])
def test_a_paused_campaign_keeps_its_place_and_an_ended_one_does_not(anna: Customer, state: str, goes: bool) -> None:
    low, high = launched(anna, priority=LOW), launched(anna, priority=HIGH)
    Campaign.objects.filter(pk=high.campaign_id).update(state=state)
    assert (judge(low)[anna.pk] == "") is goes


def test_a_run_whose_time_is_over_is_not_waited_for(anna: Customer) -> None:
    low, high = launched(anna, priority=LOW), launched(anna, priority=HIGH)
    Run.objects.filter(pk=high.pk).update(send_until=timezone.now() - timedelta(minutes=1))
    assert judge(low) == {anna.pk: ""}


def test_service_messages_neither_yield_nor_are_yielded_to(anna: Customer) -> None:
    make_consent(make_contact(anna, "anna.service@example.test"), purpose="service")
    low, service = launched(anna, priority=LOW), launched(anna, priority=HIGH, purpose="service")
    assert judge(low) == {anna.pk: ""}
    ContactSlot.objects.all().delete()
    launched(anna, priority=HIGH)
    Campaign.objects.filter(pk=service.campaign_id).update(priority=LOW)
    service.campaign.refresh_from_db()
    assert judge(service) == {anna.pk: ""}


def test_people_who_became_one_wait_as_one(anna: Customer) -> None:
    other = make_reader()
    low, _high = launched(anna, priority=LOW), launched(other, priority=HIGH)
    merge([(other.pk, anna.pk, "test")])
    assert judge(low)[anna.pk].until


def test_whom_the_higher_keeps_to_the_end_is_told_so_and_whom_limits_keep_is_told_that(anna: Customer) -> None:
    other = make_reader()
    low = launched(anna, other, priority=LOW)
    launched(anna, other, priority=HIGH)
    written(other, 1, 3, 5, 9)
    low.send_until = timezone.now() + timedelta(minutes=1)
    reasons = {customer: wait.reason for customer, wait in judge(low).items()}
    assert reasons == {anna.pk: "higher_priority", other.pk: "frequency_cap"}


def test_room_is_left_for_the_higher_one(anna: Customer) -> None:
    """She has room for one: on no day before the end is there room for both."""
    low = launched(anna, priority=LOW)
    written(anna, 1, 5, 9)
    launched(anna, priority=HIGH)
    assert judge(low)[anna.pk] == (None, "higher_priority")


def test_whom_a_scheduled_campaign_gets_today_is_left_to_it_too(anna: Customer) -> None:
    other = make_reader()
    low = launched(anna, other, priority=LOW)
    planned(anna, priority=HIGH, starts_at=timezone.now() + timedelta(seconds=30))
    planned(other, priority=HIGH, starts_at=timezone.now() + timedelta(hours=30))
    said = judge(low)
    starts_today = timezone.localdate(timezone.now() + timedelta(seconds=30)) == timezone.localdate()
    assert bool(said[anna.pk]) is starts_today
    assert said[other.pk] == ""


def test_a_worker_that_died_after_taking_a_day_finds_it_given_to_the_higher_one(anna: Customer) -> None:
    low = launched(anna, priority=LOW)
    assert judge(low) == {anna.pk: ""}
    launched(anna, priority=HIGH)
    assert judge(low, is_again=True)[anna.pk].until
    assert not ContactSlot.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_at_once_the_higher_ones_write_to_everybody(own_installation: None) -> None:
    people = [make_reader() for _ in range(30)]
    runs = [launched(*people, priority=priority) for priority in (LOW, LOW, NORMAL, HIGH)]
    rows, barrier = [], Barrier(4)
    with Journal(1) as journal:
        for _ in runs:
            lease = claim("email", journal)
            rows.append((lease.run, read(lease)))

    def ask(number: int) -> tuple[int, int]:
        try:
            run, hers = rows[number]
            barrier.wait(60)
            waiting = Arbiter(run.campaign, run.send_until, Policy.now()).judge(hers, timezone.now())
            return run.campaign.priority, len(hers) - len(waiting)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == [(LOW, 0), (LOW, 0), (NORMAL, 0), (HIGH, 30)]


# As the audience is planned


def test_who_has_room_for_one_message_keeps_it_for_the_higher_campaign(anna: Customer) -> None:
    other, often = make_reader(), make_reader()
    written(anna, 1, 5, 9)
    written(often, 1, 5, 9, 12)
    launched(anna, other, often, priority=HIGH)
    run = launched(anna, other, often)
    assert [left_out(run, each) for each in (anna, other, often)] == ["higher_priority", "", "frequency_cap"]
    people = {step.key: step.people for step in planning.waterfall(run.campaign)}
    assert (people["higher_priority"], people["frequency_cap"], people["to_send"]) == (1, 1, 1)


def test_who_gets_room_within_the_time_of_the_run_is_deferred(anna: Customer) -> None:
    """Two of her four leave the 30 days tomorrow and after: there is room for both then."""
    written(anna, 28, 28 + 1, 5)
    launched(anna, priority=HIGH)
    run = launched(anna)
    assert left_out(run, anna) == ""


def test_a_limit_of_the_channel_counts_who_goes_first_over_it(anna: Customer) -> None:
    Policy.objects.filter(pk=Policy.ONLY).update(per_channel={"email": 1})
    launched(anna, priority=HIGH)
    assert left_out(launched(anna, make_reader()), anna) == "higher_priority"


def test_who_asked_for_fewer_keeps_her_one_message_for_the_higher_campaign(anna: Customer) -> None:
    Preference.objects.create(customer=anna, kind=Preference.Kind.FEWER)
    launched(anna, priority=HIGH)
    assert left_out(launched(anna, make_reader()), anna) == "higher_priority"


@pytest.mark.parametrize(("hours", "reason"), [(1, "higher_priority"), (71, "higher_priority"), (73, "")])
def test_a_scheduled_campaign_counts_when_it_starts_before_this_one_must_end(
    anna: Customer, hours: int, reason: str
) -> None:
    written(anna, 1, 5, 9)
    planned(anna, priority=HIGH, starts_at=timezone.now() + timedelta(hours=hours))
    assert left_out(launched(anna, make_reader()), anna) == reason


def test_a_scheduled_campaign_counts_for_those_of_its_segments() -> None:
    reached, excluded, merged_from, living = (make_reader() for _ in range(4))
    for each in (reached, excluded, living):
        written(each, 1, 5, 9)
    campaign = make_campaign(
        make_segment(reached, excluded, merged_from), except_segments=(make_segment(excluded),), priority=HIGH,
        starts_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    approve(campaign)
    Customer.objects.filter(pk=merged_from.pk).update(merged_into=living)
    run = launched(reached, excluded, living)
    assert [left_out(run, each) for each in (reached, living, excluded)] == ["higher_priority", "higher_priority", ""]


def test_a_scheduled_campaign_counts_for_those_whom_it_may_write_to(anna: Customer) -> None:
    with_phone, silent = make_reader(), make_reader()
    make_consent(make_contact(with_phone, "+79120000001"), channels=["sms"])
    make_contact(silent, "+79120000002")
    for each in (anna, with_phone, silent):
        written(each, 1, 5, 9)
    account = make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA")
    planned(
        anna, with_phone, silent, priority=HIGH, starts_at=timezone.now() + timedelta(hours=1), account=account,
        channel="sms", content={"subject": "", "body": "Ждём вас"},
    )  # fmt: skip
    run = launched(anna, with_phone, silent)
    assert [left_out(run, each) for each in (anna, with_phone, silent)] == ["", "higher_priority", ""]


def test_control_groups_of_a_scheduled_campaign_are_free_for_others() -> None:
    people = [make_reader() for _ in range(40)]
    for each in people:
        written(each, 1, 5, 9)
    campaign = planned(*people, priority=HIGH, control_percent=50, starts_at=timezone.now() + timedelta(hours=1))
    run = launched(*people)
    free = set(Message.objects.filter(run_id=run.pk, left_out="").values_list("customer", flat=True))
    assert 0 < len(free) < 40
    Campaign.objects.filter(pk=run.campaign_id).update(state="stopped")
    higher = running.start(Campaign.objects.get(pk=campaign.pk))
    control = Message.objects.filter(run_id=higher.pk, left_out="control").values_list("customer", flat=True)
    assert free == set(control)


def test_a_draft_and_an_overdue_campaign_hold_nobody_up(anna: Customer) -> None:
    written(anna, 1, 5, 9)
    make_campaign(make_segment(anna), priority=HIGH)
    late = planned(anna, priority=HIGH)
    Campaign.objects.filter(pk=late.pk).update(state="overdue")
    assert left_out(launched(anna), anna) == ""


# What is approved, copied and written in a file


def test_an_approval_is_for_the_priority_too(anna: Customer) -> None:
    campaign = planned(anna)
    assert approval.is_valid(campaign)
    campaign.priority = HIGH
    assert not approval.is_valid(campaign)


def test_a_copy_has_the_priority_of_its_original(anna: Customer) -> None:
    campaign = planned(anna, priority=HIGH)
    assert cloning.clone(campaign, campaign.author).priority == HIGH


def test_a_file_names_the_priority_in_words() -> None:
    make_segment(slug="spring")
    account = make_account()
    plan = {
        "name": "Весна", "segments_in": ["spring"], "account": account.name,
        "content": {"subject": "Тема", "preheader": "", "body": LETTER},
    }  # fmt: skip
    author = make_staff()
    assert drafting.draft(plan, author).priority == NORMAL
    assert drafting.draft(plan | {"priority": "high"}, author).priority == HIGH
    with pytest.raises(Refused, match="low, normal, high"):
        drafting.draft(plan | {"priority": "urgent"}, author)
