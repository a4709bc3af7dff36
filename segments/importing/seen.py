"""Keys that stood higher up in a file, by their hashes: eight bytes a key, whatever its length."""

import polars as pl


class Seen:
    """Two of a million keys share a hash of 64 bits once in forty million files."""

    def __init__(self) -> None:
        self._hashes = pl.Series(dtype=pl.UInt64)

    def repeated(self, keys: pl.Series) -> pl.Series:
        """Whether each key stands higher up in this block or was added before."""
        return ~keys.is_first_distinct() | keys.hash().is_in(self._hashes.implode())

    def add(self, keys: pl.Series) -> None:
        self._hashes.append(keys.hash())
