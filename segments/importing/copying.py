"""Frames into PostgreSQL by COPY, and rows back as frames. Errors are those of Django, as everywhere else."""

import io
from collections.abc import Mapping
from typing import Any

import polars as pl

TYPES: dict[Any, str] = {
    pl.String: "text",
    pl.Categorical: "text",
    pl.Int8: "smallint",
    pl.Int16: "smallint",
    pl.Int32: "integer",
    pl.Int64: "bigint",
    pl.UInt32: "bigint",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Decimal: "numeric",
    pl.Datetime: "timestamptz",
}
PART = 1 << 20
NEW_IDS = """
SELECT {how} FROM (SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) AS id FROM generate_series(1, %s)) AS taken
"""
ENDS = NEW_IDS.format(how="min(id), max(id)")  # half a million numbers are seconds
EACH = NEW_IDS.format(how="array_agg(id ORDER BY id)")


def copy_in(cursor: Any, table: str, frame: pl.DataFrame) -> None:
    """COPY the frame into the columns of its names. Null stays null, '' stays ''; bytea comes as '\\x…' text."""
    if not len(frame):
        return
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=False, datetime_format="%Y-%m-%d %H:%M:%S%z")
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    view = buffer.getbuffer()
    with cursor.db.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
        for start in range(0, len(view), PART):
            copy.write(view[start : start + PART])


def stage(cursor: Any, name: str, frame: pl.DataFrame) -> None:
    """A temporary table (gone with the transaction) with the frame's columns and rows."""
    columns = ", ".join(f'"{column}" {TYPES[kind.base_type()]}' for column, kind in frame.schema.items())
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP")
    copy_in(cursor, name, frame)
    analyze(cursor, name)


def analyze(cursor: Any, table: str) -> None:
    """What the planner needs of a table that lives for one transaction, or one import: how many rows and of which
    range. Thirty thousand sampled rows would cost as much as the question."""
    cursor.execute(f"SET LOCAL default_statistics_target = 10; ANALYZE {table}")


def by_index(cursor: Any) -> None:
    """Until the end of the transaction: a few thousand keys of a large table are looked up one by one. By its own
    prices the planner would read the whole table for every block, and a twice as large file would take four times as
    long."""
    cursor.execute("SET LOCAL random_page_cost = 0.1")


def fetch(cursor: Any, sql: str, schema: Mapping[str, Any], parameters: Any = None) -> pl.DataFrame:
    """The rows of a query as a frame with this schema."""
    cursor.execute(sql, parameters)
    return pl.DataFrame(cursor.fetchall(), schema=dict(schema), orient="row")


def copy_out(cursor: Any, sql: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of a query without parameters as a frame with this schema: for many rows, without an object for each.
    Empty text comes back as null."""
    buffer = io.BytesIO()
    with cursor.db.wrap_database_errors, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        for part in copy:
            buffer.write(part)
    if not buffer.tell():
        return pl.DataFrame(schema=dict(schema))
    return pl.read_csv(buffer.getvalue(), has_header=False, schema=dict(schema))


def new_ids(cursor: Any, table: str, count: int) -> pl.Series:
    """`count` fresh ids of the table's sequence, in order."""
    if not count:
        return pl.Series("id", [], dtype=pl.Int64)
    cursor.execute(ENDS, (table, count))
    first, last = cursor.fetchone()
    if last - first + 1 == count:
        return pl.int_range(first, last + 1, dtype=pl.Int64, eager=True).alias("id")
    cursor.execute(EACH, (table, count))  # somebody took one meanwhile
    return pl.Series("id", cursor.fetchone()[0], dtype=pl.Int64)
