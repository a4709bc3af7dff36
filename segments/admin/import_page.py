"""What the pages of an import show: the files and their columns, the progress, the report."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segments.admin.import_forms import FieldRow, mapping_rows, unread
from segments.importing import reading
from segments.importing.mapping import FIELDS, Columns
from segments.importing.reasons import REASONS
from segments.importing.work import folder_of
from segments.models import ImportBatch, Mapping, RejectedRow

TITLES = {
    Mapping.Kind.CARDS: _("Cards"),
    Mapping.Kind.DOCUMENTS: _("Documents"),
    Mapping.Kind.STOCK: _("Cars in stock"),
    Mapping.Kind.TRAFFIC: _("Visitor counters"),
    Mapping.Kind.STOP_LIST: _("Stop-list"),
}
STAGES = {
    "waiting": _("Waiting for another import to end"),
    "reading": _("Reading and cleaning cards"),
    "matching": _("Finding who is who"),
    "loading": _("Writing cards"),
    "documents": _("Reading and writing documents"),
    "settling": _("Counting facts"),
}
OUTCOMES = {
    "read": _("rows read"),
    "new": _("new rows"),
    "updated": _("updated rows"),
    "unchanged": _("unchanged rows"),
    "rejected": _("rejected rows"),
}
PEOPLE = {"created": _("New customers"), "merged": _("Customers merged"), "total": _("Customers in the base")}
UNRECOGNISED = {
    "brand": (
        _("Unknown brands"),
        _("These rows are in the base without a brand. Add the spellings, and the next imports will know them."),
    ),
    "city": (
        _("Unknown cities"),
        _("These rows are in the base without a city. Add the spellings, and the next imports will know them."),
    ),
}
MANY_WORDS = 30
# How unfold paints the state in the list.
LABELS: dict[str, str | None] = {
    **dict.fromkeys(ImportBatch.State),  # a state that is not here would be shown by its key
    ImportBatch.State.DECODED: "warning",
    ImportBatch.State.MAPPED: "info",
    ImportBatch.State.LOADING: "info",
    ImportBatch.State.PREVIEWED: "primary",
    ImportBatch.State.DONE: "success",
    ImportBatch.State.FAILED: "danger",
}


@dataclass
class File:
    """One uploaded file on the review page: its first rows and the columns that its fields take."""

    kind: str
    headers: list[str]
    rows: list[FieldRow]
    lines: list[list[dict[str, Any]]]
    unread: list[str]
    encoding: str

    @property
    def title(self) -> Any:
        return TITLES[self.kind]


def files(batch: ImportBatch, chosen: dict[str, Columns] | None = None) -> list[File]:
    """The uploaded files, with the columns chosen on the page or else those of the batch."""
    chosen = chosen or {}
    return [_file(batch, file.kind, chosen.get(file.kind, file.columns)) for file in batch.files.all()]


def _file(batch: ImportBatch, kind: str, columns: Columns) -> File:
    seen = reading.preview(folder_of(batch) / kind, kind=kind)
    ignored = unread(seen.headers, columns)
    lines = [
        [{"text": cell, "unread": header in ignored} for header, cell in zip(seen.headers, row, strict=True)]
        for row in seen.rows
    ]
    return File(kind, seen.headers, mapping_rows(kind, columns), lines, ignored, seen.label)


def may_load(batch: ImportBatch) -> bool:
    """Whether the files may (still) be loaded: they were only tried, or the work was stopped."""
    states = ImportBatch.State
    return batch.state in (states.FAILED, states.CANCELLED, states.PREVIEWED)


def rows(batch: ImportBatch, outcome: str) -> int | None:
    """Rows of both files that ended so; None while nothing has been counted."""
    counted = [batch.counters[kind][outcome] for kind in Mapping.Kind if kind in batch.counters]
    return sum(counted) if counted else None


def author(batch: ImportBatch) -> str | None:
    """Who started it, by name; None for an import from the command line."""
    return batch.author and (batch.author.get_full_name() or batch.author.get_username())


def file_titles(batch: ImportBatch) -> list[str]:
    return [str(TITLES[file.kind]) for file in batch.files.all()]


def progress(batch: ImportBatch) -> dict[str, Any]:
    """Stage, rows done and left, and the time left at the pace so far (None while there is no pace)."""
    done, total = min(batch.rows_done, batch.rows_total), batch.rows_total
    seconds = None
    if batch.started_at and 0 < done < total:
        passed = (timezone.now() - batch.started_at).total_seconds()
        seconds = round(passed * (total - done) / done)
    waiting = batch.state == ImportBatch.State.MAPPED
    return {
        "stage": _("Waiting for its turn") if waiting else STAGES.get(batch.stage, batch.stage or _("Starting")),
        "done": done,
        "total": total,
        "left": total - done,
        "percent": 100 * done // total if total else 0,
        "seconds_left": seconds,
        "time_left": duration(seconds) if seconds is not None else "",
    }


def duration(seconds: float) -> str:
    """A length of time for a person: seconds below two minutes, minutes past them."""
    if seconds < 120:
        return gettext("%(n)d s") % {"n": round(seconds)}
    return gettext("%(n)d min") % {"n": round(seconds / 60)}


def report(batch: ImportBatch) -> dict[str, Any]:
    """What the counters of a finished import say: rows by outcome, customers, words that no dictionary knows."""
    counters = batch.counters
    tables = [
        {"title": TITLES[kind], "counts": [counters[kind].get(name) for name in OUTCOMES]}
        for kind in Mapping.Kind
        if kind in counters
    ]
    people = counters.get("customers", {})
    return {
        "labels": list(OUTCOMES.values()),
        "tables": tables,
        "customers": [{"label": label, "value": people[name]} for name, label in PEOPLE.items() if name in people],
        "orphans": counters.get(Mapping.Kind.DOCUMENTS, {}).get("orphans", 0),
        "unrecognised": [
            _unrecognised(kind, words) for kind, words in counters.get("unrecognised", {}).items() if words
        ],
    }


def _unrecognised(kind: str, words: dict[str, int]) -> dict[str, Any]:
    title, advice = UNRECOGNISED[kind]
    frequent = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    return {
        "title": title,
        "advice": advice,
        "url": reverse(f"admin:segments_{kind}spelling_changelist"),
        "words": [{"text": text, "rows": rows} for text, rows in frequent[:MANY_WORDS]],
        "more": max(len(frequent) - MANY_WORDS, 0),
    }


def reasons(batch: ImportBatch) -> list[dict[str, Any]]:
    """Why rows (or single cells of them) did not get in, the most frequent reason first, with one example line."""
    counted = (
        RejectedRow.objects.filter(batch=batch)
        .values("kind", "column", "reason", "whole_row")
        .annotate(rows=Count("pk"))
        .order_by("-whole_row", "-rows", "kind", "reason")
    )
    labels = {kind: {field.name: field.label for field in fields} for kind, fields in FIELDS.items()}
    return [
        {
            **row,
            "title": TITLES[row["kind"]],
            "column": labels[row["kind"]].get(row["column"], row["column"]),
            "reason": REASONS.get(row["reason"], row["reason"]),
        }
        for row in counted
    ]


def took(batch: ImportBatch) -> str:
    """How long the work lasted; empty while it has not begun or ended."""
    if not (batch.started_at and batch.finished_at):
        return ""
    return duration((batch.finished_at - batch.started_at).total_seconds())
