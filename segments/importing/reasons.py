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
    "erased": _("the person was erased on request"),
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
    "no_vin": _("neither a VIN nor a stock number"),
    "same_car": _("the same car stands higher up in this file"),
    "no_centre": _("no dealer centre"),
    "bad_number": _("the number of visitors cannot be read"),
    "same_day": _("the same centre and day stand higher up in this file"),
    "no_address": _("neither a phone nor an e-mail that can be read"),
    "unknown_channel": _("unknown channel: all channels are stopped"),
}
# What cleaning says of cells that it changed, marked or refused (`segments.cleaning.notes`).
NOTES = {
    "formatted": _("written in another way"),
    "several": _("several in one cell"),
    "excel_number": _("Excel made a number of it"),
    "case": _("capital and small letters"),
    "yo": _("е instead of ё"),
    "spaces": _("spaces inside"),
    "comma": _("decimal comma"),
    "currency": _("the currency beside it"),
    "empty_of_1c": _("1C’s empty date"),
    "letter_for_digit": _("a letter in place of a digit"),
    "host_mended": _("mistyped mail service, corrected"),
    "order": _("first name before the last name"),
    "look_alikes": _("letters of another alphabet"),
    "remark": _("a remark in the name, taken out"),
    "excel_serial": _("a date as Excel’s number of days"),
    "two_digit_year": _("a year of two digits"),
    "foreign": _("a number of another country"),
    "landline": _("a landline: no SMS"),
    "role": _("an address of an office, not of a person"),
    "initials": _("initials only"),
    "company_contact": _("a company and its contact person"),
    "not_in_dictionary": _("not in the dictionary of names: not used in greetings"),
    "refuses_contact": _("asks not to be called or written to"),
    "check_digit": _("the check digit does not match: a slip is possible"),
    "body_number": _("a body number in place of a VIN"),
    "lost_digit": _("a digit is missing"),
    "junk": _("typed to get past the field"),
    "not_a_phone": _("not a phone number"),
    "scientific": _("Excel rounded it: digits are lost"),
    "nonsense": _("nobody’s address"),
    "not_an_address": _("not an e-mail address"),
    "not_a_name": _("not a name"),
    "not_a_date": _("not a date"),
    "future": _("too late a year"),
    "too_old": _("too early a year"),
    "not_a_sum": _("not a sum"),
    "suspect_letters": _("I, O or Q, which a VIN never has"),
    "not_a_vin": _("not a VIN"),
    "not_a_plate": _("not a plate"),
    "unknown_word": _("an unknown word"),
}
COLUMNS: Any = {
    "line": pl.Int64,
    "column": pl.String,
    "reason": pl.String,
    "whole_row": pl.Boolean,
    "raw": pl.String,
}


def refusal(rows: pl.DataFrame, column: str, reason: pl.Expr, *, whole_row: bool = True) -> pl.DataFrame:
    """`rows` (with `line` and `raw`: cells by header, or JSON) as refused: whole, or only the cell of the field
    `column`."""
    raw = pl.col("raw")
    return rows.select(
        "line",
        pl.lit(column).alias("column"),
        reason.alias("reason"),
        pl.lit(whole_row).alias("whole_row"),
        raw.struct.json_encode() if rows.schema["raw"] == pl.Struct else raw,
    ).cast(COLUMNS)
