"""Months as people write them: «05.2026», «2026-05», «май 2026», or any day of it."""

import re
from datetime import date

import polars as pl

from segments.cleaning.dates import clean_date

NAMES = (
    "янв",
    "фев",
    "мар",
    "апр",
    "ма",
    "июн",
    "июл",
    "авг",
    "сен",
    "окт",
    "ноя",
    "дек",
)  # beginnings; "мар" is asked before "ма"
_DIGITS = re.compile(r"(?P<month>\d{1,2})[./-](?P<year>\d{4})|(?P<year_first>\d{4})[./-](?P<month_last>\d{1,2})")
_WORDS = re.compile(r"(?P<name>[а-я]{3,8})\.?\s+(?P<year>\d{4})(?:\s*г\.?|\s*года?)?")
FIRST_YEAR, LAST_YEAR = 2000, 2100


def read(text: str) -> date | None:
    """Its first day; None when it is no month."""
    text = text.strip().lower()
    if found := _DIGITS.fullmatch(text):
        return _first(found["year"] or found["year_first"], int(found["month"] or found["month_last"]))
    if found := _WORDS.fullmatch(text):
        number = next((n for n, name in enumerate(NAMES, start=1) if found["name"].startswith(name)), 0)
        return _first(found["year"], number)
    day = pl.DataFrame({"day": [text]}).select(clean_date(pl.col("day"))).item()
    return day.replace(day=1) if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def later(month: date, by: int) -> date:
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def _first(year: str, month: int) -> date | None:
    return date(int(year), month, 1) if 1 <= month <= 12 and FIRST_YEAR <= int(year) <= LAST_YEAR else None
