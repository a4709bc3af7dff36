"""Limits over all campaigns, through the pump: one message a day, so many in 30 days, who waits and who is left out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import contact_slots, outbox, planning, quiet_hours
from campaigns.models import Chunk, ContactSlot, Message, Outcome, Policy, Run
from campaigns.policy import Arbiter
from campaigns.pump.draining import drain
from campaigns.pump.journal import Journal
from campaigns.pump.leasing import claim, read
from channels.providers.base import DEFERRED, REJECTED, UNKNOWN, Result
from channels.providers.journal import JournalProvider
from segments.identity.merging import merge
from segments.models import ContactPoint, Customer, CustomerZone, Preference
from tests.campaigns.builders import make_account, make_reader
from tests.campaigns.launches import launched
from tests.campaigns.room import assert_identity
from tests.segments.builders import make_consent, make_contact, make_facts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


@pytest.fixture
def anna() -> Customer:
    return make_reader()


def point_of(customer: Customer) -> int:
    return ContactPoint.objects.get(holders__customer=customer).pk


def written(customer: Customer, *days_ago: int, channel: str = "email") -> None:
    """Advertising that she got before."""
    today = timezone.localdate()
    ContactSlot.objects.bulk_create(
        ContactSlot(holder=customer.pk, day=today - timedelta(days=ago), channel=channel, message_id=ago)
        for ago in days_ago
    )


def limit(**fields: object) -> None:
    Policy.objects.update_or_create(pk=Policy.ONLY, defaults={"quiet_channels": [], **fields})


def due_in_days(run: Run) -> float:
    (free,) = Chunk.objects.filter(run_id=run.pk, state=Chunk.State.FREE)
    return (free.due_at - timezone.now()) / timedelta(days=1)


def test_two_campaigns_of_one_day_become_messages_of_two_days(anna: Customer) -> None:
    first, second = launched(anna), launched(anna)
    assert drain("email")["accepted"] == 1
    assert assert_identity(first)["accepted"] == 1
    assert assert_identity(second)["pending"] == 1
    tomorrow = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    (free,) = Chunk.objects.filter(run_id=second.pk, state=Chunk.State.FREE)
    assert 0 <= (free.due_at - tomorrow).total_seconds() < 60


def test_service_messages_are_neither_counted_nor_held_up(anna: Customer) -> None:
    make_consent(ContactPoint.objects.get(), purpose="service")
    launched(anna), launched(anna, purpose="service"), launched(anna, purpose="service")
    assert drain("email")["accepted"] == 3
    assert set(ContactSlot.objects.values_list("holder", flat=True)) == {anna.pk, -point_of(anna)}


def test_who_was_written_to_often_enough_is_left_out_before_the_control_group_is_drawn(anna: Customer) -> None:
    other = make_reader()
    written(anna, 1, 5, 9, 12)
    written(other, 1, 5, 9)
    run = launched(anna, other)
    assert dict(Message.objects.filter(run_id=run.pk).values_list("customer", "left_out")) == {
        anna.pk: "frequency_cap", other.pk: "",
    }  # fmt: skip
    assert {step.key: step.people for step in planning.waterfall(run.campaign)}["frequency_cap"] == 1


def test_who_has_room_within_the_time_of_the_run_waits_for_it(anna: Customer) -> None:
    """The oldest of her four leaves the 30 days the day after tomorrow."""
    written(anna, 1, 5, 9, 28)
    run = launched(anna)
    assert drain("email")["accepted"] == 0
    assert assert_identity(run)["pending"] == 1
    assert 1 < due_in_days(run) <= 2


def test_a_channel_may_have_a_limit_of_its_own(anna: Customer) -> None:
    limit(per_channel={"email": 1})
    written(anna, 3, channel="sms")
    assert drain_of(launched(anna)) == 1
    oleg = make_reader()
    written(oleg, 3)
    assert Message.objects.get(run_id=launched(oleg, make_reader()).pk, customer=oleg).left_out == "frequency_cap"


def drain_of(run: Run) -> int:
    drain("email")
    return assert_identity(run)["accepted"]


def test_who_asked_for_fewer_gets_fewer_or_none(anna: Customer) -> None:
    Preference.objects.create(customer=anna, kind=Preference.Kind.FEWER)
    other = make_reader()
    for each in (anna, other):
        written(each, 3)
    run = launched(anna, other)
    assert Message.objects.get(run_id=run.pk, customer=anna).left_out == "frequency_cap"
    assert Message.objects.get(run_id=run.pk, customer=other).left_out == ""
    ContactSlot.objects.all().delete()
    limit(per_month_fewer=0)
    assert Message.objects.get(run_id=launched(anna, other).pk, customer=anna).left_out == "frequency_cap"


def test_a_limit_made_stricter_in_mid_run_suppresses_with_its_reason(anna: Customer) -> None:
    written(anna, 3)
    run = launched(anna)
    limit(per_month=1)
    assert drain_of(run) == 0
    assert assert_identity(run)["by_reason"] == {"frequency_cap": 1}


def test_people_who_became_one_share_her_limits(anna: Customer) -> None:
    other = make_reader()
    written(anna, 1, 5)
    written(other, 3, 9)
    merge([(other.pk, anna.pk, "test")])
    assert Message.objects.get(run_id=launched(anna, make_reader()).pk, customer=anna).left_out == "frequency_cap"


def test_one_address_gets_one_message_a_day_whoever_holds_it() -> None:
    mother, son = make_reader(email="family@example.test"), make_reader(consent=None, email="family@example.test")
    first, second = launched(mother), launched(son)
    assert drain("email")["accepted"] == 1
    assert assert_identity(first)["accepted"] == assert_identity(second)["pending"] == 1
    assert not ContactSlot.objects.filter(holder=son.pk).exists()


def test_what_was_not_sent_gives_its_day_back(anna: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, is_kept in ((REJECTED, False), (DEFERRED, False), (UNKNOWN, True)):
        ContactSlot.objects.all().delete()
        run = launched(anna)

        def answer(self: object, messages: Iterator, before: object, after: object, kind: str = kind) -> None:
            for message in messages:
                before(message.id)
                after(message.id, Result(kind, code="test"))

        monkeypatch.setattr(JournalProvider, "send", answer)
        drain("email")
        assert_identity(run)
        assert ContactSlot.objects.exists() is is_kept, kind


def test_a_pause_gives_back_the_days_of_all_that_did_not_go() -> None:
    run = launched(*(make_reader() for _ in range(5)))
    arbiter = Arbiter(run.campaign, run.send_until, Policy.now())
    rows = rows_of(run)
    assert arbiter.judge(rows, timezone.now()) == {}
    assert ContactSlot.objects.count() == 10
    arbiter.keep([rows[0].message_id])
    arbiter.give_back(arbiter.taken.keys())
    assert set(ContactSlot.objects.values_list("message_id", flat=True)) == {rows[0].message_id}


def rows_of(run: Run) -> list:
    with Journal(1) as journal:
        return [row for row in read(claim("email", journal)) if not row.refusal]


def test_who_died_with_slots_finds_them_again_even_the_next_day(anna: Customer) -> None:
    run = launched(anna)
    rows = rows_of(run)
    for moment in (timezone.now(), timezone.now(), timezone.now() + timedelta(days=1)):
        arbiter = Arbiter(run.campaign, run.send_until, Policy.now(), is_again=True)
        assert arbiter.judge(rows, moment) == {}
        assert sorted(ContactSlot.objects.values_list("holder", flat=True)) == [-point_of(anna), anna.pk]


def test_messages_over_a_quiet_channel_wait_for_the_morning_of_each_zone() -> None:
    people = [make_customer_in(zone, n) for n, zone in enumerate(("Europe/Moscow", "Asia/Vladivostok", ""))]
    account = make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA")
    limit(quiet_channels=["sms"], hours_from=time(9), hours_until=time(22))
    run = launched(*people, account=account, channel="sms", content={"subject": "", "body": "Ждём вас"})
    for chunk in Chunk.objects.filter(run_id=run.pk):
        for message in Message.objects.filter(run_id=run.pk, pk__in=chunk.message_ids):
            zone = CustomerZone.objects.filter(facts=message.customer_id).first()
            opened = quiet_hours.opens_at(
                Policy.now(), "sms", zone.time_zone if zone else "Europe/Moscow", run.started_at
            )
            assert chunk.due_at == opened
    Chunk.objects.update(due_at=timezone.now())
    drain("sms")
    for message_id in Outcome.objects.filter(run_id=run.pk).values_list("message_id", flat=True):
        zone = CustomerZone.objects.filter(facts=Message.objects.get(pk=message_id).customer_id).first()
        at = quiet_hours.opens_at(Policy.now(), "sms", zone.time_zone if zone else "Europe/Moscow", timezone.now())
        assert at <= timezone.now() + timedelta(minutes=1)
    assert_identity(run)


def make_customer_in(zone: str, number: int) -> Customer:
    customer = make_reader(consent=None)
    make_consent(make_contact(customer, f"+7912000000{number}"), channels=["sms"])
    if zone:
        CustomerZone.objects.create(facts=make_facts(customer), time_zone=zone, source="city")
    return customer


def test_an_unknown_that_turned_out_refused_gives_its_day_back(anna: Customer) -> None:
    run = launched(anna)
    message = Message.objects.get(run_id=run.pk)
    assert Arbiter(run.campaign, run.send_until, Policy.now()).judge(rows_of(run), timezone.now()) == {}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_outcome (run_id, message_id, kind) VALUES (%s, %s, 'unknown')", [run.pk, message.pk]
        )
    assert contact_slots.free_of_runs([run.pk]) == 0
    outbox.resolve([message.pk], "rejected", evidence="test")
    assert not ContactSlot.objects.exists()


def test_a_run_that_ended_leaves_the_slots_of_what_went(anna: Customer) -> None:
    refused = make_reader()
    run = launched(anna, refused)
    rows = rows_of(run)
    assert Arbiter(run.campaign, run.send_until, Policy.now()).judge(rows, timezone.now()) == {}
    kinds = {anna.pk: "accepted", refused.pk: "rejected"}
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(
                "INSERT INTO campaigns_outcome (run_id, message_id, kind) VALUES (%s, %s, %s)",
                [run.pk, row.message_id, kinds[row.customer_id]],
            )
    assert contact_slots.free_of_runs([run.pk]) == 2
    assert set(ContactSlot.objects.values_list("holder", flat=True)) == {anna.pk, -point_of(anna)}


def test_old_days_are_forgotten(anna: Customer) -> None:
    written(anna, 1, contact_slots.KEPT, contact_slots.KEPT + 1)
    assert contact_slots.forget() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_writes_to_her(own_installation: None) -> None:
    people = [make_reader() for _ in range(30)]
    runs = [launched(*people) for _ in range(4)]
    rows, barrier = [rows_of(run) for run in runs], Barrier(4)

    def ask(number: int) -> set[int]:
        try:
            run = runs[number]
            barrier.wait(60)
            waiting = Arbiter(run.campaign, run.send_until, Policy.now()).judge(rows[number], timezone.now())
            return {row.customer_id for row in rows[number]} - {
                row.customer_id for row in rows[number] if row.message_id in waiting
            }
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        allowed = [person for people in pool.map(ask, range(4)) for person in people]
    assert len(allowed) == len(set(allowed))
    assert set(allowed) == {person.pk for person in people}
