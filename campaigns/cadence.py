"""The other side of the limits: how many of those whom advertising may reach got how much of it in 30 days.

Counted every night and kept with its moment; whom it counts is what the rule of `RARELY` finds at that moment.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import reach
from campaigns.models import CadenceCount
from campaigns.models.policy import Policy
from channels.models import Channel
from segments.models import Brand
from segments.ready_made import Cut, Number, ask, event, leaf
from segments.rules.days import midnight

DAYS = 30
LAST = 4  # the column of "so many and more"

COUNT = f"""
WITH reached AS MATERIALIZED (SELECT DISTINCT customer_id, channel FROM ({reach.REACHED}) AS r
), got AS (
    SELECT t.customer_id, count(*) AS messages
    FROM campaigns_touch AS t JOIN campaigns_campaign AS g ON g.id = t.campaign_id AND g.purpose = 'advertising'
    WHERE t.failed_at IS NULL AND t.sent_at >= %(since)s GROUP BY 1
), people AS (
    SELECT customer_id, channel FROM reached UNION ALL SELECT DISTINCT customer_id, '' FROM reached
)
INSERT INTO campaigns_cadencecount (channel, brand_id, got, people, counted_at)
SELECT p.channel, f.last_brand_id, COALESCE(got.messages, 0), count(*), %(now)s
FROM people AS p JOIN segments_customerfacts AS f ON f.customer_id = p.customer_id
LEFT JOIN got ON got.customer_id = p.customer_id
GROUP BY 1, 2, 3
"""

RARELY = Cut(
    key="rarely_written", group=_("Rarely written to"), name=_("Fewer than %(times)s advertising messages in a month"),
    who=_("Advertising may reach them over some channel, and they got fewer messages in 30 days than wanted."),
    plan=_("The next campaign that fits them"),
    why=_("Who hears nothing for months forgets the dealer, and is harder to win back than to keep."),
    rule={"all": [
        leaf("advertising", "any_of", list(reach.CONTACTS)),
        {"not": event("advertised", times=ask("times"), days=DAYS)},
    ]},
    questions=(Number("times", _("fewer messages than"), 3, 1, 30),),
)  # fmt: skip


@dataclass
class Line:
    """People of a channel or a brand by how many messages they got."""

    name: str
    got: Counter[int] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        return self.got.total()

    @property
    def columns(self) -> list[int]:
        """Who got 0, 1, … messages, the last of them so many and more."""
        return [*(self.got[times] for times in range(LAST)), sum(n for times, n in self.got.items() if times >= LAST)]

    @property
    def bars(self) -> list[tuple[int, str, str]]:
        """(column, where its part begins, how wide it is), per cent of the people, with a dot whatever the language."""
        whole, ends = max(self.people, 1), [0, *accumulate(self.columns)]
        return [
            (place, f"{100 * start / whole:.2f}", f"{100 * (end - start) / whole:.2f}")
            for place, (start, end) in enumerate(pairwise(ends))
            if end > start
        ]

    def fewer(self, wanted: int) -> int:
        return sum(people for times, people in self.got.items() if times < wanted)


@dataclass(frozen=True)
class Cadence:
    """`fewer` are the people who got less than `wanted`."""

    counted_at: datetime
    wanted: int
    everybody: Line
    channels: list[tuple[Line, int]]
    brands: list[tuple[Line, int]]

    @property
    def fewer(self) -> int:
        return self.everybody.fewer(self.wanted)


@transaction.atomic
def count() -> dict[str, Any]:
    """Count anew: {"reachable": people}."""
    since = midnight(timezone.localdate() - timedelta(days=DAYS))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM campaigns_cadencecount")
        cursor.execute(COUNT, reach.parameters() | {"since": since, "now": timezone.now()})
    found = CadenceCount.objects.filter(channel="").values_list("people", flat=True)
    return {"reachable": sum(found)}


def read() -> Cadence | None:
    """The last count; None before the first."""
    rows = list(CadenceCount.objects.all())
    if not rows:
        return None
    wanted = Policy.now().wanted_per_month
    names = dict(Brand.objects.values_list("pk", "name"))
    everybody = _lines((row for row in rows if not row.channel), lambda row: "")
    channels = _lines((row for row in rows if row.channel), lambda row: str(Channel(row.channel).label))
    brands = _lines((row for row in rows if not row.channel), lambda row: names.get(row.brand_id, ""))
    return Cadence(
        counted_at=rows[0].counted_at,
        wanted=wanted,
        everybody=everybody[0],
        channels=[(line, line.fewer(wanted)) for line in channels],
        brands=[(line, line.fewer(wanted)) for line in brands],
    )


def _lines(rows: Iterable[CadenceCount], name_of: Any) -> list[Line]:
    """Most people first; who has no car last."""
    lines: dict[str, Line] = {}
    for row in rows:
        name = name_of(row)
        lines.setdefault(name, Line(name)).got[row.got] += row.people
    return sorted(lines.values(), key=lambda line: (not line.name, -line.people, line.name))
