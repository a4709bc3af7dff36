"""Dates and moments as 1C writes them: `dd.mm.yyyy[ h:mm:ss]`; 01.01.0001 and 01.01.1900 mean "none"."""

import polars as pl

EARLIEST_YEAR, LATEST_YEAR = 1901, 2099
_BIRTH_YEARS = (1905, 2024)


def clean_date(cell: pl.Expr) -> pl.Expr:
    """Day of a cell, or null. Also takes ISO dates (`yyyy-mm-dd`)."""
    text = cell.str.strip_chars()
    day = pl.coalesce(
        text.str.extract(r"^(\d{1,2}\.\d{1,2}\.\d{4})").str.to_date("%d.%m.%Y", strict=False),
        text.str.extract(r"^(\d{4}-\d{2}-\d{2})").str.to_date("%Y-%m-%d", strict=False),
    )
    return pl.when(day.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)).then(day)


def clean_birthday(cell: pl.Expr) -> pl.Expr:
    """Day of birth, or null when the year is not one of a living adult's."""
    day = clean_date(cell)
    return pl.when(day.dt.year().is_between(*_BIRTH_YEARS)).then(day)


def clean_moment(cell: pl.Expr, time_zone: str) -> pl.Expr:
    """UTC moment of a cell that is written in `time_zone`; midnight when it has no time.

    An hour that the clocks skipped or repeated takes the earlier reading.
    """
    time = cell.str.extract(r"(\d{1,2}:\d{2}(?::\d{2})?)\s*$").str.splitn(":", 3)
    part = [time.struct.field(f"field_{i}").cast(pl.Int64, strict=False).fill_null(0) for i in range(3)]
    seconds = part[0] * 3600 + part[1] * 60 + part[2]
    local = clean_date(cell).cast(pl.Datetime("us")) + pl.duration(
        seconds=pl.when(seconds < 86400).then(seconds).otherwise(0)
    )
    return local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def is_no_date(cell: pl.Expr) -> pl.Expr:
    """The cell says "no date" in one of 1C's ways (which is no mistake)."""
    return ~cell.str.contains(r"[1-9]") | cell.str.contains(r"^\s*01\.01\.(?:0001|1900)")
