"""What the pages of an import show: the files and their columns, the progress, the report."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segments.admin.import_forms import Consent, FieldRow, kinds_of_documents, mapping_rows, unread
from segments.admin.import_notes import notes
from segments.importing import reading
from segments.importing.mapping import FIELDS, Columns, wanted
from segments.importing.reasons import REASONS
from segments.importing.running import LAST_USED
from segments.importing.saved_mappings import names
from segments.importing.work import folder_of
from segments.models import ImportBatch, ImportFile, Mapping, RejectedRow, Source

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
    "undo_plan": _("Looking what the import has done"),
    "undo_rows": _("Taking back cards, documents and cars"),
    "undo_consents": _("Taking back decisions on consent"),
    "undo_contacts": _("Removing addresses that nobody has"),
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
        _("These rows are in the base without a brand. Say what the words mean: that mends them too."),
    ),
    "city": (
        _("Unknown cities"),
        _("These rows are in the base without a city. Say what the words mean: that mends them too."),
    ),
    "operation": (
        _("Unknown kinds of documents"),
        _("These documents are not in the base. Say what the words mean and load the file again."),
    ),
}
# What a report of 1C had beside its records (`reading.Skipped`).
SKIPPED = {
    "titles": _("lines above the header"),
    "groups": _("lines of groups"),
    "totals": _("lines of totals"),
    "notes": _("lines below the table"),
}
DELIMITERS = {";": _("semicolon"), ",": _("comma"), "\t": _("tab"), "|": "|"}
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
    label: str
    skipped: list[dict[str, Any]]
    consent: Consent | None
    kinds: list[dict[str, Any]]  # of documents: what rows without a kind may be

    @property
    def title(self) -> Any:
        return TITLES[self.kind]

    @property
    def read(self) -> int:
        return len(self.headers) - len(self.unread)


def files(
    batch: ImportBatch, chosen: dict[str, Columns] | None = None, options: dict[str, Any] | None = None
) -> list[File]:
    """The uploaded files, with the columns and options chosen on the page or else those of the batch."""
    chosen, options = chosen or {}, options or {}
    return [
        _file(file, chosen.get(file.kind, file.columns), options.get(file.kind, file.options))
        for file in batch.files.all()
    ]


def _file(file: ImportFile, columns: Columns, options: dict[str, Any]) -> File:
    kind = file.kind
    seen = reading.preview(folder_of(file.batch) / kind, encoding=file.encoding or None, kind=kind)
    ignored = unread(seen.headers, columns)
    lines = [
        [{"text": cell, "unread": header in ignored} for header, cell in zip(seen.headers, row, strict=True)]
        for row in seen.rows
    ]
    consent = Consent.of(options) if kind == Mapping.Kind.CARDS else None
    kinds = kinds_of_documents(options) if kind == Mapping.Kind.DOCUMENTS else []
    skipped = _skipped(seen.skipped._asdict())
    rows = mapping_rows(kind, columns)
    return File(kind, seen.headers, rows, lines, ignored, str(seen.label), skipped, consent, kinds)


def _skipped(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"label": SKIPPED[name], "rows": rows} for name, rows in counts.items() if rows]


def received(batch: ImportBatch) -> list[dict[str, Any]]:
    """What is known of each file of the import: its name, how it was read, what of it, what was skipped."""
    about = batch.counters.get("files", {})
    return [
        {
            "title": TITLES[file.kind],
            "name": file.name,
            "size": file.size,
            "label": about.get(file.kind, {}).get("label") or file.encoding,
            "delimiter": DELIMITERS.get(about.get(file.kind, {}).get("delimiter"), ""),
            "skipped": _skipped(about.get(file.kind, {}).get("skipped", {})),
            "read": len(wanted(file.columns)),
            "columns": about.get(file.kind, {}).get("columns"),
        }
        for file in batch.files.all()
    ]


def mapping_name(name: str) -> str:
    """What people read for the name of a mapping."""
    return gettext("as last time") if name == LAST_USED else name


def saved_mappings(source: Source) -> list[dict[str, str]]:
    """Names of the source's mappings, with the words for the one that remembers the last import."""
    return [{"name": name, "label": mapping_name(name)} for name in names(source)]


def may_load(batch: ImportBatch) -> bool:
    """Whether the files may (still) be loaded: they were only tried, or the work was stopped."""
    states = ImportBatch.State
    return batch.state in (states.FAILED, states.CANCELLED, states.PREVIEWED)


def author(batch: ImportBatch) -> str | None:
    """Who started it, by name; None for an import from the command line."""
    return batch.author and (batch.author.get_full_name() or batch.author.get_username())


def file_titles(batch: ImportBatch) -> list[str]:
    """Titles of its files as an enumeration is written: only the first begins with a capital."""
    first, *rest = [str(TITLES[file.kind]) for file in batch.files.all()] or [""]
    return [first, *(title.lower() for title in rest)]


def progress(batch: ImportBatch) -> dict[str, Any]:
    """Stage, rows done and left, and the time left at the pace so far (None while there is no pace)."""
    done, total = min(batch.rows_done, batch.rows_total), batch.rows_total
    seconds, pace = None, None
    if batch.started_at and done and batch.state == ImportBatch.State.LOADING:
        passed = max((timezone.now() - batch.started_at).total_seconds(), 1)
        pace = round(done / passed)
        seconds = round(passed * (total - done) / done) if done < total else None
    waiting = batch.state == ImportBatch.State.MAPPED
    return {
        "stage": _("Waiting for its turn") if waiting else STAGES.get(batch.stage, batch.stage or _("Starting")),
        "done": done,
        "total": total,
        "left": total - done,
        "percent": 100 * done // total if total else 0,
        "pace": pace,
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
        "notes": notes(counters),
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
        "url": f"{reverse('admin:segments_unknownword_changelist')}?table={kind}",
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


def has_refused(batch: ImportBatch) -> bool:
    """Whether a row of it was refused, also when the rows themselves are forgotten by now."""
    return any(batch.counters.get(kind, {}).get("rejected", 0) for kind in Mapping.Kind.values)


def took(batch: ImportBatch) -> str:
    """How long the work lasted; empty while it has not begun or ended."""
    if not (batch.started_at and batch.finished_at):
        return ""
    return duration((batch.finished_at - batch.started_at).total_seconds())
