"""Rows of a 1C report → records: groups become columns, totals and notes are left out and counted, a document's
words («Реализация автомобилей АА-1 от 12.10.2022 13:43:14») become its kind, number and date."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from segments.importing.reading.shapes import TOTAL, Row, Shape, filled, is_group, words
from segments.importing.reading.table import Skipped, named

DOCUMENT = r"^(.+?)\s+№?\s*([A-ZА-ЯЁ0-9][A-ZА-ЯЁ0-9/-]*\d)\s+от\s+(\d\d\.\d\d\.\d{4}(?: \d?\d:\d\d(?::\d\d)?)?)"
DOCUMENT_PARTS = ("Вид документа", "Номер документа", "Дата документа")
PERSON = {
    "name": re.compile(r"контрагент|клиент|покупатель|фио|заказчик", re.IGNORECASE),
    "phone": re.compile(r"\bтел", re.IGNORECASE),
    "email": re.compile(r"почт|mail", re.IGNORECASE),
    "code": re.compile(r"\bкод\b|\bguid\b|\bид\b", re.IGNORECASE),
}
CODE = "Код клиента"
DETAIL, GROUP, SUBTOTAL, NOTE = "detail", "group", "total", "note"


@dataclass(frozen=True, slots=True)
class Report:
    """How the rows below a header are understood. `columns` are the headers of the cells themselves; `headers` what
    comes out: groups, the cells, the parts of documents, and a code for persons that the report has no code for
    (of name and contacts: the same cells always give the same code)."""

    shape: Shape
    columns: list[str]
    document: str = ""
    person: tuple[str, ...] = ()

    @property
    def headers(self) -> list[str]:
        parts = DOCUMENT_PARTS if self.document else ()
        return named([*self.shape.levels, *self.columns, *parts, *([CODE] if self.person else [])])


def find_report(shape: Shape, sample: Sequence[Row]) -> Report:
    """`sample`: the first rows below the header."""
    columns = named(shape.names)
    details = [row for row in sample if filled(row) >= shape.filled / 2 and not is_group(row, shape)]
    document = ""
    for index, column in enumerate(columns):
        cells = [row[index] for row in details if row[index]]
        if cells and sum(1 for cell in cells if re.match(DOCUMENT, cell)) >= 0.8 * len(cells):
            document = document or column
    found = {
        what: [column for column in columns if pattern.search(column) and column != document]
        for what, pattern in PERSON.items()
    }
    names = [column for column in found["name"] if column not in found["phone"] + found["email"]]
    contacts = found["phone"] + found["email"]
    person = (names[0], *contacts) if names and contacts and not found["code"] else ()
    return Report(shape, columns, document, person)


class Records:
    """The records of a report, frame by frame, and what was left out so far."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.groups = [""] * len(report.shape.levels)
        self.run: list[str] = []  # names of groups that followed one another without a record between
        self.is_after_total = False
        self.counts = dict.fromkeys((GROUP, SUBTOTAL, NOTE), 0)

    def skipped(self) -> Skipped:
        trailing = len(self.run)  # names after which no record came are notes below the table
        return Skipped(
            self.report.shape.titles, self.counts[GROUP] - trailing, self.counts[SUBTOTAL], self.counts[NOTE] + trailing
        )

    def take(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` has `line` and the report's columns → `line` and `report.headers`, records only."""
        kinds, groups = [], []
        for row in frame.select(self.report.columns).rows():
            kinds.append(self._kind(row))
            groups.append(tuple(self.groups))
        is_record = pl.Series(kinds, dtype=pl.String) == DETAIL
        levels = [
            pl.Series([row[number] for row in groups], dtype=pl.String).filter(is_record)
            for number in range(len(self.groups))
        ]
        records = frame.filter(is_record)
        cells = [*levels, *(records[column] for column in self.report.columns)]
        if self.report.document:
            document = records[self.report.document]
            cells += [document.str.extract(DOCUMENT, part).fill_null("") for part in (1, 2, 3)]
        if self.report.person:
            cells.append(_codes(records.select(self.report.person)))
        made = pl.DataFrame([cell.alias(header) for cell, header in zip(cells, self.report.headers, strict=True)])
        return made.insert_column(0, records["line"])

    def _kind(self, row: Row) -> str:
        kind = self._judge(row)
        if kind in self.counts:
            self.counts[kind] += 1
        if kind == DETAIL:
            self.run = []
        self.is_after_total = kind == SUBTOTAL or (self.is_after_total and kind != DETAIL)
        return kind

    def _judge(self, row: Row) -> str:
        count, shape = filled(row), self.report.shape
        first = next((cell for cell in row if cell), "")
        if not count:
            return ""
        if TOTAL.match(first) and (words(row) == 1 or count < shape.filled / 2):
            return SUBTOTAL
        if shape.levels and is_group(row, shape):
            self._enter(first)
            return GROUP
        return NOTE if self.is_after_total and count <= shape.filled / 2 else DETAIL

    def _enter(self, name: str) -> None:
        """Names of groups that follow one another are its levels, the last one the innermost."""
        self.run.append(name)
        run = self.run[-len(self.groups) :]
        self.groups[len(self.groups) - len(run) :] = run


def _codes(person: pl.DataFrame) -> pl.Series:
    """A code of the name and the contacts, '' for nobody. Ten last digits of a phone, letters in one case."""
    plain = [
        pl.col(column).str.to_lowercase().str.replace_all("ё", "е").str.replace_all(r"[^a-zа-я0-9@]+", "")
        for column in person.columns
    ]
    keys = person.select(pl.concat_str([cell.str.replace(r"^\d*(\d{10})$", "$1") for cell in plain], separator="|"))
    nobody = "|" * (person.width - 1)
    codes = ["" if key == nobody else hashlib.sha256(key.encode()).hexdigest()[:20] for key in keys.to_series()]
    return pl.Series(codes, dtype=pl.String)
