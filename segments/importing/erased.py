"""People who were erased stay erased: their rows and addresses are left out of an import, with a reason and nothing else."""

import polars as pl

from segments import erasing
from segments.importing.cards import CleanCards
from segments.importing.reasons import refusal

REASON = "erased"


def without_erased(source_id: int, clean: CleanCards) -> CleanCards:
    """A row goes when its code was erased, or every address it has; else single addresses do. What is refused so
    keeps no cells: they would be what was to be forgotten."""
    if not len(clean.cards) or not erasing.is_needed():
        return clean
    contacts = clean.contacts.with_columns(_erased_addresses(clean.contacts).alias("gone"))
    left = contacts.group_by("line").agg(pl.col("gone").all().alias("all_gone"))
    codes = [erasing.card_key(source_id, code) for code in clean.cards["code"]]
    known = pl.Series(codes, dtype=pl.String).is_in(list(erasing.erased("card", codes)))
    cards = clean.cards.join(left, on="line", how="left", maintain_order="left")
    whole = known | cards["all_gone"].fill_null(False)
    gone = cards.filter(whole).select("line", pl.lit("{}").alias("raw"))
    kept = clean.cards.filter(~whole)
    single = contacts.filter(pl.col("gone") & ~pl.col("line").is_in(gone["line"].implode()))
    cells = [_dropped(single, kind) for kind in single["kind"].unique(maintain_order=True)]
    refused = clean.refused.filter(~pl.col("line").is_in(gone["line"].implode()))
    return clean._replace(
        cards=_without_cells(kept, single["line"]),
        contacts=contacts.filter(~pl.col("gone") & pl.col("line").is_in(kept["line"].implode())).drop("gone"),
        refused=pl.concat([refused, refusal(gone, "", pl.lit(REASON)), *cells]),
    )


def _without_cells(cards: pl.DataFrame, lines: pl.Series) -> pl.DataFrame:
    """The raw cells of a row that lost an address are not kept: the address stands in them."""
    lost = pl.col("line").is_in(lines.unique().implode())
    return cards.with_columns(pl.when(lost).then(pl.lit("")).otherwise("raw").alias("raw"))


def _dropped(single: pl.DataFrame, kind: str) -> pl.DataFrame:
    lines = single.filter(pl.col("kind") == kind).select("line", pl.lit("{}").alias("raw")).unique(maintain_order=True)
    return refusal(lines, kind, pl.lit(REASON), whole_row=False)


def _erased_addresses(contacts: pl.DataFrame) -> pl.Series:
    """Which rows of `contacts` (kind, value) name an erased address."""
    gone = pl.Series([False]).extend_constant(False, len(contacts)).slice(1)
    for kind in contacts["kind"].unique():
        values = contacts.filter(pl.col("kind") == kind)["value"].unique().to_list()
        found = list(erasing.erased(kind, values))
        gone = gone | ((contacts["kind"] == kind) & contacts["value"].is_in(found))
    return gone
