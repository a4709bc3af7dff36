"""The end of an import that touched everybody: facts in shares and RFM, side by side over connections of their own."""

import datetime as dt
from typing import Any

from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from segments.facts import refresh_facts
from segments.importing import indexes, loading
from segments.models import CustomerFacts, CustomerZone, RfmScore
from tests.segments.builders import make_centre, make_customer, make_interaction
from tests.segments.test_importing_indexes import indexes_of

KINDS = ("sale", "service", "insurance", "visit")


def settled() -> list[list[dict[str, Any]]]:
    """All rows, but for numbers that a second run gives anew."""
    tables = (
        (CustomerFacts, "customer", ("computed_at",)),
        (CustomerZone, "facts", ()),
        (RfmScore, "customer", ("id",)),
    )
    found = []
    for model, key, others in tables:
        names = [field.attname for field in model._meta.concrete_fields if field.attname not in others]
        order = (key, "line") if model is RfmScore else (key,)
        found.append(list(model._default_manager.order_by(*order).values(*names)))
    return found


class SettlingTest(TransactionTestCase):
    def setUp(self) -> None:
        centre, now = make_centre(), timezone.now()
        for number in range(12):
            customer = make_customer(f"Иванова {number}")
            for step in range(number % 5):
                kind = KINDS[(number + step) % 4]
                at = now - dt.timedelta(days=30 * number + 7 * step)
                make_interaction(customer, kind, amount=1000 * number, happened_at=at, centre=centre, line="new")

    def test_it_is_as_if_done_one_after_another(self) -> None:
        refresh_facts()
        expected = settled()
        self.assertTrue(all(expected))
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE segments_customerfacts, segments_customerzone, segments_rfmscore, segments_rfmmove"
            )
        loading._refresh_everybody()
        self.assertEqual(settled(), expected)

    def test_scores_have_their_indexes_after_it(self) -> None:
        before = indexes_of("segments_rfmscore")
        self.assertIn("rfm_score_of_code", before)
        for _ in range(2):  # into an empty table, and into a full one
            loading._refresh_everybody()
            self.assertEqual((indexes_of("segments_rfmscore"), indexes.owed()), (before, []))

    def test_a_second_time_writes_nothing(self) -> None:
        loading._refresh_everybody()
        with connection.cursor() as cursor:
            written = "SELECT xmin::text, xmax::text, ctid::text FROM {} ORDER BY ctid"
            tables = ("segments_customerfacts", "segments_customerzone", "segments_rfmscore")
            before = [cursor.execute(written.format(each)).fetchall() for each in tables]
            loading._refresh_everybody()
            self.assertEqual([cursor.execute(written.format(each)).fetchall() for each in tables], before)
