"""The pump in this process, through the real SMTP provider, into a mail server in another one."""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.utils import timezone

from campaigns import outbox, permission, running
from campaigns.models import Campaign, CampaignEvent, Chunk, Message, Outcome, Run
from campaigns.pump import sending
from campaigns.pump.draining import drain
from campaigns.pump.recording import retry_delay
from channels.models import Account
from channels.providers.base import ProviderError
from channels.providers.smtp import SmtpProvider
from segments.models import ConsentState, ContactPoint
from tests.campaigns.builders import approve, make_account, make_campaign, make_reader
from tests.campaigns.room import PROJECT, assert_identity, free_port, until
from tests.segments.builders import make_segment

pytestmark = pytest.mark.django_db


class Server:
    def __init__(self, folder: Path) -> None:
        self.port, self.journal = free_port(), folder / "letters.jsonl"
        self.journal.touch()
        words = [sys.executable, "-m", "tests.peers.smtp_scripted", str(self.port), str(self.journal)]
        self.process = subprocess.Popen(words, cwd=PROJECT)
        until(self._answers, what="the mail server")

    def _answers(self) -> bool:
        account = Account(options={"host": "127.0.0.1", "port": self.port, "security": "none"})
        try:
            return bool(SmtpProvider(account).check())
        except ProviderError:
            return False

    def letters(self) -> dict[str, str]:
        lines = map(json.loads, self.journal.read_text().splitlines())
        return {line["to"]: line["body"] for line in lines}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("peer"))
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture(autouse=True)
def permitted(own_installation: None, db: None) -> None:
    permission.turn_on(None)


def make_running(server: Server, *addresses: str, **account: object) -> Run:
    options = {"host": "127.0.0.1", "port": server.port, "security": "none", "timeout": 2}
    sender = make_account(provider="smtp", options=options, **({"per_second": 5000} | account))
    segment = make_segment(*(make_reader(email=address) for address in addresses))
    campaign = make_campaign(segment, account=sender)
    approve(campaign)
    return running.start(campaign)


def outcomes(run: Run) -> dict[str, tuple[str, str]]:
    """{address: (kind, reason)}."""
    found = {row.message_id: (row.kind, row.reason) for row in Outcome.objects.filter(run_id=run.pk)}
    messages = Message.objects.filter(run_id=run.pk).select_related("contact_point")
    return {message.contact_point.value: found[message.pk] for message in messages if message.pk in found}


def test_each_person_gets_her_letter_and_each_answer_is_kept(server: Server) -> None:
    run = make_running(server, "a@x.test", "b@x.test", "r550@x.test", "b554@x.test")
    assert drain("email") == {"accepted": 2, "chunks": 1, "more": False}
    assert outcomes(run) == {
        "a@x.test": ("accepted", "250"),
        "b@x.test": ("accepted", "250"),
        "r550@x.test": ("rejected", "550"),
        "b554@x.test": ("rejected", "554"),
    }
    assert "To: a@x.test" in server.letters()["a@x.test"]
    assert running.finish_if_drained(run.campaign)
    assert Campaign.objects.get().state == "finished"
    assert_identity(run)


def test_an_answer_that_is_lost_is_unknown_and_not_repeated(server: Server) -> None:
    run = make_running(server, "a1@x.test", "drop@x.test", "hang@x.test", "z1@x.test")
    drain("email")
    assert drain("email")["chunks"] == 0
    kinds = {address: kind for address, (kind, _reason) in outcomes(run).items()}
    assert kinds == {
        "a1@x.test": "accepted",
        "drop@x.test": "unknown",
        "hang@x.test": "unknown",
        "z1@x.test": "accepted",
    }


def test_a_deferred_message_waits_in_a_chunk_of_its_own(server: Server) -> None:
    run = make_running(server, "a2@x.test", "b452@x.test", "z2@x.test")
    drain("email")
    assert set(outcomes(run)) == {"a2@x.test", "z2@x.test"}
    done, later = Chunk.objects.order_by("id")
    assert (done.state, len(done.message_ids)) == (Chunk.State.DONE, 2)
    assert (later.state, len(later.message_ids), later.attempts) == (Chunk.State.FREE, 1, 1)
    assert 50 < (later.due_at - timezone.now()).total_seconds() <= 60
    assert assert_identity(run)["pending"] == 1
    assert not running.finish_if_drained(run.campaign)


def test_what_is_deferred_too_long_expires(server: Server) -> None:
    run = make_running(server, "b452@y.test")
    Run.objects.update(send_until=timezone.now() + timezone.timedelta(seconds=1))
    drain("email")
    until(lambda: drain("email") and outcomes(run), what="its outcome")
    assert outcomes(run) == {"b452@y.test": ("suppressed", "expired")}
    assert running.finish_if_drained(run.campaign)


def test_delays_double_up_to_an_hour() -> None:
    assert [retry_delay(n) for n in (0, 1, 2, 3, 7, 30)] == [60, 60, 120, 240, 3600, 3600]


def test_an_address_that_cannot_be_written_spoils_nobody_elses_letter(server: Server) -> None:
    run = make_running(server, "a3@x.test", "m3@x.test", "z3@x.test")
    ContactPoint.objects.filter(value="m3@x.test").update(value="m3@x.test\r\nBcc: all@x.test")
    drain("email")
    assert outcomes(run)["m3@x.test\r\nBcc: all@x.test"] == ("rejected", "bad_address")
    assert sorted(kind for kind, _ in outcomes(run).values()) == ["accepted", "accepted", "rejected"]


def test_a_consent_withdrawn_before_the_lease_is_respected(server: Server) -> None:
    run = make_running(server, "a4@x.test", "z4@x.test")
    ConsentState.objects.filter(contact_point__value="z4@x.test").update(given=False)
    drain("email")
    assert outcomes(run) == {"a4@x.test": ("accepted", "250"), "z4@x.test": ("suppressed", "no_consent")}
    assert "z4@x.test" not in server.letters()


@pytest.fixture
def news_after_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 1)


def act_after_first(act: object) -> object:
    """Let something happen in the world when the first answer has come."""
    after = sending.ChunkSending._after

    def acting(self: sending.ChunkSending, *answer: object) -> None:
        if not self.accepted:
            act()
        after(self, *answer)

    return mock.patch.object(sending.ChunkSending, "_after", acting)


@pytest.mark.usefixtures("news_after_each")
def test_a_withdrawal_acts_within_the_batch(server: Server) -> None:
    run = make_running(server, "a5@x.test", "z5@x.test")
    with act_after_first(lambda: ConsentState.objects.filter(contact_point__value="z5@x.test").update(given=False)):
        drain("email")
    assert outcomes(run)["z5@x.test"] == ("suppressed", "no_consent")
    assert "z5@x.test" not in server.letters()


@pytest.mark.usefixtures("news_after_each")
def test_a_stop_acts_within_the_batch(server: Server) -> None:
    run = make_running(server, "a6@x.test", "z6@x.test")
    with act_after_first(lambda: running.stop(run.campaign)):
        drain("email")
    assert outcomes(run) == {"a6@x.test": ("accepted", "250"), "z6@x.test": ("cancelled", "")}
    assert Campaign.objects.get().state == "stopped"
    assert assert_identity(run)["pending"] == 0


@pytest.mark.usefixtures("news_after_each")
@pytest.mark.parametrize("how", ["pause", "turn_off"])
def test_a_pause_gives_the_rest_back_and_it_goes_on_later(server: Server, how: str) -> None:
    run = make_running(server, f"a7{how}@x.test", f"z7{how}@x.test")
    halt = {"pause": lambda: running.pause(run.campaign), "turn_off": lambda: permission.turn_off(None)}[how]
    with act_after_first(halt):
        drain("email")
    assert set(outcomes(run)) == {f"a7{how}@x.test"}
    assert drain("email")["chunks"] == 0
    go_on = {"pause": lambda: running.resume(Campaign.objects.get()), "turn_off": lambda: permission.turn_on(None)}[how]
    go_on()
    drain("email")
    assert {kind for kind, _ in outcomes(run).values()} == {"accepted"}
    assert outbox.counts([run.pk])["accepted"] == 2


def test_garbage_is_looked_for_as_ever_after_a_pump() -> None:
    drain("email")
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("news_after_each")
def test_before_each_batch_only_those_who_are_next_are_asked_about(server: Server) -> None:
    make_running(server, "a8@x.test", "m8@x.test", "z8@x.test")
    with mock.patch.object(sending, "news", wraps=sending.news) as asked:
        drain("email")
    assert [len(call.args[1]) for call in asked.call_args_list] == [1, 1]


def test_with_sending_off_nothing_is_leased(server: Server) -> None:
    make_running(server, "a8@x.test")
    permission.turn_off(None)
    assert drain("email")["chunks"] == 0
    assert Chunk.objects.get().attempts == 0


def test_a_server_that_does_not_answer_costs_nobody(server: Server) -> None:
    run = make_running(server, "a9@x.test")
    Account.objects.update(options={"host": "127.0.0.1", "port": free_port(), "security": "none"})
    drain("email")
    chunk = Chunk.objects.get()
    assert (chunk.state, outcomes(run)) == (Chunk.State.FREE, {})
    assert chunk.due_at > timezone.now()
    assert Campaign.objects.get().state == "running"


def test_an_account_that_a_person_must_mend_pauses_the_campaign_and_says_why(server: Server) -> None:
    run = make_running(server, "a10@x.test")
    broken = ProviderError("Пароль не подошёл", permanent=True)
    with mock.patch.object(SmtpProvider, "open", side_effect=broken):
        drain("email")
    assert Campaign.objects.get().state == "paused"
    assert CampaignEvent.objects.filter(verb="pause", note="Пароль не подошёл").exists()
    assert assert_identity(run)["pending"] == 1


def test_the_rate_of_the_account_is_kept(server: Server) -> None:
    make_running(server, *(f"p{n}@x.test" for n in range(6)), per_second=10)
    begun = time.monotonic()
    drain("email")
    assert time.monotonic() - begun >= 0.5


def test_when_time_is_up_another_pump_goes_on(server: Server) -> None:
    run = make_running(server, "a11@x.test")
    assert drain("email", seconds=0) == {"accepted": 0, "chunks": 0, "more": True}
    assert drain("email")["accepted"] == 1
    assert_identity(run)
