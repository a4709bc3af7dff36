"""Keys that stood higher up in a file, by their hashes: eight bytes a key, whatever its length."""

import polars as pl


class Seen:
    """Two of a million keys share a hash of 64 bits once in forty million files."""

    def __init__(self) -> None:
        self._hashes = pl.Series(dtype=pl.UInt64)

    def repeated(self, keys: pl.Series) -> pl.Series:
        """Whether each key stands higher up in this block or was added before."""
        hashes = keys.hash()
        known = self._hashes.filter(self._hashes.is_in(hashes.implode()))  # hashes the block, not all there were
        return ~keys.is_first_distinct() | hashes.is_in(known.implode())

    def add(self, keys: pl.Series) -> None:
        self._hashes.append(keys.hash())
