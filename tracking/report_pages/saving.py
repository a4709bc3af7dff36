"""A report to take away: a sheet, a picture of its chart, a document to print."""

from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from tablib import Dataset

from segments.formulas import harmless
from tracking.report_pages import asking, explaining
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Found, Report, Row
from tracking.report_pages.spelling import cell, shown, title

BOM = "\ufeff"  # by which Excel knows UTF-8
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "png": "image/png",
}
SHEET_NAME = 31  # characters that Excel takes
SCALE = 2  # of a PNG


class CannotSave(Exception):
    """With a sentence that says what is missing."""


def saved(found: Found, kind: str) -> bytes:
    """The report as a file of this kind (a key of TYPES). Raises `CannotSave`."""
    match kind:
        case "xlsx":
            return bytes(_table(found).export("xlsx", escape=True))
        case "csv":
            return (BOM + str(_table(found).export("csv", delimiter=";"))).encode()
        case "pdf":
            return _printed(found)
        case _:
            return _picture(found, kind)


def lines(found: Found) -> list[tuple[Row, list[str]]]:
    """As people read them, the sum of all at the end."""
    rows = [*found.rows, Row(_("Together"), found.total())] if has_total(found) else found.rows
    return [
        (row, [shown(figure, value) for figure, value in zip(found.columns, found.cells(row.sums), strict=True)])
        for row in rows
    ]


def has_total(found: Found) -> bool:
    return found.adds_up and len(found.rows) > 1


def _table(found: Found) -> Dataset:
    table = Dataset(headers=[found.head, *(title(figure) for figure in found.columns)])
    table.title = str(found.report.title)[:SHEET_NAME]
    for row in found.rows:
        numbers = [cell(figure, value) for figure, value in zip(found.columns, found.cells(row.sums), strict=True)]
        table.append([harmless(str(row.title)), *numbers])
    return table


def _picture(found: Found, kind: str) -> bytes:
    drawn = found.report.chart(found) if found.report.chart else ""
    if not drawn:
        raise CannotSave(_("There is nothing to draw: choose other months or filters."))
    if kind == "svg":
        return drawn.encode()
    return bytes(
        _library("cairosvg", "libcairo2").svg2png(bytestring=drawn.encode(), scale=SCALE, background_color="white")
    )


def _printed(found: Found) -> bytes:
    html = render_to_string("tracking/reports/print.html", context(found))
    printer: Any = _library("weasyprint", "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")
    return bytes(printer.HTML(string=html, url_fetcher=_no_addresses).write_pdf())


def context(found: Found) -> dict[str, Any]:
    """What the page and the document show alike."""
    report, asked = found.report, found.asked
    return {
        "report": report, "head": found.head, "columns": found.columns, "lines": lines(found), "has_total": has_total(found), "said": said(report, asked), "now": timezone.localtime(),
        "chart": report.chart(found) if report.chart else "", "explained": list(explaining.of(found)), "drawn": found.drawn,
    }  # fmt: skip


def said(report: Report, asked: Asked) -> list[tuple[Any, Any]]:
    """The filters and what they are set to, in words."""
    return [
        (each.label, dict(each.choices).get(each.value, each.value)) for each in asking.filters(asked, report.filters)
    ]


def _library(name: str, packages: str) -> ModuleType:
    """Loaded when somebody asks: it takes a second, and libraries of the system that may be missing."""
    try:
        return import_module(name)
    except (ImportError, OSError) as error:
        sentence = _(
            "This server cannot make such files: %(packages)s is missing. The administrator installs it; XLSX, CSV and SVG work."
        )
        raise CannotSave(sentence % {"packages": packages}) from error


def _no_addresses(address: str, *_arguments: Any, **_named: Any) -> NoReturn:
    """A document is made of what stands in it: nothing is fetched from anywhere."""
    raise ValueError(address)
