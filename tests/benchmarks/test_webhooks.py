"""Webhooks through one web process as it is served, against the same rows inserted by one connection, plainly.

The clients are processes of their own on the same machine, so that the rate is what is left to the server. Whatever is
answered with 200 is in the tables: counted after each turn.
"""

import json
import time
from itertools import count
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests.benchmarks.measure import Bench, seconds
from tests.benchmarks.served import clients, database_url, web
from tests.peers.signed import make_account

REPS = 3
NOW = int(time.time())
_turns = count(1)

EVENT = "INSERT INTO channels_webhookevent (received_at, account_id, query, body) VALUES (now(), %s, '', %s)"
REPORT = """
INSERT INTO channels_deliveryreport (account_id, provider_key, status, happened_at, message_id, reason, received_at)
VALUES (%s, %s, 'delivered', to_timestamp(%s), 0, '', now())
"""
PARK = """
INSERT INTO campaigns_parkedreport (account_id, provider_key, fact, happened_at, failure, message_id)
VALUES (%s, %s, 'delivered', to_timestamp(%s), 'delivered', 0)
"""


@pytest.mark.bench
class WebhookBench(TransactionTestCase):
    def setUp(self) -> None:
        self.account = make_account()

    def tearDown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE channels_webhookevent, channels_deliveryreport, campaigns_parkedreport")

    def test_one_event_a_call(self) -> None:
        self.compare("webhooks: one event a call", calls=1600, events=1, limit=0.1)

    def test_fifty_events_a_call(self) -> None:
        self.compare("webhooks: fifty events a call", calls=400, events=50, limit=0.8)

    def compare(self, name: str, *, calls: int, events: int, limit: float) -> None:
        """`limit`: events a second, as a part of what plain INSERTs of one connection reach."""
        with web() as port:
            self.send(port, 200, 1)
            pairs = [(self.inserted(calls, events), self.send(port, calls, events)) for _rep in range(REPS)]
        bench = Bench(name, limit=limit, n=calls * events, unit="events/s", better="higher", reps=REPS)
        line = bench.tell([ours for _, ours in pairs], [reference for reference, _ in pairs])
        assert line["ok"], line

    def send(self, port: int, calls: int, events: int) -> float:
        """Events a second, all of them new; each call is answered with 200 and its rows are there."""
        before = self.stored()
        took = clients("hook_client", port, self.account.hook, turn=next(_turns), calls=calls, events=events)
        assert self.stored() - before == calls * events
        return calls * events / took

    def inserted(self, calls: int, events: int) -> float:
        turn = next(_turns)
        body = json.dumps({"events": [{"id": "k", "status": "ok", "at": NOW}] * events}).encode()

        def insert(cursor: Any, call: int) -> None:
            cursor.execute(EVENT, [self.account.pk, body])
            for nth in range(events):
                key = f"p{turn}-{call}-{nth}"
                cursor.execute(REPORT, [self.account.pk, key, NOW])
                cursor.execute(PARK, [self.account.pk, key, NOW])

        def all_of_them() -> None:
            with psycopg.connect(database_url()) as plain, plain.cursor() as cursor:
                for call in range(calls):
                    insert(cursor, call)
                    plain.commit()

        return calls * events / seconds(all_of_them)

    def stored(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM channels_deliveryreport")
            return cursor.fetchone()[0]
