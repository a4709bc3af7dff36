"""Where what was known of calls and what the report says part: kept as the report is written, before it is believed."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from tracking.telephony_models import CallDifference, CallTrackingAccount

Before = Callable[[Any], None]  # what `load_rows` calls with its cursor while the report stands in `incoming`

_FIELDS = """
    LATERAL (
        SELECT jsonb_object_agg(f.name, jsonb_build_array(f.ours, f.theirs)) AS fields
        FROM (VALUES
            ('started_at', to_jsonb(c.started_at), CASE WHEN abs(extract(epoch FROM i.started_at - c.started_at)) > 60
                                                        THEN to_jsonb(i.started_at) ELSE to_jsonb(c.started_at) END),
            ('virtual_number', to_jsonb(c.virtual_number), to_jsonb(i.virtual_number)),
            ('caller', to_jsonb(c.caller), to_jsonb(i.caller)),
            ('is_lost', to_jsonb(c.is_lost), to_jsonb(i.is_lost)),
            ('talk_seconds', to_jsonb(c.talk_seconds), to_jsonb(i.talk_seconds)),
            ('employee', to_jsonb(c.employee), to_jsonb(i.employee)),
            ('tags', COALESCE(c.details -> 'tags', '[]'), COALESCE(i.details -> 'tags', '[]'))
        ) AS f (name, ours, theirs)
        WHERE f.ours <> f.theirs
    ) AS d"""
_KEEP = (
    "ON CONFLICT (account_id, external_id, kind) DO UPDATE SET fields = excluded.fields, found_at = excluded.found_at"
)
DIFFERENT = f"""
INSERT INTO tracking_calldifference (account_id, external_id, kind, started_at, fields, found_at)
SELECT %(account)s, i.external_id, CASE WHEN c.id IS NULL THEN 'missing_here' ELSE 'differs' END, i.started_at,
       COALESCE(d.fields, '{{}}'), %(now)s
FROM incoming AS i LEFT JOIN tracking_call AS c ON c.external_id = i.external_id, {_FIELDS}
WHERE CASE WHEN c.id IS NULL THEN %(all)s ELSE d.fields IS NOT NULL AND (%(all)s OR c.is_provisional) END
{_KEEP}
"""
NOT_THERE = f"""
INSERT INTO tracking_calldifference (account_id, external_id, kind, started_at, fields, found_at)
SELECT %(account)s, c.external_id, 'missing_there', c.started_at, '{{}}', %(now)s
FROM tracking_call AS c
WHERE c.account_id = %(account)s AND c.started_at >= %(since)s AND c.started_at < %(until)s
  AND NOT EXISTS (SELECT FROM incoming AS i WHERE i.external_id = c.external_id)
{_KEEP}
"""
FOUND_AFTER_ALL = """
DELETE FROM tracking_calldifference AS d USING incoming AS i
WHERE d.account_id = %(account)s AND d.kind = 'missing_there' AND d.external_id = i.external_id
"""


def of_notices(account: CallTrackingAccount) -> Before:
    """For a pull: keep in what its page differs from what notifications said. Given to `load_rows`."""
    return partial(_record, account, None)


def of_window(account: CallTrackingAccount, since: datetime, until: datetime) -> Before:
    """For a whole window of the report: also what is missing, on either side."""
    return partial(_record, account, (since, until))


def _record(account: CallTrackingAccount, window: tuple[datetime, datetime] | None, cursor: Any) -> None:
    """What differs, of what stands in `incoming`. Without a window it is a page, and only notifications are compared."""
    told = {"account": account.pk, "now": timezone.now(), "all": window is not None}
    cursor.execute(DIFFERENT, told)
    cursor.execute(FOUND_AFTER_ALL, told)
    if window:
        cursor.execute(NOT_THERE, {**told, "since": window[0], "until": window[1]})


def lately(account: CallTrackingAccount, limit: int) -> list[CallDifference]:
    return list(account.differences.order_by("-started_at", "-id")[:limit])
