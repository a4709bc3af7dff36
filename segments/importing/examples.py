"""A few rows of each outcome of a dry run, read before it is rolled back: what a person looks at before loading."""

import json
from typing import Any

import polars as pl
from django.db import connection

from segments.importing.images import CARD, DOCUMENT, TABLES
from segments.models.imports import ImportBatch, Mapping

SHOWN = 20
NEW_CARDS = """
SELECT t.code, concat_ws(' ', nullif(t.last_name, ''), nullif(t.first_name, ''), nullif(t.middle_name, ''),
                         nullif(t.company, '')), t.birth_date::text, city.name, centre.name
FROM segments_card AS t LEFT JOIN segments_city AS city ON city.id = t.city_id
LEFT JOIN segments_centre AS centre ON centre.id = t.centre_id
WHERE t.first_batch_id = %s ORDER BY t.id DESC LIMIT %s
"""
NEW_DOCUMENTS = """
SELECT t.number, t.kind, t.happened_at::date::text, concat_ws(' ', b.name, m.name), t.amount::text
FROM segments_interaction AS t LEFT JOIN segments_brand AS b ON b.id = t.brand_id
LEFT JOIN segments_carmodel AS m ON m.id = t.model_id
WHERE t.first_batch_id = %s ORDER BY t.id DESC LIMIT %s
"""
CHANGED = """
SELECT b.before, to_jsonb(t) FROM segments_beforeimage AS b JOIN {table} AS t ON t.id = b.row_id
WHERE b.batch_id = %s AND b.kind = %s ORDER BY b.id LIMIT %s
"""
MERGED = """
SELECT concat_ws(' ', l.last_name, l.first_name, l.middle_name), concat_ws(' ', s.last_name, s.first_name, s.middle_name),
       r.reason
FROM segments_mergerecord AS r JOIN segments_customer AS l ON l.id = r.loser_id
JOIN segments_customer AS s ON s.id = r.survivor_id WHERE r.batch_id = %s ORDER BY r.id LIMIT %s
"""
# Columns whose change is told, with the dictionary that a number in them means.
TOLD: dict[str, dict[str, str]] = {
    CARD: {
        "last_name": "", "first_name": "", "middle_name": "", "company": "", "sex": "", "birth_date": "",
        "city_id": "segments_city", "centre_id": "segments_centre", "created_on": "",
    },
    DOCUMENT: {
        "card_code": "", "status": "", "happened_at": "", "condition": "", "brand_id": "segments_brand",
        "model_id": "segments_carmodel", "centre_id": "segments_centre", "salesperson_id": "segments_salesperson",
        "amount": "", "margin": "", "reason": "",
    },
}  # fmt: skip
NAMED = {CARD: "code", DOCUMENT: "number"}
Row = dict[str, Any]


def examples(batch: ImportBatch, refused: list[tuple[str, pl.DataFrame]]) -> dict[str, Any]:
    """Up to `SHOWN` of each: `{"cards": {"new", "updated", "rejected"}, "documents": {…}, "merged"}`.

    new: {name, cells}; updated: {name, changes: [[column, old, new]]}; rejected: {line, column, reason, cells};
    merged: {loser, survivor, reason}.
    """
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for kind, table, new in (
            (Mapping.Kind.CARDS, CARD, NEW_CARDS),
            (Mapping.Kind.DOCUMENTS, DOCUMENT, NEW_DOCUMENTS),
        ):
            cursor.execute(new, (batch.pk, SHOWN))
            rows = [{"name": name, "cells": [cell for cell in cells if cell]} for name, *cells in cursor.fetchall()]
            found[kind.value] = {"new": rows, "updated": _updated(cursor, batch.pk, table)}
        cursor.execute(MERGED, (batch.pk, SHOWN))
        found["merged"] = [{"loser": a, "survivor": b, "reason": reason} for a, b, reason in cursor.fetchall()]
    for kind, frame in refused:
        shown = found.setdefault(kind, {}).setdefault("rejected", [])
        shown += [_rejected(row) for row in frame.head(SHOWN - len(shown)).iter_rows(named=True)]
    return found


def _updated(cursor: Any, batch_id: int, kind: str) -> list[Row]:
    cursor.execute(CHANGED.format(table=TABLES[kind]), (batch_id, kind, SHOWN))
    pairs = [tuple(json.loads(row) if isinstance(row, str) else row for row in pair) for pair in cursor.fetchall()]
    names = {table: _names(cursor, table, pairs, kind) for table in set(TOLD[kind].values()) - {""}}
    rows = []
    for before, after in pairs:
        changes = [
            [column, *(names[table].get(row[column], row[column]) if table else row[column] for row in (before, after))]
            for column, table in TOLD[kind].items()
            if before.get(column) != after.get(column)
        ]
        rows.append({"name": after[NAMED[kind]], "changes": changes})
    return rows


def _names(cursor: Any, table: str, pairs: list[Any], kind: str) -> dict[int, str]:
    columns = [column for column, meant in TOLD[kind].items() if meant == table]
    ids = {row[column] for pair in pairs for row in pair for column in columns if row[column]}
    cursor.execute(f"SELECT id, name FROM {table} WHERE id = ANY(%s)", (list(ids),))
    return dict(cursor.fetchall())


def _rejected(row: Row) -> Row:
    raw = json.loads(row["raw"])
    cells = [str(cell)[:80] for cell in raw.values() if cell][:6]
    return {"line": row["line"], "column": row["column"], "reason": row["reason"], "cells": cells}
