"""What holds a chunk back: limits of its account, and the breaker."""

import time
from collections.abc import Iterator
from datetime import time as clock
from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from campaigns import permission, running
from campaigns.models import Campaign, Chunk, Message, Outcome, Run
from campaigns.pump.draining import drain
from campaigns.report_keys import Named, find
from channels import health
from channels.models import Account, AccountHealth, AccountHour, DomainLimit
from channels.providers.base import UNKNOWN, ProviderError, Result
from channels.providers.smtp import SmtpProvider
from channels.standing_in import sender_of
from tests.campaigns.builders import make_account
from tests.campaigns.room import assert_identity
from tests.campaigns.test_pump_draining import Server, make_running, outcomes

pytestmark = pytest.mark.django_db
ROUND_THE_CLOCK = {"quiet_from": clock(0), "quiet_to": clock(23, 59, 59), "time_zone": "Europe/Moscow"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("peer"))
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture(autouse=True)
def permitted(own_installation: None, db: None) -> None:
    permission.turn_on(None)


def waits(run: Run) -> dict[int, float]:
    """{messages of a free chunk: seconds until it is due}."""
    free = Chunk.objects.filter(run_id=run.pk, state=Chunk.State.FREE)
    return {len(chunk.message_ids): (chunk.due_at - timezone.now()).total_seconds() for chunk in free}


def state() -> AccountHealth:
    return AccountHealth.objects.get()


def lost(*_arguments: object) -> Result:
    return Result(UNKNOWN, code="no_answer")


def test_in_quiet_hours_nothing_goes_and_all_waits_for_their_end(server: Server) -> None:
    run = make_running(server, "q1@x.test", "q2@x.test", **ROUND_THE_CLOCK)
    assert drain("email")["accepted"] == 0
    assert assert_identity(run)["pending"] == 2
    (waited,) = waits(run).values()
    end = timezone.localtime().replace(hour=23, minute=59, second=59)
    assert waited == pytest.approx((end - timezone.now()).total_seconds(), abs=5)


def test_what_is_over_the_day_s_limit_waits_for_tomorrow(server: Server) -> None:
    run = make_running(server, *(f"d{n}@x.test" for n in range(5)), per_day=2)
    assert drain("email")["accepted"] == 2
    assert assert_identity(run)["pending"] == 3
    (waited,) = waits(run).values()
    tomorrow = timezone.localtime().replace(hour=0, minute=0, second=0) + timedelta(days=1)
    assert waited == pytest.approx((tomorrow - timezone.now()).total_seconds(), abs=5)
    Chunk.objects.filter(run_id=run.pk).update(due_at=timezone.now())
    assert drain("email")["accepted"] == 0


def test_one_domain_waits_and_the_others_go(server: Server) -> None:
    if timezone.now().second > 55:
        time.sleep(5)  # a new minute would have room for another one
    people = [f"s{n}@slow.test" for n in range(3)] + ["f1@x.test", "f2@x.test"]
    run = make_running(server, *people)
    DomainLimit.objects.create(account=run.account, domain="slow.test", per_minute=1)
    assert drain("email")["accepted"] == 3
    assert {"f1@x.test", "f2@x.test"} < set(outcomes(run))
    assert assert_identity(run)["pending"] == 2
    later = Chunk.objects.filter(run_id=run.pk, state=Chunk.State.FREE)
    assert sum(len(chunk.message_ids) for chunk in later) == 2
    assert all(chunk.attempts == 0 and chunk.due_at > timezone.now() for chunk in later)


def test_an_account_that_does_not_answer_is_paused_and_goes_on_when_it_does(server: Server) -> None:
    run = make_running(server, "drop1@x.test", "drop2@x.test", *(f"u{n}@x.test" for n in range(5)))
    with (
        mock.patch.object(health, "MOST_UNKNOWN", 2),
        mock.patch.object(SmtpProvider, "_body", lost),
    ):
        drain("email")
    kinds = [kind for kind, _reason in outcomes(run).values()]
    assert kinds == ["unknown", "unknown"]
    assert (state().pause, state().failures) == ("probe", 1)
    assert 50 < (state().paused_until - timezone.now()).total_seconds() <= 60
    assert drain("email")["chunks"] == 0
    AccountHealth.objects.update(paused_until=timezone.now())
    assert drain("email")["accepted"] == 5
    assert (state().pause, state().reason, state().failures) == ("", "", 0)
    hour = AccountHour.objects.get()
    assert (hour.sent, hour.failed) == (7, 2)
    assert_identity(run)


def test_the_try_after_a_pause_costs_one_message_at_most(server: Server) -> None:
    run = make_running(server, *(f"v{n}@x.test" for n in range(5)))
    health.failed(run.account_id, "Не отвечает", permanent=False)
    AccountHealth.objects.update(pause="probe", paused_until=timezone.now())
    with mock.patch.object(SmtpProvider, "_body", lost):
        drain("email")
    assert len(outcomes(run)) == 1
    assert state().pause == "probe"
    assert (state().paused_until - timezone.now()).total_seconds() > 60


def test_three_failures_in_a_row_pause_it(server: Server) -> None:
    run = make_running(server, "w1@x.test")
    broken = ProviderError("Сервер не отвечает", permanent=False)
    for expected in ("", "", "probe"):
        Chunk.objects.filter(run_id=run.pk).update(due_at=timezone.now())
        with mock.patch.object(SmtpProvider, "open", side_effect=broken):
            drain("email")
        assert state().pause == expected
    assert Campaign.objects.get().state == "running"


def test_what_a_person_must_mend_waits_for_a_person(server: Server) -> None:
    run = make_running(server, "p1@x.test")
    with mock.patch.object(SmtpProvider, "open", side_effect=ProviderError("Пароль не подошёл", permanent=True)):
        drain("email")
    assert (state().pause, state().reason) == ("person", "Пароль не подошёл")
    running.resume(Campaign.objects.get())
    Chunk.objects.update(due_at=timezone.now())
    AccountHealth.objects.update(paused_until=timezone.now() - timedelta(days=1))
    assert drain("email")["chunks"] == 0
    assert health.resume(Account.objects.get())
    assert drain("email")["accepted"] == 1
    assert_identity(run)


def test_another_account_stands_in_while_its_own_is_paused_and_gives_the_way_back(server: Server) -> None:
    run = make_running(server, *(f"t{n}@x.test" for n in range(4)))
    own = run.account
    spare = make_account(provider="smtp", options=own.options, sender_address="spare@krug.test", priority=1)
    make_account(provider="smtp", options=own.options, mode="journal", priority=0)
    make_account(provider="smtp", options=own.options, purpose="service", priority=0)
    make_account(provider="smtp", options=own.options)
    health.failed(own.pk, "Пароль не подошёл", permanent=True)
    assert drain("email")["accepted"] == 4
    assert "From: " in server.letters()["t0@x.test"]
    assert "spare@krug.test" in server.letters()["t0@x.test"]
    run.refresh_from_db()
    assert (run.account_id, run.stand_ins) == (own.pk, [spare.pk])
    assert AccountHour.objects.get().account_id == spare.pk
    health.resume(own)
    assert sender_of(own.pk, "advertising") == own.pk
    assert_identity(run)


def test_a_fault_that_another_account_makes_up_for_pauses_no_campaign(server: Server) -> None:
    run = make_running(server, "k1@x.test")
    make_account(provider="smtp", options=run.account.options, priority=1)
    with (
        mock.patch.object(SmtpProvider, "open", side_effect=ProviderError("Пароль не подошёл", permanent=True)),
        mock.patch("campaigns.pump.draining._may_send", side_effect=[True, False]),
    ):
        drain("email")
    assert Campaign.objects.get().state == "running"
    assert [row.account_id for row in AccountHealth.objects.all()] == [run.account_id]


def test_reports_over_the_account_that_stood_in_find_their_message(server: Server) -> None:
    run = make_running(server, "l1@x.test")
    spare = make_account(provider="smtp", options=run.account.options, priority=1)
    health.failed(run.account_id, "Пароль не подошёл", permanent=True)
    drain("email")
    Outcome.objects.filter(run_id=run.pk).update(provider_key="key-1")
    known = Named(spare.pk, "key-1", "delivered", timezone.now())
    stranger = known._replace(account_id=make_account().pk)
    message = Message.objects.get(run_id=run.pk)
    assert find([known, stranger]) == {known: [(message.pk, run.pk)]}
