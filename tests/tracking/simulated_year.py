"""A year of a holding in which it is known who would have come anyway: as many campaigns as there are seeds, each with people of
its own, some of whom are left alone. All of it is drawn from the seed; ids and the clock of the day decide nothing.

Everybody has deals that she would make anyway, in every line of business by its rate and season; to those written to the campaign
adds some of the line it offers and half as many services (or takes some away). Beside them are deals that no window holds, cancelled
ones, deals with a refund of the same sum, and people who have become one with another card since.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from campaigns import partitions
from campaigns.models import Campaign, Run
from tests.campaigns.builders import make_account, make_campaign
from tests.segments.builders import make_source
from tracking.attribution.definitions import WINDOWS

# Of a person in a window: deals; and a deal: roubles, how much they vary (σ of the logarithm).
LINES = {
    "new": (0.012, 2_500_000, 0.35), "used": (0.015, 1_200_000, 0.35), "service": (0.15, 18_000, 0.8),
    "insurance": (0.05, 45_000, 0.4), "accessories": (0.04, 9_000, 0.8),
}  # fmt: skip
EFFECTS = (-0.2, 0.0, 0.3, 0.6, 1.0)  # deals that a campaign adds, of those that would be made anyway
MARGIN = 0.07
DAY = dt.timedelta(days=1)
TABLES = {
    "segments_customer": "id, last_name, first_name, middle_name, company, name_key, sex, merged_into_id",
    "segments_interaction": "customer_id, source_id, kind, external_key, number, status, happened_at, line, condition, amount, margin, "
                            "card_code, reason, content_hash",
    "campaigns_message": "run_id, customer_id, channel, left_out, planned_at",
}  # fmt: skip
TOUCHES = """
INSERT INTO campaigns_touch (message_id, customer_id, campaign_id, channel, sent_at)
SELECT m.id, coalesce(c.merged_into_id, c.id), r.campaign_id, m.channel, r.started_at + interval '1 hour'
FROM campaigns_message AS m JOIN campaigns_run AS r ON r.id = m.run_id JOIN segments_customer AS c ON c.id = m.customer_id
WHERE m.left_out = ''
"""


@dataclass(slots=True)
class Truth:
    """What the campaign brought to those it wrote to: people who bought because of it, deals, roubles."""

    campaign: int
    customers: int
    deals: int
    revenue: float


class Seed:
    """One campaign: its people, numbered from 0, and their deals."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = np.random.default_rng(seed)
        self.size = int(chance.integers(900, 1800))
        self.control = chance.random(self.size) < chance.choice((0.2, 0.3))
        self.twins = np.flatnonzero(chance.random(self.size) < 0.03)
        self.days_ago = int(chance.integers(185, 365))
        self.offers, self.effect = chance.choice(list(LINES)), chance.choice(EFFECTS)
        self.deals: list[tuple[int, str, float, float]] = []  # (person, line, roubles, days after the launch)
        anyway, now = np.zeros(self.size, dtype=int), np.zeros(self.size, dtype=int)
        self.added, self.roubles = 0, 0.0
        for line in LINES:
            before, after = self._line(line)
            anyway += before
            now += after
        self.customers = int(((now > 0) & ~self.control).sum() - ((anyway > 0) & ~self.control).sum())

    def _line(self, line: str) -> tuple[Any, Any]:
        """Deals by the person, without the campaign and with it."""
        chance, (rate, roubles, spread) = self.chance, LINES[line]
        effect = self.effect * (1 if line == self.offers else 0.5 if line == "service" else 0)
        usual = rate * chance.uniform(0.7, 1.3)
        anyway = chance.poisson(usual, self.size)
        stays = self.control | (chance.random(self.size) < 1 + min(effect, 0))
        caused = np.where(self.control, 0, chance.poisson(usual * max(effect, 0), self.size))
        for number, is_caused in ((anyway, False), (caused, True)):
            for person in np.repeat(np.arange(self.size), number):
                sum_ = round(float(chance.lognormal(np.log(roubles) - spread**2 / 2, spread)), 2)
                happens = is_caused or stays[person]
                after = float(chance.uniform(0.1, WINDOWS[line] - 0.1))
                if happens:
                    self.deals.append((int(person), line, sum_, after))
                sign = 1 if is_caused else 0 if happens else -1
                self.added += sign
                self.roubles += sign * sum_
        return anyway, anyway * stays + caused

    def noise(self) -> Iterator[tuple[int, str, float, float, str]]:
        """Deals that count for nobody: (person, line, roubles, days, status)."""
        for person in self.chance.integers(0, self.size, self.size // 10):
            line = str(self.chance.choice(list(LINES)))
            match self.chance.integers(4):
                case 0:
                    yield int(person), line, 50_000.0, -5.0, ""
                case 1:
                    yield int(person), line, 50_000.0, WINDOWS[line] + 2.0, ""
                case 2:
                    yield int(person), line, 50_000.0, 3.0, "Отменён"
                case _:
                    roubles = 70_000.0 + len(self.deals) + int(person)
                    yield int(person), line, roubles, 3.0, ""
                    yield int(person), line, -roubles, 4.0, ""


def make(seeds: Iterable[int]) -> list[Truth]:
    """Write the world of these seeds: people, launched campaigns, messages, control groups, touches, documents."""
    account, source, now = make_account(), make_source(), timezone.now()
    first, truths = 10_000_000, []
    for number, each in enumerate(map(Seed, seeds)):
        run = _run(make_campaign(account=account), now - each.days_ago * DAY, number)
        _write(each, run, first, source.pk)
        truths.append(Truth(run.campaign_id, each.customers, each.added, each.roubles))
        first += 2 * each.size
    with connection.cursor() as cursor:
        cursor.execute(TOUCHES)
        for table in (*TABLES, "campaigns_touch"):
            cursor.execute(f"ANALYZE {table}")
    return truths


def _run(campaign: Campaign, at: dt.datetime, number: int) -> Run:
    month = partitions.month_of(timezone.localdate(at))
    partitions.ensure(month)
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.FINISHED, started_at=at)
    return Run.objects.create(
        id=month * partitions.RUNS_A_MONTH + 800_000 + number, campaign=campaign, content=campaign.contents.get(),
        account=campaign.account, started_at=at, finished_at=at, send_until=at + 3 * DAY,
    )  # fmt: skip


def _write(each: Seed, run: Run, first: int, source: int) -> None:
    """A twin is another customer of the same person, to whom the message went."""
    twins = set(each.twins.tolist())
    people = [(first + n, *[""] * 6, None) for n in range(each.size)]
    people += [(first + each.size + n, *[""] * 6, first + n) for n in twins]
    messages = [
        (run.pk, first + n + each.size * (n in twins), "email", "control" if each.control[n] else "", run.started_at)
        for n in range(each.size)
    ]
    documents = [*((*deal, "") for deal in each.deals), *each.noise()]
    rows = [
        (first + person, source, line if line in ("service", "insurance") else "sale", f"{run.pk}-{n}", str(n), status,
         run.started_at + after * DAY, line, "", roubles, round(roubles * MARGIN, 2), "", "", b"\0")
        for n, (person, line, roubles, after, status) in enumerate(documents)
    ]  # fmt: skip
    for (table, columns), lines in zip(TABLES.items(), (people, rows, messages), strict=True):
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
