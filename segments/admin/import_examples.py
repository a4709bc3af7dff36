"""The examples of a dry run for the page: codes and columns as words."""

from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format

from segments.identity.matching import why_sentence
from segments.importing.mapping import FIELDS
from segments.importing.reasons import REASONS
from segments.models import ImportBatch, Interaction, Mapping
from segments.models.people import Sex

# Columns of the base that the fields of a file call otherwise.
FIELD_OF = {
    "city_id": "city", "centre_id": "centre", "brand_id": "brand", "model_id": "model",
    "salesperson_id": "salesperson", "happened_at": "date",
}  # fmt: skip
WORDS: dict[str, dict[str, Any]] = {"sex": dict(Sex.choices), "condition": dict(Interaction.Condition.choices)}
DAYS = ("birth_date", "created_on", "happened_at")
OUTCOMES = ("new", "updated", "rejected")


def shown(batch: ImportBatch) -> dict[str, Any] | None:
    """`{"files": [{kind, new, updated, rejected}], "merged"}` of a dry run; None for an import that was loaded."""
    kept = batch.counters.get("examples")
    if not kept or not batch.dry_run:
        return None
    files = [{"kind": Mapping.Kind(kind).label, **_file(kind, kept[kind])} for kind in Mapping.Kind if kept.get(kind)]
    merged = [{**row, "reason": why_sentence(row["reason"])} for row in kept.get("merged", [])]
    return {"files": [file for file in files if any(file[name] for name in OUTCOMES)], "merged": merged}


def _file(kind: Mapping.Kind, kept: dict[str, Any]) -> dict[str, Any]:
    fields = {field.name: field.label for field in FIELDS[kind]}
    return {
        "new": [{**row, "cells": [_word(kind, cell) for cell in row["cells"]]} for row in kept.get("new", [])],
        "updated": [
            {"name": row["name"], "changes": [_change(fields, *change) for change in row["changes"]]}
            for row in kept.get("updated", [])
        ],
        "rejected": [
            {
                **row,
                "column": fields.get(row["column"], row["column"]),
                "reason": REASONS.get(row["reason"], row["reason"]),
            }
            for row in kept.get("rejected", [])
        ],
    }


def _change(fields: dict[str, Any], column: str, old: Any, new: Any) -> dict[str, Any]:
    label = fields.get(FIELD_OF.get(column, column), column)
    return {"label": label, "old": _readable(column, old), "new": _readable(column, new)}


def _readable(column: str, value: Any) -> Any:
    """A value of a JSON row as people write it."""
    if column in WORDS:
        return WORDS[column].get(value, value)
    day = parse_date(value[:10]) if isinstance(value, str) and column in DAYS else None
    return date_format(day, "d.m.Y") if day else value


def _word(kind: Mapping.Kind, cell: str) -> Any:
    if kind == Mapping.Kind.DOCUMENTS and cell in Interaction.Kind.values:
        return Interaction.Kind(cell).label
    day = parse_date(cell) if len(cell) == 10 else None
    return date_format(day, "d.m.Y") if day else cell
