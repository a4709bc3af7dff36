"""Asking providers what became of messages: those of unknown fate, and, where a provider has no webhook, those accepted
that were never reported.

Each account that may have sent a message is asked, in pages, at its own pace and while its breaker is closed; a page
that is taken is due again a little later, so that whoever is killed in the middle loses nothing and two jobs never ask
about the same message at once. What is found goes the way of a delivery report. A message that the provider has never
heard of stays unknown (`campaigns.unheard`): no machine sends it again.
"""

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple, TypedDict

from django.db import connection, transaction
from django.utils import timezone

from campaigns import outbox, partitions
from campaigns.models import Inquiry
from channels import reporting
from channels.limits import Gate
from channels.models import Account, AccountHealth
from channels.providers import capabilities_of, provider_class
from channels.providers.base import Found, Provider, ProviderError, Sought, Told

log = logging.getLogger(__name__)

SECONDS = 40  # of one job
SURE_AFTER = 3  # times that a provider must say so, until it is not asked again about what it has never heard of
# Seconds after the nth answer; after the last there is nothing more to ask.
DELAYS = (600, 3600, 6 * 3600, 24 * 3600)
FINAL = frozenset({"delivered", "opened", "clicked", "failed", "expired", "bounced"})

UNKNOWN_DAYS = 7
LATEST_DAYS = 3  # an accepted message is asked about so long
ENROLLED_AT_ONCE = 5000

# A crash may be seconds ago, and the provider may still be at work on what it was given.
ENROL_UNKNOWN = f"""
INSERT INTO campaigns_inquiry (run_id, message_id, account_id, due_at)
SELECT o.run_id, o.message_id, a.id, o.happened_at + interval '2 minutes'
FROM campaigns_outcome AS o JOIN campaigns_run AS r ON r.id = o.run_id
CROSS JOIN LATERAL unnest(r.account_id || r.stand_ins) AS a (id)
WHERE o.kind = 'unknown' AND o.run_id >= %(since)s AND a.id = ANY(%(accounts)s)
  AND o.happened_at > clock_timestamp() - interval '{UNKNOWN_DAYS} days'
  AND NOT EXISTS (SELECT FROM campaigns_resolution AS s WHERE s.run_id = o.run_id AND s.message_id = o.message_id)
ORDER BY o.message_id, a.id ON CONFLICT DO NOTHING
"""
REPORTED = """EXISTS (
    SELECT FROM campaigns_deliverystate AS d WHERE d.run_id = o.run_id AND d.message_id = o.message_id
      AND COALESCE(d.delivered_at, d.failed_at, d.opened_at, d.clicked_at, d.complained_at, d.unsubscribed_at) IS NOT NULL)
"""
ENROL_SILENT = f"""
INSERT INTO campaigns_inquiry (run_id, message_id, account_id, due_at)
SELECT o.run_id, o.message_id, a.id, clock_timestamp()
FROM campaigns_outcome AS o JOIN campaigns_run AS r ON r.id = o.run_id
CROSS JOIN LATERAL unnest(r.account_id || r.stand_ins) AS a (id)
WHERE o.kind = 'accepted' AND o.run_id >= %(since)s AND a.id = ANY(%(accounts)s) AND o.provider_key <> ''
  AND o.happened_at > clock_timestamp() - interval '{LATEST_DAYS} days'
  AND o.happened_at < clock_timestamp() - interval '10 minutes' AND NOT {REPORTED}
  AND NOT EXISTS (SELECT FROM campaigns_inquiry AS i WHERE i.message_id = o.message_id AND i.account_id = a.id)
ORDER BY o.message_id, a.id LIMIT {ENROLLED_AT_ONCE} ON CONFLICT DO NOTHING
"""
# Those that were settled meanwhile leave the queue with their page.
CLAIM = f"""
WITH page AS MATERIALIZED (
    SELECT id FROM campaigns_inquiry WHERE account_id = %(account)s AND due_at <= clock_timestamp()
    ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), judged AS (
    SELECT i.id, o.provider_key, p.value AS address, {REPORTED} OR (s.kind IS NOT NULL AND i.answer <> 'known') AS is_settled
    FROM page JOIN campaigns_inquiry AS i ON i.id = page.id
    JOIN campaigns_outcome AS o ON o.run_id = i.run_id AND o.message_id = i.message_id
    LEFT JOIN campaigns_resolution AS s ON s.run_id = i.run_id AND s.message_id = i.message_id
    LEFT JOIN campaigns_message AS m ON m.run_id = i.run_id AND m.id = i.message_id
    LEFT JOIN segments_contactpoint AS p ON p.id = m.contact_point_id
)
UPDATE campaigns_inquiry AS i
SET due_at = CASE WHEN judged.is_settled THEN NULL ELSE clock_timestamp() + interval '5 minutes' END
FROM judged WHERE i.id = judged.id
RETURNING i.id, i.message_id, i.times, judged.provider_key, COALESCE(judged.address, ''), judged.is_settled
"""
RECORD = """
UPDATE campaigns_inquiry AS i SET answer = t.answer, word = t.word, times = i.times + 1, asked_at = clock_timestamp(),
    due_at = clock_timestamp() + t.seconds * interval '1 second'
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[]) AS t (id, answer, word, seconds) WHERE i.id = t.id
"""
CLOSE = "UPDATE campaigns_inquiry SET due_at = NULL WHERE id = ANY(%s)"
FORGET = """
DELETE FROM campaigns_inquiry
WHERE due_at IS NULL AND answer <> 'unheard' AND COALESCE(asked_at, '-infinity') < clock_timestamp() - interval '30 days'
  AND run_id < %(since)s
"""
DUE = "SELECT EXISTS (SELECT FROM campaigns_inquiry WHERE due_at <= clock_timestamp() AND account_id = ANY(%s))"


class Asked(TypedDict):
    """Messages: that were `asked` about, that the provider `found`, that it has never heard of (`unheard`)."""

    asked: int
    found: int
    unheard: int


class Row(NamedTuple):
    """A message of a page; `times` it was answered about before."""

    id: int
    times: int
    sought: Sought


def enrol() -> int:
    """Put down all that is to be asked about, and forget what is long settled; returns how many came."""
    accounts = _accounts()
    since = _month_before()
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"since": since})
        cursor.execute(ENROL_UNKNOWN, {"since": since, "accounts": [account.pk for account in accounts]})
        came = cursor.rowcount
        mute = [account.pk for account in accounts if provider_class(account.provider).tells_when_asked()]
        if mute:
            cursor.execute(ENROL_SILENT, {"since": since, "accounts": mute})
            came += cursor.rowcount
    return came


def is_due() -> bool:
    """Whether an account that may be asked has something to be asked about now."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [[account.pk for account in _accounts()]])
        return cursor.fetchone()[0]


def ask(seconds: float = SECONDS) -> Asked:
    """One page of each account, for about `seconds` in all."""
    total = Asked(asked=0, found=0, unheard=0)
    until = time.monotonic() + seconds
    for account in _accounts():
        if time.monotonic() < until:
            _ask_account(account, until, total)
    return total


def _accounts() -> list[Account]:
    """Those that answer questions: live, in use and not paused. What kept a journal never left."""
    paused = AccountHealth.objects.exclude(pause=AccountHealth.Pause.NONE).values("account")
    live = Account.objects.filter(is_active=True, mode=Account.Mode.LIVE).exclude(pk__in=paused).order_by("pk")
    return [account for account in live if capabilities_of(account).looks_up]


def _month_before() -> int:
    """The first run of the month before this one."""
    day = timezone.localdate().replace(day=1) - timedelta(days=1)
    return partitions.month_of(day) * partitions.RUNS_A_MONTH


def _ask_account(account: Account, until: float, total: Asked) -> None:
    provider = provider_class(account.provider)(account)
    page = _claim(account.pk, provider)
    if not page:
        return
    found: list[Found] = []
    try:
        with provider:
            found.extend(provider.lookup(_paced(Gate(account), page, until)))
    except ProviderError as error:
        log.warning("account %s was asked about %s messages: %s", account.pk, len(page), error)
    _record(account, page, found)
    total["asked"] += len(page)
    total["found"] += sum(one.report is not None for one in found)
    total["unheard"] += sum(one.report is None for one in found)


def _claim(account_id: int, provider: Provider) -> list[Row]:
    """The next page; what the provider cannot find at all leaves the queue."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"account": account_id, "most": provider.lookups_a_minute})
        rows = [
            Row(pk, times, Sought(message_id, address, key))
            for pk, message_id, times, key, address, is_settled in cursor.fetchall()
            if not is_settled
        ]
        askable = [row for row in rows if provider.can_seek(row.sought)]
        cursor.execute(CLOSE, [[row.id for row in rows if row not in askable]])
    return askable


def _paced(gate: Gate, page: Sequence[Row], until: float) -> Iterator[Sought]:
    """Questions take their turns among the messages that the account sends."""
    for row in page:
        (begins,) = gate.more(1)
        if time.monotonic() + begins >= until:
            return
        time.sleep(begins)
        yield row.sought


@transaction.atomic
def _record(account: Account, page: Sequence[Row], found: Collection[Found]) -> None:
    """What was said, as resolutions, reports and the next time to ask."""
    rows = {row.sought.id: row for row in page}
    reports = [replace(one.report, message_id=one.id) for one in found if one.report]
    said: dict[tuple[str, str], list[int]] = {}
    for one in found:
        if one.report:
            said.setdefault((one.kind, _evidence(account, one)), []).append(one.id)
    for (kind, evidence), message_ids in said.items():
        outbox.resolve(message_ids, kind, evidence=evidence)
    reporting.take(account, Told(reports=reports))
    _write(_answers(rows[one.id], one) for one in found)


def _evidence(account: Account, one: Found) -> str:
    assert one.report is not None
    return f"{account.name}: {one.report.status} {one.report.reason}".strip()


def _answers(row: Row, one: Found) -> tuple[int, str, str, int | None]:
    if one.report is None:
        return row.id, Inquiry.Answer.UNHEARD, "", None if row.times + 1 >= SURE_AFTER else DELAYS[row.times]
    is_over = one.report.status in FINAL or row.times >= len(DELAYS)
    return row.id, Inquiry.Answer.KNOWN, one.report.status, None if is_over else DELAYS[row.times]


def _write(answers: Iterable[tuple[int, str, str, int | None]]) -> None:
    columns = [list(column) for column in zip(*sorted(answers), strict=True)]
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(RECORD, columns)
