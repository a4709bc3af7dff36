"""Phones → E.164. A column regex takes the Russian numbers; `phonenumbers` decides on the unique leftovers.

The fast pattern is built from the library's own metadata, so that both say the same of every input.
"""

import re
from typing import Any

import phonenumbers
import polars as pl
from phonenumbers import PhoneMetadata

_RUSSIA: Any = PhoneMetadata.metadata_for_region("RU")
_MOBILE: str = _RUSSIA.mobile.national_number_pattern
_FIXED: str = _RUSSIA.fixed_line.national_number_pattern
WITH_PREFIX = rf"^(?:\+7|7|8)((?:{_MOBILE}|{_FIXED}))(?:\.0)?$"  # «.0»: Excel made a number of it
BARE_MOBILE = rf"^({_MOBILE})(?:\.0)?$"

SEVERAL = r"[,;/\n\r|]| и "
# Words like «нет» in a phone cell are an empty cell, not a mistake.
NOTHING = r"^[^0-9]*$"
# «9999999999», «89111111111»: seven or more of one digit at the end is nobody's number.
JUNK = "(?:" + "|".join(f"{digit}{{7,}}" for digit in range(10)) + ")$"

# «т. 8960…(моб)»: words around a number say nothing about it.
AROUND = r"(?i)[\s()\-]|^\s*(?:т|тел|моб|сот|раб|дом)[.:]*|(?:моб|сот|раб|дом)\.?\)?\s*$"
_WORDS = re.compile(r"[^\d+()\-\s]+")
_OH = re.compile(r"(?<=[\d\s()+\-])[ОоOo](?=[\d\s()\-]|$)|^[ОоOo](?=\d)")


def clean_phones(cells: pl.Series) -> pl.DataFrame:
    """All numbers of a column of cells, which may hold several: `row, position, phone`.

    `row` counts from 0; a cell without a usable number has no row in the answer.
    """
    parts = _split(cells)
    parts = parts.with_columns(pl.col("cell").str.replace_all(AROUND, "").alias("digits"))
    parts = parts.with_columns(
        pl.coalesce(pl.col("digits").str.extract(WITH_PREFIX, 1), pl.col("digits").str.extract(BARE_MOBILE, 1)).alias(
            "national"
        )
    )
    rest = parts.filter(pl.col("national").is_null())["cell"].unique().to_list()
    parsed = pl.DataFrame(
        {"cell": rest, "parsed": [parse_phone(cell) for cell in rest]},
        schema={"cell": pl.String, "parsed": pl.String},
    )
    phones = parts.join(parsed, on="cell", how="left", maintain_order="left").select(
        "row", pl.coalesce("+7" + pl.col("national"), "parsed").alias("phone")
    )
    phones = phones.filter(pl.col("phone").is_not_null() & ~pl.col("phone").str.contains(JUNK))
    return phones.unique(maintain_order=True).select(
        "row", pl.int_range(pl.len(), dtype=pl.Int16).over("row").alias("position"), "phone"
    )


def _split(cells: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame({"row": pl.int_range(len(cells), dtype=pl.UInt32, eager=True), "cell": cells})
    frame = frame.filter(~pl.col("cell").str.contains(NOTHING))
    several = frame["cell"].str.contains(SEVERAL)
    many = frame.filter(several).with_columns(pl.col("cell").str.replace_all(SEVERAL, "\n").str.split("\n"))
    many = many.explode("cell").filter(~pl.col("cell").str.contains(NOTHING))
    return pl.concat([frame.filter(~several), many]).sort("row", maintain_order=True)


def parse_phone(cell: str) -> str | None:
    """One number as `phonenumbers` reads it in Russia, after mending what typists do; None when invalid."""
    text = " ".join(cell.split()).removesuffix(".0")
    text = _OH.sub("0", text)
    if text.startswith("+8") and len(re.sub(r"\D", "", text)) == 11:
        text = "+7" + text[2:]
    return _valid(text) or _valid(_WORDS.sub(" ", text))


def _valid(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
