"""What reading hands on."""

from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl


class Broken(NamedTuple):
    """A line without a good row; `line` counts the records of the file from 1. `reason` is one of `REASONS`:
    more or fewer cells than the header, bytes that are no text, a cell too long for anything."""

    line: int
    text: str
    reason: str = "wrong_cells"


@dataclass(slots=True)
class Block:
    """Part of a table: `frame` has `line` and the wanted columns as text, '' for an empty cell."""

    frame: pl.DataFrame
    broken: list[Broken] = field(default_factory=list)
