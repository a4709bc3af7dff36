"""A second try goes to those whom a run missed for reasons that can change, never to those who got it."""

import pytest
from django.utils import timezone

from campaigns import approval, follow_ups, planning, readiness, whom, writing
from campaigns.models import Campaign, ContactSlot, Message, Run
from campaigns.pump.draining import drain
from campaigns.refusals import Refused
from segments.identity.merging import merge
from segments.models import ConsentState, ContactPoint, Customer, Membership
from tests.campaigns.builders import make_reader
from tests.campaigns.launches import address_of, became, ended, fates, launched, sent, start
from tests.campaigns.room import assert_identity
from tests.segments.builders import make_contact, make_customer, make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

ALL = (
    "frequency_cap",
    "expired",
    "rejected",
    "cancelled",
    "invalid",
    "no_contact",
    "no_consent",
    "suppressed",
    "shared",
)


@pytest.fixture
def readers() -> list[Customer]:
    return [make_reader() for _ in range(6)]


@pytest.fixture
def mixed(readers: list[Customer]) -> Run:
    """One got it, of one it is not known, the others: too late, refused, stopped, no consent."""
    got, unknown, late, refused, stopped, silent = readers
    ConsentState.objects.filter(contact_point=address_of(silent)).delete()
    return became(
        launched(*readers),
        {
            got: ("accepted", ""),
            unknown: ("unknown", "no_answer"),
            late: ("suppressed", "expired"),
            refused: ("rejected", "450"),
            stopped: ("cancelled", ""),
        },
    )


def again(run: Run, *reasons: str) -> Campaign:
    return follow_ups.try_again(run, reasons, run.campaign.author)


def people(campaign: Campaign) -> dict[str, int]:
    return {step.key: step.people for step in planning.waterfall(campaign) if step.people}


def test_each_reason_has_its_people_and_those_who_got_it_have_none(mixed: Run) -> None:
    assert follow_ups.changeable(mixed) == {"expired": 1, "rejected": 1, "cancelled": 1, "no_consent": 1}


def test_the_draft_says_the_same_to_those_of_the_chosen_reasons(mixed: Run, readers: list[Customer]) -> None:
    draft = again(mixed, "expired", "cancelled")
    assert writing.current(draft).written() == mixed.content.written()
    assert people(draft) == {"segments": 2, "to_send": 2}
    run = start(draft)
    drain("email")
    assert fates(run) == {readers[2].pk: "accepted", readers[4].pk: "accepted"}
    assert run.corrects is None


def test_who_still_may_not_be_written_to_is_left_out_again(mixed: Run) -> None:
    assert people(again(mixed, *ALL)) == {"segments": 4, "no_consent": 1, "to_send": 3}


def test_limits_hold_for_a_second_try(mixed: Run, readers: list[Customer]) -> None:
    today = timezone.localdate()
    ContactSlot.objects.create(holder=readers[2].pk, day=today, channel="sms", message_id=1)
    run = start(again(mixed, "expired", "cancelled"))
    drain("email")
    now = assert_identity(run)
    assert (now["accepted"], now["pending"]) == (1, 1)


def test_who_gets_it_in_one_second_try_is_out_of_the_next(mixed: Run) -> None:
    first, second = again(mixed, "expired", "cancelled"), again(mixed, *ALL)
    run = start(first)
    assert people(second) == {"segments": 2, "no_consent": 1, "to_send": 1}, "while it waits to be sent"
    drain("email")
    ended(run)
    assert people(second) == {"segments": 2, "no_consent": 1, "to_send": 1}
    assert follow_ups.changeable(mixed) == {"rejected": 1, "no_consent": 1}


def test_a_second_try_of_a_second_try_knows_the_first_run_too(mixed: Run, readers: list[Customer]) -> None:
    got, _unknown, late, refused, stopped, _silent = readers
    second = became(
        start(again(mixed, "expired", "cancelled")), {late: ("suppressed", "expired"), stopped: ("rejected", "450")}
    )
    other = start(again(mixed, "rejected"))
    assert fates(other) == {refused.pk: "pending"}
    third = again(second, "expired", "rejected")
    assert third.follow_up.origin == mixed
    merge([(stopped.pk, got.pk, "test")])
    assert set(fates(start(third))) == {late.pk}


def test_an_address_that_was_mended_since_is_written_to() -> None:
    broken, bare = make_reader(), make_customer()
    ContactPoint.objects.filter(holders__customer=broken).update(validity="invalid")
    run = launched(broken, bare, make_reader())
    drain("email")
    ended(run)
    assert follow_ups.changeable(run) == {"invalid": 1, "no_contact": 1}
    ContactPoint.objects.filter(holders__customer=broken).update(validity="valid")
    assert people(again(run, "invalid")) == {"segments": 1, "to_send": 1}


def test_an_address_that_had_the_message_does_not_get_it_through_somebody_else() -> None:
    spouse, bare = make_reader(email="family@example.test"), make_customer()
    run = sent(spouse, bare)
    make_contact(bare, "family@example.test")
    assert people(again(run, "no_contact")) == {"segments": 1, "duplicate": 1}


def test_control_groups_stay_control_groups() -> None:
    readers = [make_reader() for _ in range(20)]
    run = launched(*readers, control_percent=50, salt="half")
    arms = fates(run)
    in_control = {pk for pk, fate in arms.items() if fate == "control"}
    assert in_control
    assert len(in_control) < 20
    late = [reader for reader in readers if reader.pk not in in_control]
    became(run, dict.fromkeys(late, ("suppressed", "expired")))
    draft = again(run, *ALL, "control", "accepted")
    assert draft.follow_up.reasons == sorted(ALL)
    assert people(draft) == {"segments": len(late), "to_send": len(late)}, "the same draw"


def test_segments_that_are_left_out_are_asked_again(mixed: Run, readers: list[Customer]) -> None:
    bought = make_segment(name="Уже купили")
    mixed.campaign.segments_out.add(bought)
    draft = again(mixed, "expired", "cancelled")
    Membership.objects.create(segment=bought, customer=readers[2])
    assert people(draft) == {"segments": 2, "excluded": 1, "to_send": 1}
    assert set(fates(start(draft))) == {readers[4].pk}


def test_it_needs_a_reason_that_can_change(mixed: Run) -> None:
    for reasons in ((), ("accepted",), ("control", "duplicate", "pending")):
        with pytest.raises(Refused, match="хотя бы одну причину"):
            again(mixed, *reasons)
    assert not Campaign.objects.exclude(pk=mixed.campaign_id).exists()


def test_nothing_is_tried_again_while_it_is_being_sent() -> None:
    run = launched(make_reader(), make_customer())
    draft = again(run, "no_contact")
    with pytest.raises(Refused, match="ещё отправляется"):
        approval.submit(draft, draft.author)


def test_an_empty_try_cannot_be_submitted(mixed: Run) -> None:
    draft = again(mixed, "no_consent")
    with pytest.raises(Refused, match="писать нельзя"):
        approval.submit(draft, draft.author)


def test_the_approval_is_for_these_reasons(mixed: Run) -> None:
    draft = again(mixed, "expired", "cancelled")
    seen = approval.fingerprint(draft)
    draft.follow_up.reasons = ["expired"]
    assert approval.fingerprint(draft) != seen


def test_it_may_be_tried_after_a_correction_too(readers: list[Customer]) -> None:
    """Whom a correction missed; the limits hold for it again."""
    faulty = sent(*readers)
    draft = follow_ups.correct(faulty, make_staff(username="author"))
    writing.write(draft, **faulty.content.texts())
    correction = became(
        start(draft), dict.fromkeys(readers[1:], ("accepted", "")) | {readers[0]: ("suppressed", "expired")}
    )
    third = again(correction, "expired")
    assert third.follow_up.origin == correction
    assert not whom.is_correction(third)
    assert people(third) == {"segments": 1, "to_send": 1}
    assert not readiness.obstacles(third)


def test_messages_of_the_first_run_are_left_as_they_were(mixed: Run) -> None:
    before = list(Message.objects.filter(run_id=mixed.pk).order_by("pk").values())
    start(again(mixed, *ALL))
    assert list(Message.objects.filter(run_id=mixed.pk).order_by("pk").values()) == before
