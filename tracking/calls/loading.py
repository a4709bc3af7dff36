"""Loading calls: COPY into a temporary table, one upsert, tie, project. All in one transaction, or nothing.

One way of writing a call, whatever it came by: a file, a pull, notifications. What only notifications told is
provisional: the report's word replaces it, and never the other way round.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from tracking.calls.cells import ACCOUNT_ZONE, CallRow
from tracking.calls.mapping import Columns
from tracking.calls.projecting import rename
from tracking.calls.reading import Refusal, read
from tracking.calls.settling import settle
from tracking.models import CallTrackingAccount

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('tracking.calls', 0))"
INCOMING = """
CREATE TEMPORARY TABLE incoming (
    external_id text, started_at timestamptz, finished_at timestamptz, direction text, is_lost boolean,
    talk_seconds integer, caller text, virtual_number text, employee text, communication text, details jsonb
) ON COMMIT DROP
"""
COPY = "COPY incoming FROM STDIN"
# A call that notifications told under another number (of the session, not of the call) becomes the report's.
ADOPT = """
UPDATE tracking_call AS c SET external_id = told.external_id
FROM (SELECT DISTINCT ON (i.communication) i.external_id, k.id, k.external_id AS was
      FROM incoming AS i
      JOIN tracking_call AS k ON k.communication = i.communication AND k.account_id = %(account)s AND k.is_provisional
      WHERE i.communication <> '' AND k.external_id <> i.external_id
        AND NOT EXISTS (SELECT FROM tracking_call AS o WHERE o.external_id = i.external_id)
      ORDER BY i.communication, i.started_at, i.external_id, k.started_at, k.id) AS told
WHERE c.id = told.id
RETURNING told.was, c.external_id
"""
SAID_BY_THE_REPORT = """
DELETE FROM incoming AS i
WHERE EXISTS (SELECT FROM tracking_call AS c WHERE c.external_id = i.external_id AND NOT c.is_provisional)
   OR (i.communication <> '' AND EXISTS (
       SELECT FROM tracking_call AS c
       WHERE c.communication = i.communication AND c.account_id = %(account)s AND NOT c.is_provisional))
"""
UPSERT = """
INSERT INTO tracking_call AS old (external_id, started_at, finished_at, direction, is_lost, talk_seconds, caller,
                                  virtual_number, employee, communication, details, imported_at, account_id,
                                  is_provisional)
SELECT external_id, started_at, finished_at, direction, is_lost, talk_seconds, caller,
       virtual_number, employee, communication, details, now(), %(account)s, %(provisional)s
FROM incoming ORDER BY external_id
ON CONFLICT (external_id) DO UPDATE
SET started_at = excluded.started_at, finished_at = excluded.finished_at, direction = excluded.direction,
    is_lost = excluded.is_lost, talk_seconds = excluded.talk_seconds, caller = excluded.caller,
    virtual_number = excluded.virtual_number, employee = excluded.employee, communication = excluded.communication,
    details = excluded.details, imported_at = excluded.imported_at,
    account_id = COALESCE(excluded.account_id, old.account_id), is_provisional = excluded.is_provisional
WHERE (old.started_at, old.finished_at, old.direction, old.is_lost, old.talk_seconds, old.caller,
       old.virtual_number, old.employee, old.communication, old.details, old.account_id, old.is_provisional)
   IS DISTINCT FROM
      (excluded.started_at, excluded.finished_at, excluded.direction, excluded.is_lost, excluded.talk_seconds,
       excluded.caller, excluded.virtual_number, excluded.employee, excluded.communication, excluded.details,
       COALESCE(excluded.account_id, old.account_id), excluded.is_provisional)
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


def load_calls(
    data: bytes, *, dry_run: bool = False, account: CallTrackingAccount | None = None, columns: Columns | None = None,
    prefix: str = "",
) -> Loaded:  # fmt: skip
    """Load a CSV of calls, each once by its id; a dry run does the same and takes it back.

    `account`: whose report it is, for its time zone and its numbers of calls; without one `prefix` keeps these apart.
    `columns`: of a file in words of its own. Raises `UnusableFile` before anything is written. Two loads at a time wait for
    each other.
    """
    started = time.monotonic()
    file = read(data, ZoneInfo(account.time_zone) if account else ACCOUNT_ZONE, columns)
    with transaction.atomic():
        loaded = load_rows(file.rows, account=account, prefix=account.key_prefix if account else prefix)
        transaction.set_rollback(dry_run)
    loaded.read, loaded.refused, loaded.dry_run = file.read, file.refused, dry_run
    loaded.seconds = time.monotonic() - started
    return loaded


@transaction.atomic(savepoint=False)
def load_rows(
    rows: Sequence[CallRow], *, account: CallTrackingAccount | None = None, is_provisional: bool = False,
    before: Callable[[Any], None] | None = None, prefix: str | None = None,
) -> Loaded:  # fmt: skip
    """Write these calls, no id of which stands there twice. `is_provisional`: only notifications told of them. `before` is
    given the cursor while they stand in `incoming` and nothing is written yet."""
    told: dict[str, Any] = {"account": account.pk if account else None, "provisional": is_provisional}
    loaded = Loaded(read=len(rows))
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        _copy(cursor, rows, prefix if prefix is not None else account.key_prefix if account else "")
        if account:
            _reconcile_with_notices(cursor, told)
        if before:
            before(cursor)
        cursor.execute(UPSERT, told)
        touched = cursor.fetchall()
        loaded.new = sum(is_new for _id, is_new in touched)
        loaded.updated = len(touched) - loaded.new
        loaded.unchanged = len(rows) - len(touched)
        settle([call_id for call_id, _is_new in touched])
        cursor.execute(TIED)
        loaded.with_campaign, loaded.with_customer, total = cursor.fetchone()
        loaded.strangers = total - loaded.with_customer
        cursor.execute("DROP TABLE incoming")
    return loaded


def _reconcile_with_notices(cursor: Any, told: dict[str, Any]) -> None:
    if told["provisional"]:
        cursor.execute(SAID_BY_THE_REPORT, told)
        return
    cursor.execute(ADOPT, told)
    rename(dict(cursor.fetchall()))


def _copy(cursor: Any, rows: Sequence[CallRow], prefix: str) -> None:
    cursor.execute(INCOMING)
    with cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row((prefix + row.external_id, *row[1:]))
