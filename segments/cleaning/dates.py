"""Dates and moments as 1C writes them: `dd.mm.yyyy[ h:mm:ss]`; 01.01.0001 and 01.01.1900 mean "none".

Also taken: other signs between the numbers, ISO order, years of two digits, and Excel's number of days since
30.12.1899 (20000–60000: the years 1954–2064), whose fraction is the time of day.
"""

import polars as pl

from segments.cleaning.notes import Judged, mask_of, notes_where, nowhere, patch

YEARS = (1901, 2099)
BIRTH_YEARS = (1905, 2024)
FAR_YEAR = 30  # a two-digit year up to this one is of our century

USUAL_DATE, USUAL_MOMENT = "%d.%m.%Y", "%d.%m.%Y %H:%M:%S"
_DAY_FIRST = r"^(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4})(?:\D|$)"
_TWO_DIGITS = r"^(\d{1,2})[./\-](\d{1,2})[./\-](\d{2})(?:[^\d./\-]|$)"
_YEAR_FIRST = r"^(\d{4})[./\-](\d{1,2})[./\-](\d{1,2})(?:\D|$)"
_SERIAL = r"^([2-5]\d{4}|60000)(?:[.,](\d+))?$"
_TIME = r"\s(\d{1,2}:\d{2}(?::\d{2})?)\s*$"
_NO_DATE = r"^[^1-9]*$|^\s*(?:01\.01\.(?:0001|1900)|30\.12\.1899)|^\s*(?:0001-01-01|1900-01-01)"


def clean_date(cell: pl.Expr) -> pl.Expr:
    """Day of a cell, or null."""
    return cell.map_batches(lambda cells: judge_dates(cells).clean["day"], return_dtype=pl.Date)


def clean_birthday(cell: pl.Expr) -> pl.Expr:
    """Day of birth, or null when the year is not one of a living adult's."""
    return cell.map_batches(lambda cells: judge_dates(cells, BIRTH_YEARS).clean["day"], return_dtype=pl.Date)


def clean_moment(cell: pl.Expr, time_zone: str) -> pl.Expr:
    """UTC moment of a cell that is written in `time_zone`; midnight when it has no time.

    An hour that the clocks repeated takes the earlier reading; one that they skipped is no moment.
    """
    local = cell.map_batches(_local_moments, return_dtype=pl.Datetime("us"))
    return local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def is_no_date(cell: pl.Expr) -> pl.Expr:
    """The cell says "no date" in one of 1C's ways (which is no mistake)."""
    return cell.str.contains(_NO_DATE)


def judge_dates(cells: pl.Series, years: tuple[int, int] = YEARS) -> Judged:
    """`day`: the day of each cell, null when there is none or its year is out of `years` (first and last)."""
    day = cells.str.slice(0, 10).str.to_date(USUAL_DATE, strict=False)
    unusual = (day.is_null() | (day.dt.year() < 1000)) & (cells != "")  # %Y also takes «96», and « 05.07.199»
    rest = _unusual(cells.filter(unusual))
    day = patch(day, unusual, rest["day"])
    early, future = ((day.dt.year() < years[0]).fill_null(False), (day.dt.year() > years[1]).fill_null(False))
    none = patch(nowhere(len(cells)), early, cells.filter(early).str.contains(_NO_DATE))
    none = patch(none, unusual, rest["none"])
    old = early & ~none
    at = unusual.arg_true()
    notes = notes_where({
        "empty_of_1c": none,
        "too_old": old,
        "future": future,
        "not_a_date": unusual & day.is_null() & ~none,
        "excel_serial": mask_of(at.filter(rest["serial"]), len(cells)),
        "two_digit_year": mask_of(at.filter(rest["two_digits"]), len(cells)),
    })  # fmt: skip
    return Judged(pl.DataFrame({"day": day.set(old | future | none, None)}), notes)


def _unusual(cells: pl.Series) -> pl.DataFrame:
    """`day`, and which cells say that there is none, hold a serial number or a year of two digits."""
    text = pl.col("cell").str.strip_chars()
    first, year_first, short = (text.str.extract_groups(p) for p in (_DAY_FIRST, _YEAR_FIRST, _TWO_DIGITS))
    yy = short.struct["3"].cast(pl.Int32)
    century = pl.when(yy <= FAR_YEAR).then(2000).otherwise(1900)
    serial = text.str.extract(_SERIAL).cast(pl.Int32)
    day = pl.coalesce(
        _day(first.struct["3"], first.struct["2"], first.struct["1"]),
        _day(year_first.struct["1"], year_first.struct["2"], year_first.struct["3"]),
        _day((yy + century).cast(pl.String), short.struct["2"], short.struct["1"]),
        pl.date(1899, 12, 30) + pl.duration(days=serial),
    )
    none = pl.col("cell").str.contains(_NO_DATE)
    return cells.rename("cell").to_frame().select(
        pl.when(~none).then(day).alias("day"),
        none.alias("none"),
        serial.is_not_null().alias("serial"),
        (yy.is_not_null() & day.is_not_null()).alias("two_digits"),
    )  # fmt: skip


def _day(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    return pl.concat_str(day, month, year, separator=".").str.to_date(USUAL_DATE, strict=False)


def _local_moments(cells: pl.Series) -> pl.Series:
    moment = cells.str.to_datetime(USUAL_MOMENT, strict=False, time_unit="us")
    moment = moment.set(~moment.dt.year().is_between(*YEARS), None)
    unusual = moment.is_null() & (cells != "")
    rest = cells.filter(unusual)
    frame = pl.DataFrame({"cell": rest, "day": judge_dates(rest).clean["day"]})
    time = pl.col("cell").str.extract(_TIME).str.splitn(":", 3)
    part = [time.struct.field(f"field_{i}").cast(pl.Int64, strict=False).fill_null(0) for i in range(3)]
    fraction = pl.col("cell").str.strip_chars().str.extract(_SERIAL, 2)
    seconds = pl.coalesce(
        (("0." + fraction).cast(pl.Float64) * 86400).round().cast(pl.Int64), part[0] * 3600 + part[1] * 60 + part[2]
    )
    slow = pl.col("day").cast(pl.Datetime("us")) + pl.duration(
        seconds=pl.when(seconds < 86400).then(seconds).otherwise(0)
    )
    return patch(moment, unusual, frame.select(slow).to_series())
