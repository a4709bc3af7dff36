"""Loading calls: COPY into a temporary table, one upsert, tie, project. All in one transaction, or nothing."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from tracking.calls.reading import CallRow, Refusal, read
from tracking.calls.settling import settle

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('tracking.calls', 0))"
INCOMING = """
CREATE TEMPORARY TABLE incoming (
    external_id text, started_at timestamptz, finished_at timestamptz, direction text, is_lost boolean,
    talk_seconds integer, caller text, virtual_number text, employee text, details jsonb
) ON COMMIT DROP
"""
COPY = "COPY incoming FROM STDIN"
UPSERT = """
INSERT INTO tracking_call AS old (external_id, started_at, finished_at, direction, is_lost, talk_seconds, caller,
                                  virtual_number, employee, details, imported_at)
SELECT external_id, started_at, finished_at, direction, is_lost, talk_seconds, caller,
       virtual_number, employee, details, now()
FROM incoming ORDER BY external_id
ON CONFLICT (external_id) DO UPDATE
SET started_at = excluded.started_at, finished_at = excluded.finished_at, direction = excluded.direction,
    is_lost = excluded.is_lost, talk_seconds = excluded.talk_seconds, caller = excluded.caller,
    virtual_number = excluded.virtual_number, employee = excluded.employee, details = excluded.details,
    imported_at = excluded.imported_at
WHERE (old.started_at, old.finished_at, old.direction, old.is_lost, old.talk_seconds, old.caller,
       old.virtual_number, old.employee, old.details)
   IS DISTINCT FROM
      (excluded.started_at, excluded.finished_at, excluded.direction, excluded.is_lost, excluded.talk_seconds,
       excluded.caller, excluded.virtual_number, excluded.employee, excluded.details)
RETURNING id, xmax = 0
"""
TIED = """
SELECT count(*) FILTER (WHERE campaign_id IS NOT NULL), count(*) FILTER (WHERE customer_id IS NOT NULL), count(*)
FROM tracking_call WHERE external_id IN (SELECT external_id FROM incoming)
"""


@dataclass(slots=True)
class Loaded:
    """What a load did: read = new + updated + unchanged + refused. Of the calls in the file, `with_campaign`
    came on a campaign's number and `with_customer` from a known person; the others are strangers."""

    read: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    with_campaign: int = 0
    with_customer: int = 0
    strangers: int = 0
    refused: list[Refusal] = field(default_factory=list)
    dry_run: bool = False
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "format": 1,
            "dry_run": self.dry_run,
            "read": self.read,
            "new": self.new,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": len(self.refused),
            "with_campaign": self.with_campaign,
            "with_customer": self.with_customer,
            "strangers": self.strangers,
            "rejected_rows": [refusal._asdict() for refusal in self.refused],
            "seconds": round(self.seconds, 3),
        }


def load_calls(data: bytes, *, dry_run: bool = False) -> Loaded:
    """Load a CSV of calls, each once by its id; a dry run does the same and takes it back.

    Raises `UnusableFile` before anything is written. Two loads at a time wait for each other.
    """
    started = time.monotonic()
    file = read(data)
    loaded = Loaded(read=file.read, refused=file.refused, dry_run=dry_run)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        _copy(cursor, file.rows)
        cursor.execute(UPSERT)
        touched = cursor.fetchall()
        loaded.new = sum(is_new for _id, is_new in touched)
        loaded.updated = len(touched) - loaded.new
        loaded.unchanged = len(file.rows) - len(touched)
        settle([call_id for call_id, _is_new in touched])
        cursor.execute(TIED)
        loaded.with_campaign, loaded.with_customer, total = cursor.fetchone()
        loaded.strangers = total - loaded.with_customer
        cursor.execute("DROP TABLE incoming")
        transaction.set_rollback(dry_run)
    loaded.seconds = time.monotonic() - started
    return loaded


def _copy(cursor: Any, rows: list[CallRow]) -> None:
    cursor.execute(INCOMING)
    with cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row(row)
