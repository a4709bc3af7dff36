"""Sums of money: «1 032 000,00» with any space, «1155000», «36 500,00 руб.», «1,032,000.00»."""

import polars as pl

from segments.cleaning.notes import Judged, notes_where, patch

LARGEST = 10**11
NUMBER = r"^-?[0-9]{1,11}(?:\.[0-9]+)?$"
_PLAIN = {" ": "", "\u00a0": "", ",": "."}
_CURRENCY = r"[\s'’\u202f\u2009]|рублей|руб\.?|р\.|₽|rub"
_THOUSANDS = r"^-?[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.[0-9]+)?$|^-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+$"


def clean_sum(cell: pl.Expr) -> pl.Expr:
    """Roubles as Decimal(14, 2), or null."""
    return cell.map_batches(lambda cells: judge_sums(cells).clean["sum"], return_dtype=pl.Decimal(14, 2))


def judge_sums(cells: pl.Series) -> Judged:
    """`sum`: roubles as Decimal(14, 2), or null; kopecks are rounded."""
    text = cells.str.replace_many(_PLAIN)
    odd = ~text.str.contains(NUMBER) & (cells != "")
    text = patch(text, odd, _odd(cells.filter(odd)))
    good = text.str.contains(NUMBER)
    number = text.set(~good, None).cast(pl.Decimal(14, 2), strict=False)
    filled = cells != ""
    notes = notes_where({
        "spaces": filled & good & cells.str.contains(r"[\s\u00a0]"),
        "comma": filled & good & cells.str.contains(",", literal=True),
        "currency": odd & good,
        "not_a_sum": filled & number.is_null(),
    })  # fmt: skip
    return Judged(pl.DataFrame({"sum": number}), notes)


def _odd(cells: pl.Series) -> pl.Series:
    text = cells.str.to_lowercase().str.replace_all(_CURRENCY, "")
    thousands = text.str.contains(_THOUSANDS)
    text = patch(text, thousands, text.filter(thousands).str.replace_all(",", "", literal=True))
    return text.str.replace(",", ".", literal=True)
