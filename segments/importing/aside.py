"""What identification and the consents read of the cards in the buffer, by parts on disk: there they are cut out of their
blocks, and only what is asked for comes back, so that memory hardly grows with the file.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate, repeat
from pathlib import Path
from typing import NamedTuple

import polars as pl

from segments.identity.matching import birthdays, numbered
from segments.identity.names import signatures

OWNED = ("line", "card_id", "customer_id")
ANSWERS = ("consent", "consent_on", "refuses_contact")
NAMES = ("last", "first", "middle", "birth_date", "name")
CONTACTS = ("line", "kind", "value", "country", "is_mobile", "position")


class Some(NamedTuple):
    """Which rows are meant, of each part."""

    names: list[pl.Series]
    keys: list[pl.Series]


class Staged(NamedTuple):
    """Three files for each part: its cards, their names as they are compared, their addresses."""

    files: list[Path]

    def add(self, path: Path, cards: pl.DataFrame, contacts: pl.DataFrame) -> None:
        self.files.append(path)
        _write(cards.select(*OWNED, *ANSWERS), path)
        names = signatures(cards.select(pl.col("line").alias("node"), pl.exclude("line")))
        keys = numbered(birthdays(names)).select("node", pl.col("key").alias("birthday"))
        names = names.join(keys, on="node", how="left", maintain_order="left").rename({"node": "line"})
        _write(names, path.with_suffix(".names"))
        words = pl.col("country").cast(pl.Categorical())
        _write(numbered(contacts.with_columns(words)), path.with_suffix(".contacts"))

    def cards(self) -> pl.DataFrame:
        """line, card_id, customer_id of all parts."""
        return pl.concat([pl.read_ipc(path, columns=list(OWNED)) for path in self.files])

    def known(self) -> pl.DataFrame:
        """line, card_id and ANSWERS of all parts."""
        return pl.concat([pl.read_ipc(path, columns=["line", "card_id", *ANSWERS]) for path in self.files])

    def contacts(self) -> pl.DataFrame:
        """CONTACTS of all parts; the kind and the country are words kept once."""
        return pl.concat([_contacts(path, *CONTACTS) for path in self.files])

    def names(self, some: Some | None = None) -> pl.DataFrame:
        """line and NAMES of the cards that have a name, all of them or some."""
        parts = (_names(path, "line", *NAMES) for path in self.files)
        return pl.concat(_filtered(parts, some and some.names))

    def keys(self, some: Some | None = None) -> pl.DataFrame:
        """line and the columns of `numbered` of the addresses, all of them or some."""
        parts = (_contacts(path, "line", "kind", "value", "key") for path in self.files)
        return pl.concat(_filtered(parts, some and some.keys))

    def shared(self) -> Some:
        """Addresses that more than one card has, and the cards that have one of them, or a birthday as another's. Only
        numbers are held of the whole file; of most it is the half."""
        held = [_contacts(path, "line", "key") for path in self.files]
        born = [_names(path, "line", "birthday") for path in self.files]
        keys = pl.concat([*(part["key"] for part in held), *(part["birthday"].drop_nulls() for part in born)]).sort()
        repeated = keys.filter(keys == keys.shift()).unique().implode()
        by_key = _cut(pl.concat(part["key"] for part in held).is_in(repeated), held)
        by_day = _cut(pl.concat(part["birthday"] for part in born).is_in(repeated).fill_null(False), born)
        lines = (part["line"].filter(chosen).unique().implode() for part, chosen in zip(held, by_key, strict=True))
        by_either = [day | part["line"].is_in(line) for part, day, line in zip(born, by_day, lines, strict=True)]
        return Some(by_either, by_key)


def _filtered(parts: Iterable[pl.DataFrame], chosen: list[pl.Series] | None) -> Iterator[pl.DataFrame]:
    return (
        part if which is None else part.filter(which)
        for part, which in zip(parts, chosen or repeat(None), strict=False)
    )


def _cut(whole: pl.Series, parts: list[pl.DataFrame]) -> list[pl.Series]:
    """A column of all parts, part by part."""
    ends = accumulate(map(len, parts))
    return [whole.slice(end - len(part), len(part)) for end, part in zip(ends, parts, strict=True)]


def _contacts(path: Path, *columns: str) -> pl.DataFrame:
    return pl.read_ipc(path.with_suffix(".contacts"), columns=list(columns))


def _names(path: Path, *columns: str) -> pl.DataFrame:
    return pl.read_ipc(path.with_suffix(".names"), columns=list(columns))


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ipc(path, compression="lz4")
