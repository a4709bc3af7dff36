"""Cells that hold one of a few words: consent, sex, condition; and the key by which dictionaries are asked."""

import polars as pl

YES = ["да", "1", "true", "истина", "yes", "+", "согласен", "согласна", "есть"]
NO = ["нет", "0", "false", "ложь", "no", "-", "отказ", "не согласен", "не согласна"]
SEX = {"м": "m", "муж": "m", "мужской": "m", "ж": "f", "жен": "f", "женский": "f"}
CONDITION = {"новый": "new", "новая": "new", "new": "new", "с пробегом": "used", "б/у": "used", "used": "used"}


def spelling(cell: pl.Expr) -> pl.Expr:
    """How dictionaries know a value: lower case, trimmed, single spaces, ё → е."""
    return (
        cell.str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase().str.replace_all("ё", "е", literal=True)
    )


def clean_consent(cell: pl.Expr) -> pl.Expr:
    """True, False, or null: an empty or unknown word is not consent."""
    word = spelling(cell)
    return pl.when(word.is_in(YES)).then(True).when(word.is_in(NO)).then(False)


def clean_sex(cell: pl.Expr) -> pl.Expr:
    return spelling(cell).str.strip_chars(".").replace_strict(SEX, default="", return_dtype=pl.String)


def clean_condition(cell: pl.Expr) -> pl.Expr:
    return spelling(cell).replace_strict(CONDITION, default="", return_dtype=pl.String)
