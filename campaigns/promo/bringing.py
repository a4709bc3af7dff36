"""Codes out of a file: what of it could be taken in, and what not and why."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns.models import PromoPool
from campaigns.promo import filling, spelling
from campaigns.refusals import Refused
from segments.importing import reading
from segments.importing.errors import UnusableFile

MOST = 500_000  # codes of a file
SHOWN = 20  # refused lines that are told one by one
HEADERS = {"промокод", "код", "promocode", "promo code", "code", "купон", "coupon"}


class Brought(NamedTuple):
    """Lines of a file: `known` were in some pool already or stand in the file twice; `refused` are (line, what stands there)."""

    added: int
    known: int
    unusable: int
    refused: list[tuple[int, str]]


def bring(pool: PromoPool, path: Path) -> Brought:
    """Take in the codes of a CSV or XLSX, all or nothing. Raises `Refused`."""
    if not pool.is_personal:
        raise Refused(_("The pool has one code for all: nothing is to be brought in."))
    try:
        return _bring(pool, path)
    except UnusableFile as error:
        raise Refused(str(error)) from error


@transaction.atomic
def _bring(pool: PromoPool, path: Path) -> Brought:
    added = known = unusable = 0
    refused: list[tuple[int, str]] = []
    for frame in _frames(path):
        codes = filling.keyed(frame.with_columns(pl.col("code").str.strip_chars()).filter(pl.col("code") != ""))
        is_sound = (pl.col("key") != "") & (pl.col("code").str.len_chars() <= spelling.LONGEST)
        bad = codes.filter(~is_sound)
        unusable += len(bad)
        refused += [
            (line, code[:60]) for line, code in bad.select("line", "code").head(SHOWN - len(refused)).iter_rows()
        ]
        new = filling.add(pool, codes.filter(is_sound).select("code", "key"))
        added, known = added + new, known + len(codes) - len(bad) - new
        if added + known > MOST:
            raise Refused(_("A file may have %s codes at most: split it.") % number_format(MOST, force_grouping=True))
    return Brought(added, known, unusable, refused)


def _frames(path: Path) -> Iterator[pl.DataFrame]:
    """`line` and `code` of a table, or of a text with a code in each line."""
    if lines := _lines(path):
        yield pl.DataFrame({"line": range(1, len(lines) + 1), "code": lines}).filter(~_is_head(pl.col("code")))
        return
    table = reading.open_table(path)
    column = next((header for header in table.headers if header.strip().lower() in HEADERS), table.headers[0])
    for block in reading.blocks(table, [column]):
        yield block.frame.select(pl.col("line").cast(pl.Int64), pl.col(column).alias("code"))


def _lines(path: Path) -> list[str]:
    """Of a text without columns; none of anything else."""
    raw = path.read_bytes()
    if b"\0" in raw or any(mark in raw for mark in (b";", b",", b"\t")):
        return []
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1251", errors="replace")
    return text.splitlines()


def _is_head(cell: pl.Expr) -> pl.Expr:
    return (cell.cum_count() == 1) & cell.str.strip_chars().str.to_lowercase().is_in(list(HEADERS))
