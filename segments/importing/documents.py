"""Rows of a documents file → clean interactions."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from segments.cleaning.dates import clean_moment
from segments.cleaning.notes import Judged, Quality, quality
from segments.cleaning.sums import judge_sums
from segments.cleaning.vehicles import clean_year, judge_plates, judge_vins
from segments.cleaning.words import by_distinct, clean_condition, spelling
from segments.importing.details import booking_of
from segments.importing.reasons import refusal
from segments.models.history import Interaction

Kind, Line = Interaction.Kind, Interaction.Line

# How sources call the kinds of documents (`words.spelling`): what the value table begins with.
KINDS = {
    "продажа автомобиля": Kind.SALE, "продажа": Kind.SALE, "реализация автомобиля": Kind.SALE, "реализация автомобилей": Kind.SALE, "sale": Kind.SALE,
    "заказ-наряд": Kind.SERVICE, "заказ наряд": Kind.SERVICE, "сервис": Kind.SERVICE, "ремонт": Kind.SERVICE,
    "то": Kind.SERVICE, "сводный ремонтный заказ": Kind.SERVICE, "service": Kind.SERVICE,
    "посещение": Kind.VISIT, "визит": Kind.VISIT, "трафик": Kind.VISIT, "visit": Kind.VISIT,
    "выкуп автомобиля": Kind.BUYOUT, "выкуп": Kind.BUYOUT, "трейд-ин": Kind.BUYOUT, "buyout": Kind.BUYOUT,
    "страхование": Kind.INSURANCE, "каско": Kind.INSURANCE, "осаго": Kind.INSURANCE, "полис": Kind.INSURANCE,
    "запись": Kind.BOOKING, "предварительная запись": Kind.BOOKING, "тест-драйв": Kind.BOOKING,
    "запись на тест-драйв": Kind.BOOKING, "запись в салон": Kind.BOOKING, "запись на сервис": Kind.BOOKING,
    "запись на то": Kind.BOOKING, "запись на ремонт": Kind.BOOKING, "бронирование": Kind.BOOKING,
    "посещение салона": Kind.VISIT, "визит в салон": Kind.VISIT, "рабочий лист": Kind.VISIT,
    "звонок": Kind.CALL,
}  # fmt: skip
LINES = {Kind.SERVICE: Line.SERVICE, Kind.INSURANCE: Line.INSURANCE, Kind.BUYOUT: Line.USED}
# Kinds that may be nobody's: who walked in or rang up without a name.
NAMELESS = [Kind.VISIT.value, Kind.BOOKING.value, Kind.CALL.value]
LONGEST = {"external_key": 80, "number": 40, "status": 20, "reason": 120, "card_code": 64}


class CleanDocuments(NamedTuple):
    """`documents`: columns of Interaction and Vehicle, and: `vin_suggestion`, the VIN that a cell with I, O or Q
    probably means; `body_number`, which a car made for Japan has in place of a VIN. `notes`: by field, what
    `cleaning.notes` says of its cells. `refused`: see `reasons.refusal`. `quality`: by field, see
    `cleaning.notes.Quality`."""

    documents: pl.DataFrame
    notes: dict[str, pl.DataFrame]
    refused: pl.DataFrame
    quality: Quality


def keyed(fields: pl.DataFrame, time_zone: str, kinds: Mapping[str, str] = KINDS) -> pl.DataFrame:
    """Adds `interaction_kind`, `happened_at`, `external_key` and, for a row that is no document, `refusal_reason`.

    The key is the source's own identifier, else number and year: 1C renumbers every year, and a date corrected
    within its year is the same document. `kinds`: spelling → kind.
    """
    kind = by_distinct(
        fields["kind"], lambda cell: spelling(cell).replace_strict(dict(kinds), default=None, return_dtype=pl.String)
    )
    frame = fields.with_columns(
        kind.alias("interaction_kind"),
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
        .when((pl.col("card_code") == "") & ~pl.col("interaction_kind").is_in(NAMELESS)).then(pl.lit("no_code"))
        .alias("refusal_reason"),
    )  # fmt: skip


def clean_documents(frame: pl.DataFrame) -> pl.DataFrame:
    """The documents of `judge_documents`."""
    return judge_documents(frame).documents


def judge_documents(frame: pl.DataFrame) -> CleanDocuments:
    """`keyed` rows (with `raw`) → columns of Interaction and Vehicle, dictionary words still as words."""
    judged = {
        "amount": judge_sums(frame["amount"]),
        "margin": judge_sums(frame["margin"]),
        "vin": judge_vins(frame["vin"]),
        "plate": judge_plates(frame["plate"]),
    }
    notes = {field: kernel.notes for field, kernel in judged.items()}
    documents = _documents(frame, judged)
    return CleanDocuments(
        documents,
        notes,
        refused_cells(frame, documents),
        {field: quality(notes[field], _given(documents[field])) for field in judged},
    )


def _documents(frame: pl.DataFrame, judged: dict[str, Judged]) -> pl.DataFrame:
    kind = pl.col("interaction_kind")
    by_kind = kind.replace_strict({k.value: v.value for k, v in LINES.items()}, default="", return_dtype=pl.String)
    deal = kind.is_in([Kind.SALE.value, Kind.VISIT.value])
    condition = by_distinct(frame["condition"], clean_condition)
    at_service = (kind == Kind.BOOKING.value) & (booking_of(pl.col("kind")) == "service")
    vins = judged["vin"].clean
    return frame.select(
        "line", "external_key", "content_hash", "interaction_id", "happened_at", "brand", "model", "centre",
        "salesperson",
        kind.alias("kind"), pl.col("kind").alias("operation"),
        pl.when(deal).then(condition).when(at_service).then(pl.lit(Line.SERVICE.value)).otherwise(by_kind)
        .alias("business_line"),
        pl.when(deal).then(condition).otherwise(pl.lit("")).alias("condition"),
        *(pl.col(name).str.slice(0, LONGEST[name]).alias(name) for name in ("number", "status", "reason", "card_code")),
        judged["amount"].clean["sum"].alias("amount"),
        judged["margin"].clean["sum"].alias("margin"),
        vins["vin"], vins["body_number"],
        vins["suggestion"].alias("vin_suggestion"),
        judged["plate"].clean["plate"],
        by_distinct(frame["year"], clean_year).alias("year"),
    )  # fmt: skip


def _given(values: pl.Series) -> pl.Series:
    given = values.is_not_null()
    return (given & (values != "") if values.dtype == pl.String else given).arg_true()


def refused_cells(frame: pl.DataFrame, clean: pl.DataFrame) -> pl.DataFrame:
    """Sums and VINs that hold something and gave nothing; `frame` has `raw` and the rows of `clean`.

    A body number is no mistake.
    """
    no_sum = frame.filter((pl.col("amount") != "") & clean["amount"].is_null())
    no_vin = frame.filter((pl.col("vin") != "") & (clean["vin"] == "") & (clean["body_number"] == ""))
    return pl.concat([
        refusal(no_sum, "amount", pl.lit("bad_sum"), whole_row=False),
        refusal(no_vin, "vin", pl.lit("bad_vin"), whole_row=False),
    ])  # fmt: skip
