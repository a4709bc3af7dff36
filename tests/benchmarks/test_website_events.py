"""Website events through the web server as it is served.

The clients are a process of their own on the same machine, so that the rate is what is left to the server. Whatever is
answered with 200 is in the table: counted after each turn. The issue asks for 2,000 events a second on two cores.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

import psycopg
import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests.benchmarks.measure import Bench, seconds
from tests.benchmarks.served import clients, database_url, web
from tests.tracking.site_room import make_site
from tracking.models import WebsiteEvent
from tracking.website_events import sites

REPS = 3
_turns = count(1)
INSERT = """
INSERT INTO tracking_websiteevent (site_id, key, kind, happened_at, received_at, device, product, vin, amount, page, details)
VALUES (%s, %s, 'product_view', %s, now(), %s, '7', 'XW8ZZZ61Z9G000001', 2150000, 'www.example.ru/cars/octavia', '{}')
"""


@pytest.mark.bench
class WebsiteEventBench(TransactionTestCase):
    def setUp(self) -> None:
        self.site = make_site()
        self.secret = sites.new_secret(self.site)

    def test_one_event_a_call(self) -> None:
        """Against calls of the same clients that store nothing: both wait for the same cores."""
        with web(workers=2) as port:
            self.tell(port, 200, 1)
            pairs = [(self.tell(port, 800, 0), self.tell(port, 800, 1)) for _rep in range(REPS)]
        self.compare(pairs, "website events: one event a call", n=800, limit=0.25)

    def test_fifty_events_a_call(self) -> None:
        """Against what plain INSERTs of one connection reach, a commit a call."""
        with web(workers=2) as port:
            self.tell(port, 200, 1)
            pairs = [(self.inserted(160, 50), self.tell(port, 160, 50)) for _rep in range(REPS)]
        self.compare(pairs, "website events: fifty events a call", n=8000, limit=0.5)

    def compare(self, pairs: Sequence[tuple[float, float]], name: str, *, n: int, limit: float) -> None:
        """`pairs`: (reference, ours), calls or events a second."""
        bench = Bench(name, limit=limit, n=n, unit="events/s", better="higher", reps=REPS)
        line = bench.tell([ours for _, ours in pairs], [reference for reference, _ in pairs])
        assert line["ok"], line

    def tell(self, port: int, calls: int, events: int) -> float:
        """Events a second, all of them new; calls a second where there are none."""
        before = WebsiteEvent.objects.count()
        took = clients("events_client", port, self.secret, turn=next(_turns), calls=calls, events=events)
        assert WebsiteEvent.objects.count() - before == calls * events
        return calls * (events or 1) / took

    def inserted(self, calls: int, events: int) -> float:
        turn, now = next(_turns), datetime.now(UTC)

        def all_of_them() -> None:
            with psycopg.connect(database_url()) as plain, plain.cursor() as cursor:
                for call in range(calls):
                    for nth in range(events):
                        cursor.execute(INSERT, [self.site.pk, f"p{turn}-{call}-{nth}", now, f"device-{call}"])
                    plain.commit()

        took = seconds(all_of_them)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tracking_websiteevent WHERE key LIKE %s", [f"p{turn}-%"])
            assert cursor.fetchone()[0] == calls * events
        return calls * events / took
