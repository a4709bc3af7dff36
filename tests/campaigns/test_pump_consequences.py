"""What refusals ask for: a dead address, a consent that goes, a campaign that waits for a person."""

from collections.abc import Iterable
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from campaigns import permission, running
from campaigns.models import Campaign, CampaignEvent, Chunk, Message, Run
from campaigns.pump import draining
from campaigns.pump.consequences import Consequences
from campaigns.pump.draining import drain
from campaigns.pump.leasing import Row
from channels.providers.base import ACCEPTED, REJECTED, Action, Addressed, After, Before, Provider, Result
from channels.signals import delivery_reported
from segments.models import Consent, ConsentState, ContactPoint
from tests.campaigns.builders import approve, make_account, make_campaign, make_reader
from tests.campaigns.room import assert_identity
from tests.segments.builders import make_segment

pytestmark = pytest.mark.django_db
WORDS = {
    "dead": Result(REJECTED, code="5.1.1", reply="no such user", permanent=True, action=Action.MARK_CONTACT),
    "stop": Result(REJECTED, code="131050", permanent=True, action=Action.OPT_OUT),
    "text": Result(REJECTED, code="6", reply="text forbidden", permanent=True, action=Action.PAUSE_CAMPAIGN),
    "away": Result(REJECTED, code="131026", permanent=True, action=Action.NEXT_CHANNEL),
}


class Refusing(Provider):
    """Answers by the first letters of the address, one message at a time."""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def check(self) -> str:
        return "ok"

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        for message in messages:
            before(message.id)
            after(message.id, WORDS.get(message.to[:4], Result(ACCEPTED, provider_key=f"k{message.id}")))


@pytest.fixture(autouse=True)
def permitted(own_installation: None, db: None) -> None:
    permission.turn_on(None)


def launched(*addresses: str, **fields: Any) -> Run:
    segment = make_segment(*(make_reader(email=address) for address in addresses))
    campaign = make_campaign(segment, account=make_account(per_second=5000), **fields)
    approve(campaign)
    return running.start(campaign)


def sent(run: Run) -> dict[str, int]:
    with mock.patch.object(draining, "provider_for", Refusing):
        drain("email", seconds=5)
    return assert_identity(run)


def point(address: str) -> ContactPoint:
    return ContactPoint.objects.get(value=address)


def test_a_dead_address_is_marked_with_the_reason_and_left_out_of_the_next_campaign() -> None:
    run = launched("dead@x.test", "good@x.test", "away@x.test")
    counts = sent(run)
    assert (counts["accepted"], counts["rejected"]) == (1, 2)
    assert (point("dead@x.test").reachability, point("dead@x.test").why) == ("unreachable", "5.1.1 no such user")
    assert {point(f"{name}@x.test").reachability for name in ("good", "away")} == {"unknown"}
    again = launched("dead@x.test", "good@x.test")
    left_out = Message.objects.filter(run_id=again.pk).exclude(left_out="").values_list("left_out", flat=True)
    assert list(left_out) == ["suppressed"]


def test_whoever_told_the_provider_to_stop_has_told_us() -> None:
    sent(launched("stop@x.test", "good@x.test"))
    state = ConsentState.objects.get(contact_point=point("stop@x.test"))
    assert (state.given, state.channel, state.origin) == (False, "email", "person")
    assert Consent.objects.get(pk=state.log_id).evidence == "provider: 131050"
    assert ConsentState.objects.get(contact_point=point("good@x.test")).given


def test_a_refused_text_stops_at_the_first_message_and_says_why() -> None:
    run = launched("text1@x.test", "text2@x.test", "text3@x.test")
    counts = sent(run)
    assert (counts["rejected"], counts["pending"]) == (1, 2)
    campaign = Campaign.objects.get(pk=run.campaign_id)
    assert campaign.state == Campaign.State.PAUSED
    assert CampaignEvent.objects.filter(campaign=campaign, verb="pause").latest("pk").note == "6 text forbidden"
    assert Chunk.objects.filter(run_id=run.pk, state=Chunk.State.FREE).exists()


def test_a_messenger_that_does_not_know_a_phone_does_not_kill_it() -> None:
    row = Row(
        message_id=1,
        customer_id=1,
        person_id=1,
        time_zone="Europe/Moscow",
        contact_point_id=1,
        address="+79210000001",
        refusal="",
    )
    for channel, dead in (("vk", {}), ("whatsapp", {}), ("sms", {1: "5.1.1 no such user"})):
        consequences = Consequences(channel)
        consequences.note(row, WORDS["dead"])
        assert consequences.dead == dead, channel


def test_nobody_is_marked_for_a_message_without_an_address() -> None:
    consequences = Consequences("email")
    row = Row(
        message_id=1,
        customer_id=1,
        person_id=1,
        time_zone="Europe/Moscow",
        contact_point_id=None,
        address=None,
        refusal="",
    )
    for result in WORDS.values():
        consequences.note(row, result)
    assert (consequences.dead, consequences.refusing, consequences.pause) == ({}, {}, "6 text forbidden")


def test_a_bounce_marks_the_address_and_a_failure_does_not() -> None:
    run = launched("late@x.test", "full@x.test")
    sent(run)
    keys = dict(Message.objects.filter(run_id=run.pk).values_list("contact_point__value", "pk"))

    def tell(address: str, status: str, reason: str) -> None:
        report = {
            "account_id": run.account_id, "provider_key": f"k{keys[address]}", "status": status, "raw": {},
            "happened_at": timezone.now(), "reason": reason,
        }  # fmt: skip
        delivery_reported.send(sender=None, reports=[report])

    tell("full@x.test", "failed", "5.2.2")
    tell("late@x.test", "bounced", "5.1.1")
    assert point("full@x.test").reachability == "unknown"
    assert (point("late@x.test").reachability, point("late@x.test").why) == ("unreachable", "5.1.1")
    ContactPoint.objects.filter(value="late@x.test").update(reachability="unknown", why="")
    tell("late@x.test", "bounced", "5.1.1")  # old news: whoever mended the address meanwhile is right
    assert point("late@x.test").reachability == "unknown"
