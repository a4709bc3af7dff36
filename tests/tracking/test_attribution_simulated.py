"""The incremental estimate against the truth of simulated years: its 95 % interval holds it as often as it says.

One night counts all campaigns of all seeds in one database. In 400 of them at least 370 must be right; of 40 at least 34 are
all but certain (99.7 %) where 95 of 100 are right.
"""

from typing import ClassVar

import pytest
from django.db import connection
from django.test import TestCase

from tests.tracking import simulated_year
from tests.tracking.simulated_year import Truth
from tracking.attribution import counting, lift
from tracking.attribution.lift import Added, Lift
from tracking.attribution.reading import attributed
from tracking.models import ArmSum

MEASURES = ("customers", "deals", "revenue")
WHOLE = (
    "SELECT count(*) FROM (SELECT FROM tracking_attribution GROUP BY model, deal_id HAVING sum(share) <> 1) AS wrong"
)


class Year:
    """`ENOUGH` of the seeds must be right."""

    SEEDS: ClassVar[int]
    ENOUGH: ClassVar[int]
    truths: ClassVar[list[Truth]]
    told: ClassVar[dict[int, Lift]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.truths = simulated_year.make(range(cls.SEEDS))
        lift.count()
        found = lift.of_campaigns([truth.campaign for truth in cls.truths])
        cls.told = {campaign: lines[ArmSum.ALL] for campaign, lines in found.items()}

    def test_the_interval_holds_the_truth(self) -> None:
        for measure in MEASURES:
            right = sum(
                _holds(getattr(self.told[truth.campaign], measure), getattr(truth, measure)) for truth in self.truths
            )
            self.assertGreaterEqual(right, self.ENOUGH, measure)

    def test_the_last_touch_does_not_know_who_would_have_come_anyway(self) -> None:
        """It gives the campaigns several times as much as they brought, nearly always more than the interval has."""
        counting.refresh()
        last = {each.key[0]: float(each.deals) for each in attributed("last")}
        above = sum(last[truth.campaign] > self.told[truth.campaign].deals.between.high for truth in self.truths)
        self.assertGreater(above, 0.9 * self.SEEDS)
        self.assertGreater(sum(last.values()), 2 * sum(truth.deals for truth in self.truths))
        with connection.cursor() as cursor:
            cursor.execute(WHOLE)
            self.assertEqual(cursor.fetchone()[0], 0)


def _holds(added: Added, truth: float) -> bool:
    return added.between is not None and added.between.low <= truth <= added.between.high


class AFewSeeds(Year, TestCase):
    SEEDS, ENOUGH = 40, 34


@pytest.mark.soak
@pytest.mark.timeout(1800)
class AllSeeds(Year, TestCase):
    SEEDS, ENOUGH = 400, 370
