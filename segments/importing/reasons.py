"""Why a row or a cell did not get in: the words of `RejectedRow.reason`."""

from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

REASONS = {
    "wrong_cells": _("more or fewer cells than the header"),
    "bad_text": _("some letters are damaged: their bytes are no text in the encoding of the file"),
    "long_cell": _("a cell is longer than 100,000 characters"),
    "no_code": _("no code of the card"),
    "long_code": _("the code is too long"),
    "repeated": _("the same code stands higher up in this file"),
    "test_card": _("a test or till card, not a person"),
    "empty_card": _("neither a name nor a phone nor an e-mail"),
    "no_number": _("no number of the document"),
    "bad_date": _("the date cannot be read"),
    "unknown_kind": _("unknown kind of document"),
    "bad_phone": _("the phone cannot be read"),
    "bad_email": _("the e-mail cannot be read"),
    "bad_sum": _("the sum cannot be read"),
    "bad_vin": _("the VIN cannot be read"),
}
COLUMNS: Any = {
    "line": pl.Int64,
    "column": pl.String,
    "reason": pl.String,
    "whole_row": pl.Boolean,
    "raw": pl.String,
}


def refusal(rows: pl.DataFrame, column: str, reason: pl.Expr, *, whole_row: bool = True) -> pl.DataFrame:
    """`rows` (with `line` and `raw`) as refused: whole, or only the cell of the field `column`."""
    return rows.select(
        "line", pl.lit(column).alias("column"), reason.alias("reason"), pl.lit(whole_row).alias("whole_row"), "raw"
    ).cast(COLUMNS)


def none_refused() -> pl.DataFrame:
    return pl.DataFrame(schema=COLUMNS)
