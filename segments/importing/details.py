"""What of a row has no column of its own: `Interaction.details` and `CarInStock.details`.

- `brand`, `model`: words of a brand that no value table knew, so that a meaning given later can mend the row;
- `booking`: what for somebody booked (salon, test_drive, service), and `operation`: how the source calls it.
"""

import polars as pl

from segments.cleaning.words import spelling
from segments.models.history import Interaction

SERVICE, TEST_DRIVE = r"сервис|ремонт|\bто\b|обслуж|service", r"тест|test"


def booking_of(operation: pl.Expr) -> pl.Expr:
    """What was booked, by the words of the operation."""
    word = operation.str.to_lowercase()
    return (
        pl.when(word.str.contains(TEST_DRIVE)).then(pl.lit("test_drive"))
        .when(word.str.contains(SERVICE)).then(pl.lit("service"))
        .otherwise(pl.lit("salon"))
    )  # fmt: skip


def details_of(frame: pl.DataFrame) -> pl.Series:
    """`details` of each row as JSON; of bookings the frame has `operation` beside `kind`."""
    frame = frame.with_row_index("row")
    parts = [_unknown(frame)]
    if "operation" in frame.columns:
        parts.append(_bookings(frame))
    said = pl.concat(parts).group_by("row").agg(pl.col("part").str.join(", "))
    empty = pl.repeat("{}", len(frame), dtype=pl.String, eager=True)
    made = empty.scatter(said["row"], "{" + said["part"] + "}") if len(said) else empty
    return made.alias("details")


def _unknown(frame: pl.DataFrame) -> pl.DataFrame:
    rows = frame.filter(pl.col("brand_id").is_null() & (pl.col("brand") != ""))
    return _parts(rows, spelling(pl.col("brand")).alias("brand"), pl.col("model"))


def _bookings(frame: pl.DataFrame) -> pl.DataFrame:
    rows = frame.filter(pl.col("kind") == Interaction.Kind.BOOKING.value)
    return _parts(rows, booking_of(pl.col("operation")).alias("booking"), pl.col("operation"))


def _parts(rows: pl.DataFrame, *columns: pl.Expr) -> pl.DataFrame:
    """row, part: the columns as the inside of a JSON object."""
    return rows.select("row", pl.struct(columns).struct.json_encode().str.slice(1).str.head(-1).alias("part"))
