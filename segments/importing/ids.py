"""Whom and what an import touched: looked at again when everything is in."""

import threading

import polars as pl

LEAST = 100_000  # ids that are not worth a comparison


class Ids:
    """Distinct ids, added by several threads. What comes again is let go of before it is more than what is kept: a
    file names its people many times over."""

    def __init__(self) -> None:
        self._kept = pl.Series("id", dtype=pl.Int64)
        self._coming: list[pl.Series] = []
        self._lock = threading.Lock()

    def add(self, ids: pl.Series) -> None:
        with self._lock:
            self._coming.append(ids.cast(pl.Int64).drop_nulls().unique())
            if sum(map(len, self._coming)) > max(LEAST, len(self._kept)):
                self._settle()

    def all(self) -> pl.Series:
        """Each id once."""
        with self._lock:
            self._settle()
            return self._kept

    def _settle(self) -> None:
        self._kept = pl.concat([self._kept, *(ids.rename("id") for ids in self._coming)]).unique()
        self._coming.clear()
