"""Whom an import touched."""

from unittest import TestCase

import polars as pl

from segments.importing import ids


class IdsTests(TestCase):
    def test_each_is_told_once(self) -> None:
        known = ids.Ids()
        known.add(pl.Series([3, None, 1, 3]))
        known.add(pl.Series([1, 2], dtype=pl.Int32))
        self.assertEqual(sorted(known.all().to_list()), [1, 2, 3])
        known.add(pl.Series([2, 4]))
        self.assertEqual(sorted(known.all().to_list()), [1, 2, 3, 4])

    def test_nobody(self) -> None:
        known = ids.Ids()
        known.add(pl.Series([None], dtype=pl.Int64))
        self.assertEqual(known.all().to_list(), [])

    def test_what_comes_again_is_not_kept_again(self) -> None:
        known, people = ids.Ids(), pl.int_range(ids.LEAST, dtype=pl.Int64, eager=True)
        for _ in range(20):
            known.add(people)
        kept = [known._kept, *known._coming]
        self.assertLessEqual(sum(map(len, kept)), 2 * ids.LEAST)
        self.assertEqual(known.all().sort().to_list(), people.to_list())
