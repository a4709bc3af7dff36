"""Purchases with codes out of a file of a till: each line is taken as a till's call would be, or refused with the reason."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.models import PromoRedemption
from campaigns.promo import redeeming
from campaigns.promo.redeeming import By, Purchase
from campaigns.refusals import Refused
from segments.cleaning.dates import clean_moment
from segments.cleaning.sums import clean_sum
from segments.importing import reading
from segments.importing.errors import UnusableFile
from segments.models import Centre

TOGETHER = 500  # lines of a transaction
SHOWN = 200  # refused lines that are told
# What the columns may be called.
COLUMNS = {
    "code": ("промокод", "код", "code", "promocode", "купон"),
    "date": ("дата", "дата покупки", "date"),
    "amount": ("сумма", "сумма покупки", "sum", "amount"),
    "receipt": ("чек", "номер чека", "номер", "receipt"),
}


class Told(NamedTuple):
    """`known`: told before. `refused`: (line, code, why)."""

    taken: int
    known: int
    refused: list[tuple[int, str, str]]
    more: int = 0  # refused lines beyond those that are told


def bring(path: Path, *, centre: Centre | None, author: Any) -> Told:
    """Take in the purchases of a CSV or XLSX; a file that comes again changes nothing. Raises `Refused`."""
    taken, known, more = 0, 0, 0
    refused: list[tuple[int, str, str]] = []
    by = By(PromoRedemption.Door.FILE, author)
    try:
        table = reading.open_table(path)
        lines = _purchases(table, _columns(table.headers), centre)
        while some := list(islice(lines, TOGETHER)):
            answers = iter(redeeming.redeem_all([purchase for _line, purchase, fault in some if not fault], by))
            for line, purchase, fault in some:
                answer = None if fault else next(answers)
                known += bool(answer and answer.is_repeated)
                taken += bool(answer and answer.redemption and not answer.is_repeated)
                if why := fault or (answer.verdict.sentence if answer else ""):
                    refused.append((line, purchase.code[:40], why))
            more += max(len(refused) - SHOWN, 0)
            del refused[SHOWN:]
    except UnusableFile as error:
        raise Refused(str(error)) from error
    return Told(taken, known, refused, more)


def _columns(headers: list[str]) -> dict[str, str]:
    """{our name: header}. Raises `Refused`."""
    found = {
        name: next((header for header in headers if header.strip().lower() in words), "")
        for name, words in COLUMNS.items()
    }
    if missing := [COLUMNS[name][0] for name, header in found.items() if not header]:
        raise Refused(
            _("The file needs columns with these headlines: %s.") % ", ".join(f"«{word}»" for word in missing)
        )
    return found


def _purchases(
    table: reading.Table, names: dict[str, str], centre: Centre | None
) -> Iterator[tuple[int, Purchase, str]]:
    for block in reading.blocks(table, list(names.values())):
        frame = block.frame.rename({header: name for name, header in names.items()})
        frame = frame.with_columns(
            clean_moment(pl.col("date"), settings.TIME_ZONE).alias("at"), clean_sum(pl.col("amount")).alias("sum")
        )
        for row in frame.iter_rows(named=True):
            purchase = Purchase(row["code"].strip(), row["receipt"].strip()[:80], row["sum"], centre, row["at"])
            yield row["line"], purchase, _fault(purchase)


def _fault(purchase: Purchase) -> str:
    if purchase.happened_at is None:
        return _("The date is not readable.")
    if purchase.amount is None or not 0 <= purchase.amount < redeeming.LARGEST:
        return _("The sum is not readable.")
    return "" if purchase.receipt else _("The number of the receipt is missing.")
