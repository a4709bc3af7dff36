"""Reading the calls of an account: day by day from its cursor to now, and the last days again, since tags come late.

A pull may be killed anywhere and starts again where its cursor stands: a page of calls is one transaction, the cursor moves
when a day is whole. Only this module writes the state of a pull and the cursor.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.audiences.errors import ComeLater, ServiceError
from segments.alone import alone
from tracking.calls.cells import BadCell, CallRow, call_of
from tracking.calls.loading import load_rows
from tracking.telephony import provider_for
from tracking.telephony.base import CallTracking, Cells
from tracking.telephony.differences import of_notices
from tracking.telephony_models import CallPull, CallTrackingAccount

AFTER_FAILURE = timedelta(minutes=10)  # doubled with each failure in a row
LONGEST_PAUSE = timedelta(hours=6)
KEPT = timedelta(days=30)  # of pulls
SHOWN_REFUSALS = 20
WORK = "tracking.telephony"  # of which an account has one at a time


def pull(account_id: int, *, by_hand: bool = False) -> CallPull | None:
    """Read what is new. None when there is nothing to do: switched off, or read elsewhere just now."""
    with alone(WORK, account_id) as free:
        account = CallTrackingAccount.objects.filter(pk=account_id).first()
        if not free or account is None or not (account.is_active or by_hand):
            return None
        now = timezone.now()
        begun = CallPull.objects.create(account=account, **_span(account, now))
        begun.problem = _read(account, begun)
        begun.finished_at = timezone.now()
        begun.save()
        account.pulls.filter(started_at__lt=now - KEPT).delete()
        return begun


def _span(account: CallTrackingAccount, now: datetime) -> dict[str, datetime]:
    first = datetime.combine(account.since, time(), ZoneInfo(account.time_zone))
    since = max(account.read_until - timedelta(days=account.overlap), first) if account.read_until else first
    since = min(since, now)
    return {"since": since, "until": now, "read_until": since}


def _read(account: CallTrackingAccount, pull: CallPull) -> str:
    """Read window by window; returns what went wrong, in words, "" when nothing did. When to come again is on the account."""
    try:
        with provider_for(account) as provider:
            for since, until in windows(pull.since, pull.until, provider):
                _read_window(provider, pull, since, until)
    except ComeLater as error:
        return _ended(account, str(error), again=timedelta(seconds=error.seconds))
    except ServiceError as error:
        pause = LONGEST_PAUSE if error.permanent else min(AFTER_FAILURE * 2 ** min(account.failures, 8), LONGEST_PAUSE)
        return _ended(account, str(error), again=pause, failed=True)
    return _ended(account, "", again=timedelta(minutes=account.every))


def _ended(account: CallTrackingAccount, problem: str, *, again: timedelta, failed: bool = False) -> str:
    problem = problem[:300]
    now = timezone.now()
    done = {"failures": F("failures") + 1, "problem": problem} if failed else {"failures": 0, "problem": ""}
    if not problem:
        done["pulled_at"] = now
    CallTrackingAccount.objects.filter(pk=account.pk).update(due_at=now + again, **done)
    return problem


def windows(since: datetime, until: datetime, provider: CallTracking) -> Iterator[tuple[datetime, datetime]]:
    """Days of the account, the first and the last cut; longer ones where the provider allows them."""
    begin = since
    while begin < until:
        local = begin.astimezone(provider.zone)
        midnight = datetime.combine(local.date() + provider.window, time(), provider.zone)
        end = min(midnight, until)
        yield begin, end
        begin = end


def _read_window(provider: CallTracking, pull: CallPull, since: datetime, until: datetime) -> None:
    for page in provider.calls(since, until):
        rows, refusals = rows_of(page, provider.zone)
        loaded = load_rows(rows, account=provider.account, before=of_notices(provider.account))
        pull.new += loaded.new
        pull.updated += loaded.updated
        pull.unchanged += loaded.unchanged
        pull.refused += len(refusals)
        pull.refusals = (pull.refusals + refusals)[:SHOWN_REFUSALS]
        pull.save()
    pull.read_until = until
    with transaction.atomic():
        pull.save()
        CallTrackingAccount.objects.filter(pk=provider.account.pk).update(read_until=Greatest(F("read_until"), until))


def rows_of(page: list[Cells], zone: ZoneInfo) -> tuple[list[CallRow], list[str]]:
    """Calls ready to be written, each id once, and why others are not."""
    rows: dict[str, CallRow] = {}
    refusals = []
    for cells in page:
        try:
            row = call_of(cells, zone)
        except BadCell as bad:
            refusals.append(_("Call %(id)s: %(why)s") % {"id": str(cells.get("id"))[:40], "why": bad})
            continue
        rows[row.external_id] = row
    return list(rows.values()), refusals
