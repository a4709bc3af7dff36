"""Notifications of calls through the group of web processes as it is served, against the same rows inserted by one connection,
plainly, each in a transaction of its own.

The clients are a process on the same machine, so that the rate is what is left to the server. Whatever is answered with 200 is
in the table: counted after each turn. The issue asks for 1,000 a second on two cores.
"""

import hashlib
from itertools import count
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests.benchmarks.measure import Bench, seconds
from tests.benchmarks.served import clients, database_url, web
from tests.peers import call_client
from tests.tracking.call_services import make_call_account

REPS = 3
CALLS, EVENTS = 1600, 2
GROUP = 2  # processes, as `manage.py up` starts them
INSERT = (
    "INSERT INTO tracking_callnotice (account_id, digest, call_key, body, received_at) VALUES (%s, %s, %s, %s, now())"
)
_turns = count(1)


@pytest.mark.bench
class CallWebhookBench(TransactionTestCase):
    def setUp(self) -> None:
        self.account = make_call_account()

    def tearDown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE tracking_callnotice")

    def test_accepted_a_second(self) -> None:
        with web(workers=GROUP) as port:
            self.send(port, 200)
            pairs = [(self.inserted(CALLS), self.send(port, CALLS)) for _rep in range(REPS)]
        bench = Bench(
            "webhooks of calls: two web processes",
            limit=0.15,
            n=CALLS * EVENTS,
            unit="calls/s",
            better="higher",
            reps=REPS,
        )
        line = bench.tell([ours for _, ours in pairs], [reference for reference, _ in pairs])
        assert line["ok"], line

    def send(self, port: int, calls: int) -> float:
        """Notifications a second, all of them new; each is answered with 200 and its row is there."""
        before = self.stored()
        took = clients("call_client", port, self.account.hook, turn=next(_turns), calls=calls, events=EVENTS)
        assert self.stored() - before == calls * EVENTS
        return calls * EVENTS / took

    def inserted(self, calls: int) -> float:
        turn = next(_turns)
        bodies = [call_client.notice(turn, 0, call, nth) for call in range(calls) for nth in range(EVENTS)]

        def insert(plain: psycopg.Connection[Any], body: bytes) -> None:
            plain.execute(INSERT, [self.account.pk, hashlib.sha256(body).digest()[:16], str(turn), body])
            plain.commit()

        def all_of_them() -> None:
            with psycopg.connect(database_url()) as plain:
                for body in bodies:
                    insert(plain, body)

        return len(bodies) / seconds(all_of_them)

    def stored(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tracking_callnotice")
            return cursor.fetchone()[0]
