"""Costs and advertising out of a CSV or XLSX: every line is taken in or refused with its reason; a file can be undone.

A file that comes again is refused whole, a line that is there already by itself, so that nothing is paid for twice.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.refusals import Refused
from segments.cleaning.sums import clean_sum
from segments.importing import reading
from segments.importing.errors import UnusableFile
from tracking.models import AdSpend, Cost, MoneyUpload
from tracking.money import reading_ads, reading_costs

MOST = 20_000  # lines of a file: sums of years
READERS: dict[str, Any] = {MoneyUpload.Kind.COSTS: reading_costs, MoneyUpload.Kind.ADVERTISING: reading_ads}
MODELS: dict[str, Any] = {MoneyUpload.Kind.COSTS: Cost, MoneyUpload.Kind.ADVERTISING: AdSpend}


@dataclass(slots=True)
class Told:
    """What a file holds. `refused` and `doubts` are (line, what stands there, why); the doubtful are taken in."""

    rows: list[Any] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    doubts: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def total(self) -> Any:
        return sum(row.amount for row in self.rows)


def look(path: Path, kind: str) -> Told:
    """Read the file and judge its lines; nothing is written. Raises `Refused` for a file that cannot be used at all."""
    if again := MoneyUpload.objects.filter(kind=kind, digest=_digest(path), undone_at=None).first():
        raise Refused(
            _("This file was loaded on %(day)s already. Undo that first if it is to be loaded anew.")
            % {"day": date_format(timezone.localtime(again.made_at), "j E Y")}
        )
    try:
        table = reading.open_table(path)
        lines = _lines(table, _columns(table.headers, READERS[kind].COLUMNS))
        return _judged(lines, READERS[kind].reader())
    except UnusableFile as error:
        raise Refused(str(error)) from error


@transaction.atomic
def bring(path: Path, kind: str, *, name: str, author: Any) -> MoneyUpload:
    """Take in what `look` said. Raises `Refused`."""
    told = look(path, kind)
    if not told.rows:
        raise Refused(_("There is nothing in the file that could be taken in."))
    try:
        with transaction.atomic():
            upload = MoneyUpload.objects.create(
                kind=kind, name=name[:160], digest=_digest(path), rows=len(told.rows), refused=len(told.refused), author=author,
            )  # fmt: skip
            for row in told.rows:
                row.upload, row.author = upload, author
            MODELS[kind].objects.bulk_create(told.rows)
    except IntegrityError as error:  # somebody pressed the button twice, or typed the same sum at this moment
        raise Refused(
            _("Somebody has just entered the same sums: look at the list, then load the file anew.")
        ) from error
    return upload


@transaction.atomic
def undo(upload: MoneyUpload) -> int | None:
    """Take its rows away; how many went, or None when it is undone already. Rows that a person has changed since are his."""
    if not MoneyUpload.objects.filter(pk=upload.pk, undone_at=None).update(undone_at=timezone.now()):
        return None
    gone, _each = MODELS[upload.kind].objects.filter(upload=upload).delete()
    return gone


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _columns(headers: list[str], wanted: dict[str, tuple[tuple[str, ...], bool]]) -> dict[str, str]:
    """{our name: header}. Raises `Refused` when one that is needed is missing."""
    found = {
        name: header
        for name, (words, _needed) in wanted.items()
        if (header := next((each for each in headers if each.strip().lower().rstrip(", ₽.") in words), ""))
    }
    if missing := [words[0] for name, (words, needed) in wanted.items() if needed and name not in found]:
        raise Refused(
            _("The file needs columns with these headlines: %s.") % ", ".join(f"«{word}»" for word in missing)
        )
    return found


def _lines(table: reading.Table, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    read = 0
    for block in reading.blocks(table, list(names.values())):
        read += len(block.frame)
        if read > MOST:
            raise Refused(_("A file may have %s lines at most: split it.") % MOST)
        frame = block.frame.rename({header: name for name, header in names.items()})
        yield from frame.with_columns(clean_sum(pl.col("amount")).alias("sum")).iter_rows(named=True)
        for broken in block.broken:
            yield {"line": broken.line, "broken": _("The line cannot be read.")}


def _judged(lines: Iterator[dict[str, Any]], read: Callable[[dict[str, Any]], tuple[Any, str]]) -> Told:
    """`read` makes a row of a line, or says why not ("row", doubt) | (None, why)."""
    told = Told()
    for line in lines:
        said = " · ".join(str(cell).strip() for name, cell in line.items() if name not in {"line", "sum"} and cell)[
            :160
        ]
        if not said:
            continue
        row, why = (None, line["broken"]) if "broken" in line else read(line)
        if row is not None:
            told.rows.append(row)
        if why:
            (told.refused if row is None else told.doubts).append((int(line["line"]), said, str(why)))
    return told
