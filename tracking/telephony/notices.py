"""Notifications: kept as they come, many in one statement, and applied afterwards by a job.

What is known of a call is made anew of all its notices each time, under the lock of all loads: neither their order nor a
repeat changes it. A call that the report has told is left as it is.
"""

import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max
from django.utils import timezone
from redis.exceptions import RedisError

from channels.audiences.errors import ServiceError
from channels.gathering import Gathering
from segments.bells import ring
from tracking.calls.cells import BadCell, CallRow, call_of
from tracking.calls.loading import LOCK, load_rows
from tracking.telephony import provider_for
from tracking.telephony_models import CallNotice, CallTrackingAccount

logger = logging.getLogger(__name__)

BATCH = 1000  # notices of one transaction
FORGOTTEN = 10_000  # of one sweep
SHOWN, SHOWN_REASONS = timedelta(days=7), 5  # of those that were refused
APART = 1.0  # seconds between two rings of one process
QUEUE = "tracking"
APPLY = "tracking.telephony.jobs.apply"
PHONE_MARK = 10  # last digits, however the country is written
INSERT = """
INSERT INTO tracking_callnotice (account_id, digest, call_key, body, received_at)
SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::text[], %s::bytea[], %s::timestamptz[])
    AS t (account_id, digest, call_key, body, received_at)
ORDER BY account_id, digest ON CONFLICT DO NOTHING
"""
FORGET_PHONES = """
DELETE FROM tracking_callnotice AS n WHERE EXISTS (
    SELECT FROM unnest(%s::text[]) AS mark WHERE position(convert_to(mark, 'UTF8') IN n.body) > 0)
"""
_rung_at = -APART


@dataclass(frozen=True, slots=True)
class Knock:
    """A notification that may be kept. `call_key` names its call within the account."""

    account_id: int
    call_key: str
    body: bytes
    received_at: datetime


def store(knocks: Sequence[Knock]) -> None:
    """Keep them, each once; a worker is rung for."""
    rows = [(k.account_id, hashlib.sha256(k.body).digest()[:16], k.call_key, k.body, k.received_at) for k in knocks]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [list(column) for column in zip(*rows, strict=True)])
    _ring()


gathering: Gathering[Knock] = Gathering(store)


def _ring() -> None:
    """At most once a second; the job looks once more after that time, and the sweep rings for what was missed."""
    global _rung_at
    if time.monotonic() - _rung_at < APART:
        return
    _rung_at = time.monotonic()
    try:
        ring(QUEUE, APPLY, {"apply-call-notices": ()})
    except RedisError:
        logger.warning("nobody was rung for notifications of calls: Redis does not answer")


def apply_all() -> int:
    """Apply what waits; returns how many notices."""
    done = 0
    while some := _apply_some():
        done += some
    return done


@transaction.atomic
def _apply_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    taken = list(
        CallNotice.objects.filter(applied_at=None).order_by("pk").values_list("pk", "account", "call_key")[:BATCH]
    )
    keys: dict[int, set[str]] = defaultdict(set)
    for _pk, account_id, call_key in taken:
        keys[account_id].add(call_key)
    CallNotice.objects.filter(pk__in=[pk for pk, _account, _key in taken]).update(applied_at=timezone.now())
    for account in CallTrackingAccount.objects.filter(pk__in=keys):
        _note(account, keys[account.pk], _apply(account, keys[account.pk]))
    return len(taken)


def _note(account: CallTrackingAccount, call_keys: set[str], problems: Mapping[str, str]) -> None:
    """All notices of a call say the same of it: a later one may have made it whole."""
    told = CallNotice.objects.filter(account=account)
    told.filter(call_key__in=call_keys - problems.keys()).exclude(problem="").update(problem="")
    for problem in set(problems.values()):
        told.filter(call_key__in=[key for key, why in problems.items() if why == problem]).update(problem=problem)


def refused_lately(account: CallTrackingAccount) -> list[Any]:
    """Why notices of the last days made no call: `problem`, how many `calls`, when the `last` came; the latest first."""
    told = CallNotice.objects.filter(account=account, received_at__gt=timezone.now() - SHOWN).exclude(problem="")
    counted = told.values("problem").annotate(calls=Count("call_key", distinct=True), last=Max("received_at"))
    return list(counted.order_by("-last")[:SHOWN_REASONS])


def _apply(account: CallTrackingAccount, call_keys: Iterable[str]) -> dict[str, str]:
    """Write these calls; {call: why it could not be read}."""
    bodies: dict[str, list[bytes]] = defaultdict(list)
    found = CallNotice.objects.filter(account=account, call_key__in=call_keys).order_by("pk")
    for call_key, body in found.values_list("call_key", "body"):
        bodies[call_key].append(bytes(body))
    try:
        provider = provider_for(account)
    except ServiceError as error:
        return dict.fromkeys(bodies, str(error)[:200])
    rows: dict[str, CallRow] = {}
    problems = {}
    for call_key, each in bodies.items():
        try:
            row = call_of(provider.said_by(each), provider.zone)
        except (BadCell, ValueError, TypeError, KeyError) as error:
            problems[call_key] = str(error)[:200]
            continue
        rows[row.external_id] = row
    load_rows(list(rows.values()), account=account, is_provisional=True)
    return problems


def forget_old() -> int:
    """Drop notices that were kept long enough."""
    old = CallNotice.objects.filter(received_at__lt=timezone.now() - timedelta(days=settings.WEBHOOK_DAYS))
    return CallNotice.objects.filter(pk__in=old.values("pk")[:FORGOTTEN]).delete()[0]


def forget_phones(phones: Sequence[str]) -> int:
    """Drop the notices that name one of these phones (E.164)."""
    if not phones:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(FORGET_PHONES, [[phone[-PHONE_MARK:] for phone in phones]])
        return cursor.rowcount


def waiting() -> bool:
    return CallNotice.objects.filter(applied_at=None).exists()
