"""What reading hands on."""

from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl


class Broken(NamedTuple):
    """A line that has more or fewer cells than the header; `line` counts records from 1, the header is 1."""

    line: int
    text: str


@dataclass(slots=True)
class Block:
    """Part of a table: `frame` has `line` and the wanted columns as text, '' for an empty cell."""

    frame: pl.DataFrame
    broken: list[Broken] = field(default_factory=list)
