"""Fault plan, row 16: a mail server takes a fifth of a second over each letter, and SMS go as if it did not.

Every channel with much to carry has a worker of its own. How long messages wait is seen from without: in the journal of the
SMS provider, a process of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from campaigns.models import Run
from campaigns.pump import draining
from channels.sealing import seal
from tests.campaigns.builders import make_account, make_campaign
from tests.campaigns.room import assert_identity, is_closed, make_readers
from tests.faults import soak
from tests.faults.ward import Ward, assert_nobody_suffers, start
from tests.peers.http_sms import KEY
from tests.peers.process import peer
from tests.segments.builders import make_segment

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

SLOW = "0.2"  # seconds of a letter


class SmsWard:
    """SMS campaigns beside the letters of a ward."""

    def __init__(self, ward: Ward, port: int) -> None:
        self.ward, self.journal = ward, ward.folder / "sms.jsonl"
        options = {"window": 10, "url": f"http://127.0.0.1:{port}"}
        self.account = make_account(channel="sms", provider="smsc", secret=seal(KEY), per_second=100, options=options)

    def count(self) -> int:
        return self.journal.read_bytes().count(b"\n")

    def send(self, people: int) -> tuple[Run, float]:
        """A campaign to its end; the p95 of how long people waited from the start, seconds."""
        segment = make_segment(*make_readers(people, "sms"))
        campaign = make_campaign(segment, account=self.account, channel="sms", content={"body": "Пора на осмотр"})
        before, begun = self.count(), time.monotonic()
        run = start(self.ward.approved(campaign))
        p95 = 0.0
        while not is_closed(run.campaign):
            self.ward.tend()
            if not p95 and self.count() - before >= people * 0.95:
                p95 = time.monotonic() - begun
            assert time.monotonic() - begun < 180, self.ward.said()
            time.sleep(0.02)
        assert self.count() - before == people
        return run, p95


@contextmanager
def sms_beside(ward: Ward) -> Iterator[SmsWard]:
    journal = ward.folder / "sms.jsonl"
    journal.touch()
    with peer("http_provider", "http_sms", str(journal)) as port:
        yield SmsWard(ward, port)


@contextmanager
def crawling(ward: Ward, letters: int) -> Iterator[Run]:
    """So many letters are under way, and still are when the block ends."""
    run = start(ward.campaign(letters))
    ward.wait_for(1)
    yield run
    assert not is_closed(run.campaign)


def everybody_works(ward: Ward) -> None:
    ward.redis()
    ward.peer("--delay", SLOW)
    ward.keep_worker("sms")
    ward.keep_worker()
    ward.keep_scheduler()


def test_a_slow_mail_server_holds_up_no_sms(ward: Ward) -> None:
    """All SMS have gone while a minute of letters waits; how long they took beside none is told by the full form."""
    everybody_works(ward)
    with sms_beside(ward) as phones, crawling(ward, 300):
        run, p95 = phones.send(60)
    assert assert_identity(run)["accepted"] == 60
    assert p95 < draining.SECONDS  # nobody waited for the turn of a pump


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_a_slow_mail_server_beside_many_sms(ward: Ward, turn: int) -> None:
    begun = time.monotonic()
    everybody_works(ward)
    with sms_beside(ward) as phones:
        _run, alone = phones.send(2_000)
        with crawling(ward, 600) as slow:
            _run, beside = phones.send(2_000)
        books = ward.see_through(slow.campaign, seconds=900)
    soak.tell("16", begun, p95_alone=round(alone, 2), p95_beside=round(beside, 2), **books.told())
    assert_nobody_suffers(books, unknown=0)
    assert beside <= 2 * alone
