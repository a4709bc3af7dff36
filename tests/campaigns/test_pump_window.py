"""kill -9 with a window of calls in flight: nobody is lost, nobody gets an SMS twice, and no more are unknown than the
window is wide. The oracle is the journal of the provider, a process of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from campaigns import inquiring, outbox, permission, unheard
from campaigns.models import Campaign, Inquiry, Run
from channels.sealing import seal
from tests.campaigns.builders import make_account, make_campaign
from tests.campaigns.room import Room, assert_identity, empty_outbox, make_readers, survive
from tests.peers.http_sms import KEY
from tests.peers.process import peer
from tests.segments.builders import make_segment

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

PEOPLE = 240
WINDOW = 20
DEATHS = (40, 130)  # accepted by then


class SmsRoom(Room):
    """SMSC.ru in the place of the mail server."""

    def campaign(self, people: int, **options: Any) -> Campaign:
        account = make_account(
            channel="sms", provider="smsc", secret=seal(KEY), per_second=1000, options={"window": WINDOW} | options
        )
        segment = make_segment(*make_readers(people, "sms"))
        return self.approved(make_campaign(segment, account=account, channel="sms", content={"body": "Пора на осмотр"}))

    def taken(self) -> list[dict[str, Any]]:
        return [line | {"to": "+" + line["to"]} for line in super().taken()]


@pytest.fixture
def room(own_installation: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmsRoom]:
    monkeypatch.setenv("SECRET_KEY", settings.SECRET_KEY)  # the workers have to read the account's key
    permission.turn_on(None)
    room = SmsRoom(tmp_path)
    yield room
    room.close()
    empty_outbox()


def test_killed_twice_in_mid_window(room: SmsRoom) -> None:
    room.redis()
    with peer("http_provider", "http_sms", str(room.letters), "--latency", "0.2") as port:
        campaign = room.campaign(PEOPLE, url=f"http://127.0.0.1:{port}")
        run = survive(room, campaign, chunk=100, deaths=DEATHS, most=WINDOW * len(DEATHS))
        assert_the_provider_tells_the_rest(room, run)


def assert_the_provider_tells_the_rest(room: SmsRoom, run: Run) -> None:
    """Asked by our own ids, it says of each unknown message whether it has it; what it has is as if it had answered."""
    inquiring.enrol()
    Inquiry.objects.update(due_at=timezone.now())
    unknown = outbox.counts([run.pk])["unknown"]
    asked = inquiring.ask()
    assert (asked["asked"], asked["found"] + asked["unheard"]) == (unknown, unknown)
    taken = {int(line["key"]) for line in room.taken()}
    denied = unheard.messages([run.pk])
    assert denied == set(outbox.unknowns([run.pk]).values_list("message_id", flat=True))
    assert not denied & taken
    counts = assert_identity(run)
    assert (counts["unknown"], counts["accepted"]) == (PEOPLE - len(taken), len(taken))
