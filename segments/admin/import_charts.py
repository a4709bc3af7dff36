"""Numbers of an import as bars: outcomes of the rows, the way from the file to people, the quality of the fields.

Widths and offsets are per cent as text («12.5»): they go into styles, where no locale may touch them.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.importing.mapping import FIELDS
from segments.importing.reasons import NOTES
from segments.models import ImportBatch, Mapping

# How the rows of a file end, and the tone of each in the bars.
OUTCOMES = {
    "new": (pgettext_lazy("rows", "new"), "green"),
    "updated": (pgettext_lazy("rows", "updated"), "blue"),
    "unchanged": (pgettext_lazy("rows", "unchanged"), "grey"),
    "rejected": (pgettext_lazy("rows", "rejected"), "red"),
}
CELLS = {
    "clean": (_("as it should be"), "green"),
    "mended": (_("put right"), "blue"),
    "refused": (_("not understood"), "red"),
}
FEW_NOTES = 3
LEAST = 0.6  # per cent: what there is of something is seen

Part = dict[str, Any]


def parts(counts: dict[str, int], labels: dict[str, tuple[Any, str]]) -> list[Part]:
    """The parts of one bar, empty ones left out: label, rows, tone, width."""
    total = sum(counts.get(name, 0) for name in labels)
    found = [(label, counts.get(name, 0), tone) for name, (label, tone) in labels.items() if counts.get(name)]
    widths = _widths([rows for _label, rows, _tone in found], total)
    return [
        {"label": label, "rows": rows, "tone": tone, "width": f"{width:.2f}"}
        for (label, rows, tone), width in zip(found, widths, strict=True)
    ]


def _widths(rows: Iterable[int], total: int) -> list[float]:
    """Shares in per cent, each at least LEAST, 100 together."""
    shares = [max(100 * count / total, LEAST) for count in rows]
    return [100 * share / sum(shares) for share in shares]


def outcomes(batch: ImportBatch) -> list[dict[str, Any]]:
    """A bar for each file of the import: kind, read, parts."""
    counted = ((kind, batch.counters[kind]) for kind in Mapping.Kind if kind in batch.counters)
    return [{"kind": kind, "read": counts["read"], "parts": parts(counts, OUTCOMES)} for kind, counts in counted]


def outcome_bar(batch: ImportBatch) -> SafeString | str:
    """All rows of an import as one small bar with its numbers, for the list."""
    totals: dict[str, int] = {}
    for bar in outcomes(batch):
        for name in OUTCOMES:
            totals[name] = totals.get(name, 0) + batch.counters[bar["kind"]].get(name, 0)
    shown = parts(totals, OUTCOMES)
    if not shown:
        return "—"
    bar = format_html_join("", '<i class="im-{}" style="width:{}%"></i>', ((p["tone"], p["width"]) for p in shown))
    words = format_html_join(" ", '<span class="im-key im-key--{}">{} {}</span>', _keys(shown))
    return format_html(
        '<span class="im-outcome"><span class="im-bar" aria-hidden="true">{}</span>{}</span>', bar, words
    )


def _keys(shown: list[Part]) -> Iterable[tuple[str, str, Any]]:
    return ((part["tone"], part["label"], f"{part['rows']:,}".replace(",", "\u00a0")) for part in shown)


def waterfall(batch: ImportBatch) -> list[dict[str, Any]]:
    """From the cards of the file to people: read → valid → new, updated, unchanged → customers."""
    cards, people = batch.counters.get(Mapping.Kind.CARDS), batch.counters.get("customers", {})
    if not cards or not cards["read"]:
        return []
    valid = cards["read"] - cards["rejected"]
    new, updated = cards["new"], cards["updated"]
    steps = [
        (_("Rows in the file"), cards["read"], 0, "grey"),
        (pgettext_lazy("rows", "rejected"), cards["rejected"], valid, "red"),
        (_("Valid cards"), valid, 0, "grey"),
        (pgettext_lazy("rows", "new"), new, 0, "green"),
        (pgettext_lazy("rows", "updated"), updated, new, "blue"),
        (pgettext_lazy("rows", "unchanged"), cards["unchanged"], new + updated, "grey"),
        (_("New customers"), people.get("created", 0), 0, "green"),
    ]
    return [
        {"label": label, "rows": rows, "tone": tone, "from": f"{100 * start / cards['read']:.2f}",
         "width": f"{100 * rows / cards['read']:.2f}"}
        for label, rows, start, tone in steps
    ]  # fmt: skip


def quality(batch: ImportBatch) -> list[dict[str, Any]]:
    """How good the cells were, file by file: [{kind, fields: [{label, filled, parts, notes}]}]; [] when not counted."""
    found = []
    for kind, by_field in batch.counters.get("quality", {}).items():
        labels = {field.name: field.label for field in FIELDS[kind]}
        fields = [
            {"label": labels.get(name, name), "filled": counts["filled"], "parts": parts(dict(counts), CELLS),
             "notes": _notes(counts.get("by_reason", {}))}
            for name, counts in by_field.items() if counts["filled"]
        ]  # fmt: skip
        if fields:
            found.append({"kind": kind, "fields": fields})
    return found


def _notes(by_reason: dict[str, int]) -> list[dict[str, Any]]:
    frequent = sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))[:FEW_NOTES]
    return [{"label": NOTES.get(reason, reason), "rows": rows} for reason, rows in frequent]
