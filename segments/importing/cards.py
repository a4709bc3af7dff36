"""Rows of a cards file → clean cards, their contact points, and what was refused."""

import hashlib
from typing import NamedTuple

import polars as pl

from segments.cleaning.dates import clean_birthday, clean_date, is_no_date
from segments.cleaning.emails import NOTHING as NO_EMAIL
from segments.cleaning.emails import clean_emails
from segments.cleaning.names import clean_names
from segments.cleaning.phones import JUNK, clean_phones
from segments.cleaning.phones import NOTHING as NO_PHONE
from segments.cleaning.words import clean_consent, clean_sex, spelling
from segments.importing.reasons import refusal

VERSION = "1"  # part of every content hash: raise it when cleaning changes what comes out of the same cells
LONGEST_CODE = 64


class CleanCards(NamedTuple):
    """`cards`: line, code, names, birth_date, sex, city, centre, created_on, consent, raw, content_hash (hex);
    `contacts`: line, kind, value, position; `refused`: see `reasons.refusal`."""

    cards: pl.DataFrame
    contacts: pl.DataFrame
    refused: pl.DataFrame


def content_hash(frame: pl.DataFrame) -> pl.Series:
    """SHA-256 (hex) of the mapped cells of each row."""
    cells = frame.select(pl.concat_str(pl.lit(VERSION), pl.exclude("line"), separator="\x1f")).to_series()
    return pl.Series("content_hash", [hashlib.sha256(row.encode()).hexdigest() for row in cells], dtype=pl.String)


def clean_cards(fields: pl.DataFrame, raw: pl.Series) -> CleanCards:
    """`fields` are text columns by field (`mapping.fields_of`) with a good `code`; `raw` their cells as JSON."""
    name = pl.concat_str("name", "last_name", "first_name", "middle_name", separator=" ").str.strip_chars()
    names = clean_names(fields.select(name.alias("name")).to_series())
    phones, emails = clean_phones(fields["phone"]), clean_emails(fields["email"])
    contacts = pl.concat([
        phones.select("row", pl.lit("phone").alias("kind"), pl.col("phone").alias("value"), "position"),
        emails.select("row", pl.lit("email").alias("kind"), pl.col("email").alias("value"), "position"),
    ])  # fmt: skip
    cards = fields.select(
        "line",
        "code",
        names["last_name"], names["first_name"], names["middle_name"], names["company"],
        pl.coalesce(pl.when(clean_sex(pl.col("sex")) != "").then(clean_sex(pl.col("sex"))), names["sex"]).alias("sex"),
        clean_birthday(pl.col("birth_date")).alias("birth_date"),
        spelling(pl.col("city")).alias("city"),
        pl.col("centre"),
        clean_date(pl.col("created_on")).alias("created_on"),
        clean_consent(pl.col("consent")).alias("consent"),
        raw.alias("raw"),
        names["nobody"],
    ).with_row_index("row")  # fmt: skip
    cards = cards.with_columns(_whole_row_reason(contacts).alias("reason"))
    bad = cards.filter(pl.col("reason").is_not_null())
    cells = _refused_cells(fields.with_columns(raw.alias("raw")).with_row_index("row"), cards, phones, emails)
    refused = pl.concat(
        [refusal(bad, "", pl.col("reason")), cells.filter(~pl.col("line").is_in(bad["line"].implode()))]
    )
    good = cards.filter(pl.col("reason").is_null())
    contacts = contacts.join(good.select("row", "line"), on="row").select("line", "kind", "value", "position")
    return CleanCards(good.drop("row", "nobody", "reason"), contacts, refused)


def _whole_row_reason(contacts: pl.DataFrame) -> pl.Expr:
    nameless = pl.concat_str("last_name", "first_name", "company") == ""
    reachable = pl.col("row").is_in(contacts["row"].unique().implode())
    return pl.when("nobody").then(pl.lit("test_card")).when(nameless & ~reachable).then(pl.lit("empty_card"))


def _refused_cells(
    fields: pl.DataFrame, cards: pl.DataFrame, phones: pl.DataFrame, emails: pl.DataFrame
) -> pl.DataFrame:
    """Cells that hold something and gave nothing; «нет» and 1C's empty dates are no mistake."""
    digits = pl.col("phone").str.replace_all(r"\D", "")
    no_phone = fields.filter(
        ~pl.col("phone").str.contains(NO_PHONE)
        & ~digits.str.contains(JUNK)
        & ~pl.col("row").is_in(phones["row"].unique().implode())
    )
    no_email = fields.filter(
        ~pl.col("email").str.contains(NO_EMAIL) & ~pl.col("row").is_in(emails["row"].unique().implode())
    )
    birthday = pl.col("birth_date")
    no_birthday = fields.filter((birthday != "") & ~is_no_date(birthday)).join(
        cards.filter(pl.col("birth_date").is_null()).select("row"), on="row", how="semi"
    )
    return pl.concat(
        refusal(frame, field, pl.lit(reason), whole_row=False)
        for frame, field, reason in (
            (no_phone, "phone", "bad_phone"),
            (no_email, "email", "bad_email"),
            (no_birthday, "birth_date", "bad_date"),
        )
    )
