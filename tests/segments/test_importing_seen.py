import polars as pl
from django.test import SimpleTestCase

from segments.importing.seen import Seen


class SeenTest(SimpleTestCase):
    def test_a_key_is_repeated_in_its_block_and_in_later_ones(self) -> None:
        seen = Seen()
        first = pl.Series(["А1", "А2", "А1"])
        self.assertEqual(seen.repeated(first).to_list(), [False, False, True])
        seen.add(first)
        self.assertEqual(seen.repeated(pl.Series(["А3", "А2"])).to_list(), [False, True])

    def test_what_was_not_added_is_not_seen(self) -> None:
        seen = Seen()
        seen.repeated(pl.Series(["А1"]))
        self.assertEqual(seen.repeated(pl.Series(["А1"])).to_list(), [False])
