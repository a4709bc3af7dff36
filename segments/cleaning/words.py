"""Cells that hold one of a few words: consent, sex, condition; and the key by which dictionaries are asked."""

from collections.abc import Callable

import polars as pl

from segments.cleaning.notes import Judged, notes_where

YES = [
    "да", "1", "true", "истина", "yes", "y", "д", "+", "согласен", "согласна", "есть", "получено", "подписано", "дано",
    "не возражаю", "не против", "согласие получено", "разрешено",
]  # fmt: skip
NO = [
    "нет", "0", "false", "ложь", "no", "n", "н", "-", "отказ", "отказался", "отказалась", "не согласен",
    "не согласна", "против", "возражаю", "отозвано", "отзыв", "запрещено", "не получено", "не дано", "не подписано",
]  # fmt: skip
SEX = {"м": "m", "муж": "m", "мужской": "m", "ж": "f", "жен": "f", "женский": "f"}
CONDITION = {"новый": "new", "новая": "new", "new": "new", "с пробегом": "used", "б/у": "used", "used": "used"}


def spelling(cell: pl.Expr) -> pl.Expr:
    """How dictionaries know a value: lower case, trimmed, single spaces, ё → е."""
    return (
        cell.str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase().str.replace_all("ё", "е", literal=True)
    )


def by_distinct(cells: pl.Series, clean: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """`clean` of a column of few distinct values, asked once for each of them."""
    distinct = cells.unique()
    meant = distinct.to_frame("cell").select(clean(pl.col("cell"))).to_series()
    if not len(cells):  # polars keeps their type then, whatever `clean` makes of them
        return meant
    return cells.replace_strict(distinct, meant)


def clean_consent(cell: pl.Expr) -> pl.Expr:
    """True, False, or null: an empty or unknown word is not consent."""
    word = spelling(cell).str.strip_chars(" .!")
    return pl.when(word.is_in(YES)).then(True).when(word.is_in(NO)).then(False)


def judge_consents(cells: pl.Series) -> Judged:
    """`consent`: True, False or null; a word that nobody knows is told of."""
    consent = by_distinct(cells, clean_consent)
    return Judged(pl.DataFrame({"consent": consent}), notes_where({"unknown_word": consent.is_null() & (cells != "")}))


def clean_sex(cell: pl.Expr) -> pl.Expr:
    return spelling(cell).str.strip_chars(".").replace_strict(SEX, default="", return_dtype=pl.String)


def clean_condition(cell: pl.Expr) -> pl.Expr:
    return spelling(cell).replace_strict(CONDITION, default="", return_dtype=pl.String)
