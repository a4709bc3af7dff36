"""Words of a file → ids of the dictionaries. What a dictionary of spellings lacks is reported, never guessed."""

from typing import Any, NamedTuple

import polars as pl

from segments.cleaning.words import spelling
from segments.importing.copying import fetch

SPELLINGS = {
    "brand": "SELECT spelling, brand_id FROM segments_brandspelling",
    "city": "SELECT spelling, city_id FROM segments_cityspelling",
}
NAMES = {
    "centre": (
        "segments_centre",
        "INSERT INTO segments_centre (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
    ),
    "salesperson": (
        "segments_salesperson",
        "INSERT INTO segments_salesperson (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
    ),
}
NEW_MODELS = """
INSERT INTO segments_carmodel (brand_id, name, car_class)
SELECT brand_id, name, '' FROM unnest(%s::bigint[], %s::text[]) AS m (brand_id, name) ON CONFLICT DO NOTHING
"""
MODELS = "SELECT brand_id, name, id FROM segments_carmodel"
BRAND_WORDS = 3  # of the longest brands: «Great Wall Motors»
LONGEST_WORD, LONGEST_EXAMPLE = 80, 200
LONGEST = {"centre": 120, "salesperson": 120, "model": 80}


class Words(NamedTuple):
    """Unknown words: how many rows had each, and one place of it."""

    rows: dict[str, int]
    examples: dict[str, str]


# What of a row shows where an unknown word stood, and the column that names the row.
EXAMPLES = {"brand": ("brand", "model"), "city": ("city",), "operation": ("kind",)}
ROW_NAMES = ("code", "number", "external_key")


def strange_words(kind: str, frame: pl.DataFrame) -> Words:
    """The words in the column `word` of these rows, with their number of rows and an example of each."""
    named = [name for name in ROW_NAMES if name in frame.columns][:1]
    shown = pl.concat_str([pl.col(name) for name in EXAMPLES[kind] if name in frame.columns], separator=" ")
    place = pl.concat_str([shown.str.strip_chars(), *(pl.col(name) for name in named)], separator=" · ")
    counted = frame.group_by("word", maintain_order=True).agg(pl.len(), place.first().alias("place"))
    counted = counted.filter(pl.col("word").str.len_chars() <= LONGEST_WORD)
    words = counted["word"].to_list()
    places = (place[:LONGEST_EXAMPLE] for place in counted["place"])
    return Words(dict(zip(words, counted["len"], strict=True)), dict(zip(words, places, strict=True)))


def with_models_apart(frame: pl.DataFrame, brands: pl.Series) -> pl.DataFrame:
    """«Land Rover Discovery Sport» in the column `brand` of a row without a model: the longest beginning that is a
    known spelling stays the brand, the rest becomes the `model`."""
    cells = frame.filter(pl.col("model") == "").select("brand").unique()
    known_brand = spelling(pl.col("brand")).is_in(brands.implode())
    cells = cells.filter(pl.col("brand").str.contains(r"\S\s+\S") & ~known_brand)
    if cells.is_empty():
        return frame
    words = cells["brand"].str.extract_all(r"\S+")
    apart = [
        cells.with_columns(
            words.list.head(length).list.join(" ").alias("begins"),
            words.list.slice(length).list.join(" ").alias("rest"),
        )
        for length in range(BRAND_WORDS, 0, -1)
    ]
    known = pl.concat(apart).filter((pl.col("rest") != "") & spelling(pl.col("begins")).is_in(brands.implode()))
    known = known.unique("brand", keep="first", maintain_order=True).with_columns(model=pl.lit(""))
    frame = frame.join(known, on=["brand", "model"], how="left", maintain_order="left")
    return frame.with_columns(
        pl.coalesce("begins", "brand").alias("brand"), pl.coalesce("rest", "model").alias("model")
    ).drop("begins", "rest")


class Dictionaries:
    """The ids of one import; new centres, salespeople and models are added as they are met."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.known = {
            kind: fetch(cursor, sql, {"word": pl.String, f"{kind}_id": pl.Int64}) for kind, sql in SPELLINGS.items()
        }
        self.unrecognised: dict[str, dict[str, int]] = {kind: {} for kind in SPELLINGS}
        self.examples: dict[str, dict[str, str]] = {kind: {} for kind in SPELLINGS}

    def spelled(self, kind: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Adds `<kind>_id` by the spelling in the column `kind`; counts the unknown words. Where a cell has brand and
        model together, they come apart."""
        if kind == "brand" and "model" in frame.columns:  # stop-lists name brands alone
            frame = with_models_apart(frame, self.known["brand"]["word"])
        frame = frame.with_columns(spelling(pl.col(kind)).alias("word"))
        frame = frame.join(self.known[kind], on="word", how="left", maintain_order="left")
        strange = frame.filter(pl.col(f"{kind}_id").is_null() & (pl.col("word") != ""))
        self.unrecognised[kind], self.examples[kind] = strange_words(kind, strange)
        return frame.drop("word")

    def named(self, kind: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Adds `<kind>_id` by the name in the column `kind`; a new name becomes a new row."""
        table, insert = NAMES[kind]
        name = pl.col(kind).str.replace_all(r"\s+", " ").str.strip_chars().str.slice(0, LONGEST[kind])
        frame = frame.with_columns(name.alias(kind))
        names = sorted(set(frame[kind].unique().to_list()) - {""})
        self.cursor.execute(insert, (names,))
        known = fetch(
            self.cursor,
            f"SELECT name, id FROM {table} WHERE name = ANY(%s)",
            {kind: pl.String, f"{kind}_id": pl.Int64},
            (names,),
        )
        return frame.join(known, on=kind, how="left", maintain_order="left")

    def models(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Adds `model_id` by `brand_id` and the name in `model`; a new model of a known brand becomes a new row."""
        frame = frame.with_columns(pl.col("model").str.slice(0, LONGEST["model"]))
        met = frame.filter(pl.col("brand_id").is_not_null() & (pl.col("model") != "")).select("brand_id", "model")
        met = met.unique().sort("brand_id", "model")
        self.cursor.execute(NEW_MODELS, (met["brand_id"].to_list(), met["model"].to_list()))
        known = fetch(self.cursor, MODELS, {"brand_id": pl.Int64, "model": pl.String, "model_id": pl.Int64})
        return frame.join(known, on=["brand_id", "model"], how="left", maintain_order="left")
