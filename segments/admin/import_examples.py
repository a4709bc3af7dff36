"""The examples of a dry run for the page: codes and columns as words."""

from typing import Any

from segments.identity.matching import why_sentence
from segments.importing.mapping import FIELDS
from segments.importing.reasons import REASONS
from segments.models import Card, ImportBatch, Interaction, Mapping

MODELS = {Mapping.Kind.CARDS: Card, Mapping.Kind.DOCUMENTS: Interaction}


def shown(batch: ImportBatch) -> dict[str, Any] | None:
    """`{"files": [{kind, new, updated, rejected}], "merged"}` of a dry run; None for an import that was loaded."""
    kept = batch.counters.get("examples")
    if not kept or not batch.dry_run:
        return None
    files = [{"kind": Mapping.Kind(kind).label, **_file(kind, kept[kind])} for kind in Mapping.Kind if kept.get(kind)]
    merged = [{**row, "reason": why_sentence(row["reason"])} for row in kept.get("merged", [])]
    return {"files": [file for file in files if any(file[name] for name in OUTCOMES)], "merged": merged}


OUTCOMES = ("new", "updated", "rejected")


def _file(kind: Mapping.Kind, kept: dict[str, Any]) -> dict[str, Any]:
    fields = {field.name: field.label for field in FIELDS[kind]}
    return {
        "new": [{**row, "cells": [_word(kind, cell) for cell in row["cells"]]} for row in kept.get("new", [])],
        "updated": [
            {"name": row["name"], "changes": [_change(kind, *change) for change in row["changes"]]}
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


def _change(kind: Mapping.Kind, column: str, old: Any, new: Any) -> dict[str, Any]:
    field = next(field for field in MODELS[kind]._meta.concrete_fields if field.column == column)
    return {"label": field.verbose_name, "old": old, "new": new}


def _word(kind: Mapping.Kind, cell: str) -> Any:
    return dict(Interaction.Kind.choices).get(cell, cell) if kind == Mapping.Kind.DOCUMENTS else cell
