"""A correction reaches exactly those whom a faulty message reached: at the same address, outside the limits, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from itertools import count
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from campaigns import approval, cloning, follow_ups, outbox, planning, readiness, running, whom
from campaigns.experiments import draw
from campaigns.models import Campaign, Chunk, ContactSlot, DeliveryState, Message, Policy, Run
from campaigns.pump.draining import drain
from campaigns.refusals import Refused
from segments.consents import record_consent
from segments.identity.merging import merge
from segments.models import CardContact, ContactPoint, Customer
from tests.campaigns.builders import approve, make_account, make_content, make_reader
from tests.campaigns.launches import address_of, became, corrected_text, fates, launched, sent, start
from tests.campaigns.room import assert_identity, empty_outbox
from tests.segments.builders import make_consent, make_contact, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


@pytest.fixture
def anna() -> Customer:
    return make_reader()


def correction_of(run: Run) -> Campaign:
    return corrected_text(follow_ups.correct(run, run.campaign.author))


def people(campaign: Campaign) -> dict[str, int]:
    return {step.key: step.people for step in planning.waterfall(campaign) if step.people}


def test_whom_it_reached_gets_the_correction_and_nobody_else() -> None:
    got, refused, unknown, late, stopped, silent = (make_reader(consent=number < 5 or None) for number in range(6))
    faulty = became(
        launched(got, refused, unknown, late, stopped, silent),
        {
            got: ("accepted", ""),
            refused: ("rejected", "550"),
            unknown: ("unknown", "no_answer"),
            late: ("suppressed", "expired"),
            stopped: ("cancelled", ""),
        },
    )
    draft = correction_of(faulty)
    assert whom.reached(faulty) == 2
    assert people(draft) == {"segments": 2, "to_send": 2}
    run = start(draft)
    assert run.corrects == faulty
    drain("email")
    assert fates(run) == {got.pk: "accepted", unknown.pk: "accepted"}
    assert assert_identity(run)["audience"] == 2


def test_the_draft_is_of_the_same_channel_and_account_and_has_no_text_yet(anna: Customer) -> None:
    in_no_group = next(salt for salt in map(str, count()) if draw(salt, anna.pk) >= 0.1)
    faulty = sent(anna, control_percent=10, salt=in_no_group)
    draft = follow_ups.correct(faulty, make_staff(username="hasty"))
    assert (draft.state, draft.channel, draft.account, draft.control_percent) == (
        "draft", "email", faulty.account, 0,
    )  # fmt: skip
    assert not draft.contents.exists()
    assert not draft.segments_in.exists()
    assert [sentence for sentence in readiness.obstacles(draft) if "ещё нет текста" in sentence]


def test_neither_the_day_nor_the_month_is_asked_nor_spent(anna: Customer) -> None:
    Policy.objects.update(per_month=1, per_month_fewer=0, per_channel={"email": 1})
    faulty = sent(anna)
    before = set(ContactSlot.objects.values_list("holder", "day", "message_id"))
    assert before
    run = start(correction_of(faulty))
    drain("email")
    assert assert_identity(run)["accepted"] == 1
    assert set(ContactSlot.objects.values_list("holder", "day", "message_id")) == before


def test_an_advertising_campaign_of_the_same_day_still_waits(anna: Customer) -> None:
    """Only the correction is outside of the limits."""
    faulty = sent(anna)
    start(correction_of(faulty))
    other = launched(anna)
    drain("email")
    assert assert_identity(other)["pending"] == 1


@override_settings(GLOBAL_CONTROL_PERCENT=100, GLOBAL_CONTROL_SALT="all")
def test_no_control_group_is_drawn(anna: Customer) -> None:
    with override_settings(GLOBAL_CONTROL_PERCENT=0):
        faulty = sent(anna)
    draft = correction_of(faulty)
    Campaign.objects.filter(pk=draft.pk).update(control_percent=50)
    draft.refresh_from_db()
    assert people(draft) == {"segments": 1, "to_send": 1}


def test_an_opt_out_a_stop_list_and_a_dead_address_stay_reasons() -> None:
    readers = silent, gone, invalid, shared = [make_reader() for _ in range(4)]
    draft = correction_of(sent(*readers))
    make_consent(address_of(silent), given=False, origin="person")
    ContactPoint.objects.filter(holders__customer=gone).update(reachability="unreachable")
    ContactPoint.objects.filter(holders__customer=invalid).update(validity="invalid")
    ContactPoint.objects.filter(holders__customer=shared).update(is_shared=True)
    expected = {"segments": 4, "no_consent": 1, "suppressed": 1, "invalid": 1, "shared": 1}
    assert people(draft) == expected
    with pytest.raises(Refused, match="писать нельзя"):
        approval.submit(draft, draft.author)


def test_an_opt_out_after_the_launch_acts_too(anna: Customer) -> None:
    run = start(correction_of(sent(anna)))
    record_consent(contact_point_ids=[address_of(anna).pk], channels=["email"], purpose="advertising", given=False,
                   origin="person")  # fmt: skip
    drain("email")
    assert outbox.counts([run.pk])["by_reason"] == {"no_consent": 1}


def test_it_goes_to_the_same_address_though_she_has_a_better_one(anna: Customer) -> None:
    first = address_of(anna)
    faulty = sent(anna)
    better = make_contact(anna, "better@example.test")
    make_consent(better)
    CardContact.objects.filter(contact_point=first).update(position=9)
    run = start(correction_of(faulty))
    assert Message.objects.get(run_id=run.pk).contact_point_id == first.pk


def test_quiet_hours_are_kept(anna: Customer) -> None:
    faulty = sent(anna)
    draft = correction_of(faulty)
    hour = (timezone.localtime().hour + 2) % 24
    Policy.objects.update(quiet_channels=["email"], hours_from=time(hour), hours_until=time(hour, 30))
    run = start(draft)
    drain("email")
    assert assert_identity(run)["pending"] == 1
    assert Chunk.objects.get(run_id=run.pk, state=Chunk.State.FREE).due_at > timezone.now()


def test_what_was_reported_as_not_delivered_was_not_reached_and_what_was_opened_was() -> None:
    bounced, opened, denied = readers = [make_reader() for _ in range(3)]
    faulty = became(
        launched(*readers), {bounced: ("accepted", ""), opened: ("accepted", ""), denied: ("unknown", "no_answer")}
    )
    messages = dict(Message.objects.filter(run_id=faulty.pk).values_list("customer_id", "pk"))
    now = timezone.now()
    DeliveryState.objects.create(run_id=faulty.pk, message_id=messages[bounced.pk], failed_at=now)
    DeliveryState.objects.create(run_id=faulty.pk, message_id=messages[opened.pk], failed_at=now, opened_at=now)
    outbox.resolve([messages[denied.pk]], "rejected", evidence="look-up")
    run = start(correction_of(faulty))
    assert set(fates(run)) == {opened.pk}


def test_two_who_became_one_person_get_one_correction(anna: Customer) -> None:
    twin = make_reader()
    faulty = sent(anna, twin)
    merge([(twin.pk, anna.pk, "test")])
    run = start(correction_of(faulty))
    assert list(fates(run)) == [anna.pk]


def test_a_run_is_corrected_once(anna: Customer) -> None:
    faulty = sent(anna)
    one, other = correction_of(faulty), correction_of(faulty)
    approve(one), approve(other)
    running.start(one)
    with pytest.raises(Refused, match="уже отправлено"):
        running.start(other)
    with pytest.raises(Refused, match="уже отправлено"):
        follow_ups.correct(faulty, faulty.campaign.author)
    assert Run.objects.filter(campaign=other).count() == 0


def test_the_database_knows_it_too(anna: Customer) -> None:
    faulty = sent(anna)
    correction = start(correction_of(faulty))
    third = sent(make_reader())
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=third.pk).update(corrects=correction.corrects)


def test_while_the_faulty_one_is_being_sent_nothing_is_corrected(anna: Customer) -> None:
    faulty = launched(anna, make_reader())
    draft = correction_of(faulty)
    with pytest.raises(Refused, match="ещё отправляется"):
        approval.submit(draft, draft.author)
    running.stop(faulty.campaign)
    assert running.finish_if_drained(faulty.campaign)
    draft.refresh_from_db()
    assert not readiness.obstacles(Campaign.objects.get(pk=draft.pk))


def test_it_stays_on_its_channel(anna: Customer) -> None:
    draft = correction_of(sent(anna))
    Campaign.objects.filter(pk=draft.pk).update(channel="sms", account=make_account(channel="sms", provider="smsaero"))
    found = readiness.obstacles(Campaign.objects.get(pk=draft.pk))
    assert [sentence for sentence in found if "Канал не тот" in sentence]


def test_the_approval_is_for_this_run_and_this_kind(anna: Customer) -> None:
    one, other = sent(anna), sent(make_reader())
    draft = correction_of(one)
    seen = approval.fingerprint(draft)
    follow_up = draft.follow_up
    for changed in ({"run": other}, {"kind": "missed"}, {"reasons": ["expired"]}):
        before = {name: getattr(follow_up, name) for name in changed}
        for name, value in changed.items():
            setattr(follow_up, name, value)
        assert approval.fingerprint(draft) != seen, changed
        for name, value in before.items():
            setattr(follow_up, name, value)
    assert approval.fingerprint(draft) == seen


def test_the_author_does_not_approve_it(anna: Customer) -> None:
    author = make_staff("campaigns.approve_campaign", username="both")
    draft = corrected_text(follow_ups.correct(sent(anna), author))
    approval.submit(draft, author)
    with pytest.raises(Refused):
        approval.decide(draft, author, True)


def test_empty_placeholders_are_counted_among_those_it_reached(anna: Customer) -> None:
    nameless = make_reader(first_name="")
    faulty = became(launched(anna, nameless), {anna: ("accepted", ""), nameless: ("rejected", "550")})
    draft = follow_ups.correct(faulty, faulty.campaign.author)
    make_content(
        draft,
        body="<mjml><mj-body><mj-section><mj-column><mj-text>{{ имя }}</mj-text></mj-column></mj-section></mj-body></mjml>",
    )
    assert not readiness.obstacles(draft)


def test_a_copy_of_a_correction_asks_for_segments(anna: Customer) -> None:
    copy = cloning.clone(correction_of(sent(anna)), make_staff(username="copier"))
    assert [sentence for sentence in readiness.obstacles(copy) if "сегмент" in sentence]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_start_a_correction_at_once_one_does() -> None:
    """Two drafts, approved both, started in the same moment by two people."""
    faulty = sent(make_reader())
    drafts = [correction_of(faulty) for _ in range(4)]
    for draft in drafts:
        approve(draft)
    barrier = Barrier(len(drafts))

    def begin(pk: int) -> bool:
        try:
            barrier.wait()
            running.start(Campaign.objects.get(pk=pk))
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(drafts)) as pool:
        started = list(pool.map(begin, [draft.pk for draft in drafts]))
    try:
        assert sum(started) == 1
        assert Run.objects.filter(corrects=faulty).count() == 1
        assert Message.objects.exclude(run_id=faulty.pk).count() == 1
    finally:
        empty_outbox()


def test_its_time_is_its_own(anna: Customer) -> None:
    run = start(correction_of(sent(anna)))
    assert run.send_until - run.started_at == timedelta(hours=72)
