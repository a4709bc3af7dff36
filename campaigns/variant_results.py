"""What became of each variant of a campaign, and what is known of their differences so far.

Everybody drawn into a variant counts, whether or not the message reached her (intention to treat). Nothing is judged here:
verdicts come at looks set beforehand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from campaigns import sizing, variants
from campaigns.models import Campaign, Experiment, Variant
from campaigns.proportions import Between, newcombe, sample_ratio
from campaigns.sizing import Sizing

UNEVEN = 0.001  # p of the draw below which the variants cannot be compared

STEPS = ("drawn", "accepted", "delivered", "opened", "clicked", "replied", "opted_out")
# A click was opened and delivered too, whatever was reported of that; of many messages of one person one counts.
BECAME = """
SELECT variant, count(*), count(*) FILTER (WHERE accepted), count(*) FILTER (WHERE delivered), count(*) FILTER (WHERE opened),
       count(*) FILTER (WHERE clicked), count(*) FILTER (WHERE replied), count(*) FILTER (WHERE opted_out)
FROM (
    SELECT m.variant, bool_or(COALESCE(s.kind, o.kind) = 'accepted') AS accepted,
           bool_or(COALESCE(d.delivered_at, d.opened_at, d.clicked_at, d.replied_at) IS NOT NULL) AS delivered,
           bool_or(COALESCE(d.opened_at, d.clicked_at) IS NOT NULL) AS opened, bool_or(d.clicked_at IS NOT NULL) AS clicked,
           bool_or(d.replied_at IS NOT NULL) AS replied,
           bool_or(COALESCE(d.unsubscribed_at, d.complained_at) IS NOT NULL) AS opted_out
    FROM campaigns_message AS m
    LEFT JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
    LEFT JOIN campaigns_resolution AS s ON s.run_id = m.run_id AND s.message_id = m.id
    LEFT JOIN campaigns_deliverystate AS d ON d.run_id = m.run_id AND d.message_id = m.id
    WHERE m.run_id = ANY(%(runs)s::bigint[]) AND m.left_out = '' AND m.variant <> ''
    GROUP BY m.customer_id, m.variant
) AS people GROUP BY variant
"""

# {letter: {"called": people, "visited": people, "bought": people}} of the runs.
Reader = Callable[[Sequence[int]], Mapping[str, Mapping[str, int]]]
_readers: list[Reader] = []


def register(reader: Reader) -> None:
    """Who knows what people did afterwards, of an upper app; the last one registered is asked."""
    _readers[:] = [reader]


@dataclass(frozen=True, slots=True)
class Line:
    """One variant: people by step. `difference` is that of the primary metric's shares from A's, `between` what it may be
    (95 %); None of A itself and while one of them has nobody."""

    variant: Variant
    people: Mapping[str, int]
    rate: float | None
    difference: float | None
    between: Between | None


@dataclass(frozen=True, slots=True)
class Results:
    """`ratio` is the p of the draw, None while nobody is drawn."""

    experiment: Experiment
    lines: list[Line]
    ratio: float | None
    sizing: Sizing | None

    @property
    def is_uneven(self) -> bool:
        return self.ratio is not None and self.ratio < UNEVEN


def of(campaign: Campaign) -> Results | None:
    """None where there are no variants. Goes over all messages of the campaign."""
    drawn = variants.every(campaign)
    if not drawn:
        return None
    experiment, people = sizing.experiment_of(campaign), counted(list(campaign.runs.values_list("pk", flat=True)))
    nobody = dict.fromkeys(STEPS, 0)
    rows = [(variant, people.get(variant.letter, nobody)) for variant in drawn]
    numbers = [row["drawn"] for _variant, row in rows]
    return Results(
        experiment=experiment,
        lines=[_line(variant, row, rows[0][1], experiment.metric) for variant, row in rows],
        ratio=sample_ratio(numbers, [variant.share / variants.WHOLE for variant in drawn]) if sum(numbers) else None,
        sizing=sizing.of_plan(experiment, drawn, {variant.letter: row["drawn"] for variant, row in rows}),
    )


def counted(run_ids: Sequence[int]) -> dict[str, dict[str, int]]:
    """{letter: {step: people}}, by `STEPS` and what upper apps know."""
    with connection.cursor() as cursor:
        cursor.execute(BECAME, {"runs": list(run_ids)})
        found = {letter: dict(zip(STEPS, numbers, strict=True)) for letter, *numbers in cursor.fetchall()}
    later = _readers[0](run_ids) if _readers and found else {}
    return {letter: steps | dict(later.get(letter, {})) for letter, steps in found.items()}


def _line(variant: Variant, row: Mapping[str, int], base: Mapping[str, int], metric: str) -> Line:
    hits, people = row.get(metric, 0), row["drawn"]
    rate = hits / people if people else None
    if variant.letter == Variant.MAIN or not (people and base["drawn"]):
        return Line(variant, row, rate, None, None)
    its = base.get(metric, 0), base["drawn"]
    return Line(variant, row, rate, hits / people - its[0] / its[1], newcombe(hits, people, *its))
