"""Codes out of a file: what of it could be taken in, and what not and why.

Half a million codes take longer than a page may: the file is put aside, and a job takes it in.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns import bell
from campaigns.models import PromoFile, PromoPool
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


def receive(pool: PromoPool, file: UploadedFile, author: Any) -> PromoFile:
    """Put a file aside for the job. Raises `Refused`."""
    _require_personal(pool)
    with transaction.atomic():
        kept = PromoFile.objects.create(pool=pool, name=(file.name or "")[:200], author=author)
        path = path_of(kept)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            target.writelines(file.chunks())
        transaction.on_commit(lambda: bell.ring_promo(), robust=True)
    return kept


def path_of(file: PromoFile) -> Path:
    """Where the file waits."""
    return Path(settings.MEDIA_ROOT) / "promo" / str(file.pk)


def bring_due() -> int:
    """Take in all files that wait, one after the other; returns how many. What became of a file is written with its codes,
    so that one whose worker died is taken in anew, and once."""
    done = 0
    while (path := _bring_next()) is not None:
        path.unlink(missing_ok=True)
        done += 1
    return done


def is_due() -> bool:
    return PromoFile.objects.filter(state=PromoFile.State.WAITING).exists()


@transaction.atomic
def _bring_next() -> Path | None:
    waiting = PromoFile.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    file = waiting.filter(state=PromoFile.State.WAITING).select_related("pool").order_by("pk").first()
    if file is None:
        return None
    try:
        with transaction.atomic():
            file.told = bring(file.pool, path_of(file))._asdict()
        file.state = PromoFile.State.DONE
    except Refused as refusal:
        file.state, file.told = PromoFile.State.REFUSED, {"why": refusal.sentence}
    except FileNotFoundError:
        file.state, file.told = PromoFile.State.REFUSED, {"why": _("The file is not there any more: upload it again.")}
    file.done_at = timezone.now()
    file.save(update_fields=["state", "told", "done_at"])
    return path_of(file)


def _require_personal(pool: PromoPool) -> None:
    if not pool.is_personal:
        raise Refused(_("The pool has one code for all: nothing is to be brought in."))


def bring(pool: PromoPool, path: Path) -> Brought:
    """Take in the codes of a CSV or XLSX, all or nothing. Raises `Refused`."""
    _require_personal(pool)
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
