"""What a provider tells us, stored once: the raw call, delivery reports, messages of people, news of templates.

One transaction for any number of calls; in it the news goes up by `channels.signals`, so that a listener that fails
takes all of it back and the provider tells it again. Rows go in key order: two transactions cannot deadlock here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction
from django.utils import timezone

from channels.models import Account, IncomingLetter
from channels.providers.base import Incoming, Report, Told
from channels.providers.written import WrittenLetter
from channels.signals import delivery_reported, message_received, templates_changed
from channels.statuses import RANKS

LONGEST_KEY = 120
LONGEST_TEXT = 10_000
FAST_CLOCK = timedelta(minutes=10)  # a provider's clock may be so much ahead of ours

EVENTS = """
INSERT INTO channels_webhookevent (received_at, account_id, query, body)
SELECT * FROM unnest(%s::timestamptz[], %s::bigint[], %s::text[], %s::bytea[])
"""
REPORTS = """
INSERT INTO channels_deliveryreport (account_id, provider_key, status, happened_at, message_id, reason, received_at)
SELECT *, clock_timestamp()
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[], %s::text[])
    AS t (account_id, provider_key, status, happened_at, message_id, reason)
ORDER BY account_id, provider_key, status, happened_at
ON CONFLICT DO NOTHING RETURNING account_id, provider_key, status, happened_at
"""
INCOMING = """
INSERT INTO channels_incomingmessage (account_id, provider_key, channel, sender, text, happened_at)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
    AS t (account_id, provider_key, channel, sender, text, happened_at)
ORDER BY account_id, provider_key
ON CONFLICT DO NOTHING RETURNING account_id, provider_key, id
"""
# A raw call may hold reports of others too: those are kept in our own words.
FORGET = """
DELETE FROM channels_webhookevent AS e WHERE EXISTS (
    SELECT FROM unnest(%s::text[]) AS mark
    WHERE position(convert_to(mark, 'UTF8') IN e.body) > 0 OR strpos(e.query, mark) > 0)
"""
PHONE_MARK = 10  # last digits, however the country is written


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a provider, or what was heard in another way (an SMPP session, a mailbox): then it has no body."""

    account: Account
    told: Told
    received_at: datetime
    query: str = ""
    body: bytes = b""


def take(account: Account, told: Told) -> int:
    """Store what was heard over an account and tell those who listen. Returns how much of it was news."""
    return take_all([Call(account, told, timezone.now())])


@transaction.atomic
def take_all(calls: Sequence[Call]) -> int:
    """`take` of many calls at once."""
    raw = [call for call in calls if call.body or call.query]
    if raw:
        _insert(EVENTS, [(c.received_at, c.account.pk, _plain(c.query), c.body) for c in raw])
    reports = _new_reports(calls)
    incoming = _new_incoming(calls)
    if reports:
        delivery_reported.send(sender=take_all, reports=reports)
    if incoming:
        message_received.send(sender=take_all, messages=incoming)
    if templates := [(call.account.pk, news) for call in calls for news in call.told.templates]:
        templates_changed.send(sender=take_all, news=templates)
    return len(reports) + len(incoming)


def forget(addresses: Iterable[str]) -> int:
    """Drop the raw calls that name one of these phones (E.164) or e-mails; returns how many."""
    marks = [mark for address in addresses for mark in _marks(address)]
    if not marks:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [marks])
        return cursor.rowcount


def _marks(address: str) -> list[str]:
    """How it may stand in a body or a query, which may be URL-encoded."""
    return [address, quote(address, safe="")] if "@" in address else [address[-PHONE_MARK:]]


def _new_reports(calls: Sequence[Call]) -> list[dict[str, Any]]:
    told = {}
    for call in calls:
        for report in call.told.reports:
            if report.status in RANKS:
                row = _report(call, report)
                told[row["account_id"], row["provider_key"], row["status"], row["happened_at"]] = row
    if not told:
        return []
    rows = [(*key, row["message_id"], row["reason"]) for key, row in told.items()]
    return [told[key] for key in _insert(REPORTS, rows)]


def _report(call: Call, report: Report) -> dict[str, Any]:
    is_ahead = report.happened_at > call.received_at + FAST_CLOCK
    return {
        "account_id": call.account.pk,
        "provider": call.account.provider,
        "provider_key": _plain(report.provider_key)[:LONGEST_KEY],
        "status": report.status,
        "happened_at": call.received_at if is_ahead else report.happened_at,
        "message_id": report.message_id,
        "reason": _plain(report.reason)[:120],
        "raw": report.raw,
    }


def _new_incoming(calls: Sequence[Call]) -> list[dict[str, Any]]:
    told, letters = {}, {}
    for call in calls:
        for message in call.told.incoming:
            row = _message(call, message)
            told[row["account_id"], row["provider_key"]] = row
            letters[row["account_id"], row["provider_key"]] = message.letter
    if not told:
        return []
    columns = ("account_id", "provider_key", "channel", "sender", "text", "happened_at")
    rows = [tuple(row[column] for column in columns) for row in told.values()]
    new = {(account, key): pk for account, key, pk in _insert(INCOMING, rows)}
    kept = [_letter(pk, letter) for place, pk in new.items() if (letter := letters[place])]
    IncomingLetter.objects.bulk_create(kept)
    return [told[place] for place in new]


def _message(call: Call, message: Incoming) -> dict[str, Any]:
    return {
        "account_id": call.account.pk,
        "channel": call.account.channel,
        "provider_key": _plain(message.provider_key)[:LONGEST_KEY],
        "sender": _plain(message.sender)[:254],
        "text": _plain(message.text)[:LONGEST_TEXT],
        "happened_at": min(message.happened_at, call.received_at),
        "raw": message.raw,
    }


def _letter(incoming_id: int, letter: WrittenLetter) -> IncomingLetter:
    return IncomingLetter(
        incoming_id=incoming_id,
        message_id=_plain(letter.message_id),
        names=_plain(" ".join(letter.names)),
        thread=_plain(" ".join(letter.thread)),
        subject=_plain(letter.subject),
        whole=_plain(letter.whole),
        files=[_plain(name) for name in letter.files],
        is_cut=letter.is_cut,
    )


def _plain(text: str) -> str:
    """What PostgreSQL takes for text: no NUL, no half of a character."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _insert(statement: str, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Run it with the columns of these rows as arrays; returns what it returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
        return cursor.fetchall() if cursor.description else []
