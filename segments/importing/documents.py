"""Rows of a documents file → clean interactions."""

import polars as pl

from segments.cleaning.dates import clean_moment
from segments.cleaning.sums import clean_sum
from segments.cleaning.vehicles import clean_plate, clean_vin, clean_year
from segments.cleaning.words import clean_condition, spelling
from segments.importing.reasons import refusal
from segments.models.history import Interaction

Kind, Line = Interaction.Kind, Interaction.Line

# How sources call the kinds of documents (`words.spelling`).
KINDS = {
    "продажа автомобиля": Kind.SALE, "продажа": Kind.SALE, "реализация автомобиля": Kind.SALE, "sale": Kind.SALE,
    "заказ-наряд": Kind.SERVICE, "заказ наряд": Kind.SERVICE, "сервис": Kind.SERVICE, "ремонт": Kind.SERVICE,
    "то": Kind.SERVICE, "сводный ремонтный заказ": Kind.SERVICE, "service": Kind.SERVICE,
    "посещение": Kind.VISIT, "визит": Kind.VISIT, "трафик": Kind.VISIT, "visit": Kind.VISIT,
    "выкуп автомобиля": Kind.BUYOUT, "выкуп": Kind.BUYOUT, "трейд-ин": Kind.BUYOUT, "buyout": Kind.BUYOUT,
    "страхование": Kind.INSURANCE, "каско": Kind.INSURANCE, "осаго": Kind.INSURANCE, "полис": Kind.INSURANCE,
    "запись": Kind.BOOKING, "предварительная запись": Kind.BOOKING, "тест-драйв": Kind.BOOKING,
    "звонок": Kind.CALL,
}  # fmt: skip
LINES = {Kind.SERVICE: Line.SERVICE, Kind.INSURANCE: Line.INSURANCE, Kind.BUYOUT: Line.USED}
LONGEST = {"external_key": 80, "number": 40, "status": 20, "reason": 120, "card_code": 64}


def keyed(fields: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Adds `interaction_kind`, `happened_at`, `external_key` and, for a row that is no document, `refusal_reason`.

    The key is the source's own identifier, else number and year: 1C renumbers every year, and a date corrected
    within its year is the same document.
    """
    frame = fields.with_columns(
        spelling(pl.col("kind")).replace_strict(KINDS, default=None, return_dtype=pl.String).alias("interaction_kind"),
        clean_moment(pl.col("date"), time_zone).alias("happened_at"),
    )
    year = pl.col("happened_at").dt.convert_time_zone(time_zone).dt.year().cast(pl.String)
    key = pl.when(pl.col("key") != "").then("key").otherwise(pl.concat_str("number", pl.lit("/"), year))
    nameless = (pl.col("number") == "") & (pl.col("key") == "")
    return frame.with_columns(
        key.str.slice(0, LONGEST["external_key"]).alias("external_key"),
        pl.when(nameless).then(pl.lit("no_number"))
        .when(pl.col("interaction_kind").is_null()).then(pl.lit("unknown_kind"))
        .when(pl.col("happened_at").is_null()).then(pl.lit("bad_date"))
        .alias("refusal_reason"),
    )  # fmt: skip


def clean_documents(frame: pl.DataFrame) -> pl.DataFrame:
    """`keyed` rows → columns of Interaction and Vehicle, dictionary words still as words."""
    kind = pl.col("interaction_kind")
    condition = clean_condition(pl.col("condition"))
    by_kind = kind.replace_strict({k.value: v.value for k, v in LINES.items()}, default="", return_dtype=pl.String)
    deal = kind.is_in([Kind.SALE.value, Kind.VISIT.value])
    return frame.select(
        "line", "external_key", "content_hash", "interaction_id", "happened_at", "brand", "model", "centre",
        "salesperson",
        kind.alias("kind"),
        pl.when(deal).then(condition).otherwise(by_kind).alias("business_line"),
        pl.when(deal).then(condition).otherwise(pl.lit("")).alias("condition"),
        *(pl.col(name).str.slice(0, LONGEST[name]).alias(name) for name in ("number", "status", "reason", "card_code")),
        clean_sum(pl.col("amount")).alias("amount"),
        clean_sum(pl.col("margin")).alias("margin"),
        clean_vin(pl.col("vin")).alias("vin"),
        clean_plate(pl.col("plate")).alias("plate"),
        clean_year(pl.col("year")).alias("year"),
    )  # fmt: skip


def refused_cells(frame: pl.DataFrame, clean: pl.DataFrame) -> pl.DataFrame:
    """Sums and VINs that hold something and gave nothing; `frame` has `raw` and the rows of `clean`."""
    no_sum = frame.filter((pl.col("amount") != "") & clean["amount"].is_null())
    no_vin = frame.filter((pl.col("vin") != "") & (clean["vin"] == ""))
    return pl.concat([
        refusal(no_sum, "amount", pl.lit("bad_sum"), whole_row=False),
        refusal(no_vin, "vin", pl.lit("bad_vin"), whole_row=False),
    ])  # fmt: skip
