"""Sums of money: «1 032 000,00» with any space, «1155000», «36 500,00 руб.»."""

import polars as pl

LARGEST = 10**11


def clean_sum(cell: pl.Expr) -> pl.Expr:
    """Roubles as Decimal(14, 2), or null."""
    text = cell.str.to_lowercase().str.replace_all(r"[\s'’]|руб\.?|р\.|₽", "").str.replace(",", ".", literal=True)
    number = pl.when(text.str.contains(r"^-?\d{1,11}(?:\.\d+)?$")).then(text).cast(pl.Decimal(14, 2), strict=False)
    return pl.when(number.abs() < LARGEST).then(number)
