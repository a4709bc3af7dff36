"""Once a night the report of the last days is laid beside what is here: the report is the truth, the differences are kept.

Notifications may be lost, a tag may come a week later, a call may be taken out of the report. What the report says is written
as a pull would write it; what was different before stands in `CallDifference`, so that people see how far to trust what
comes during the day.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from channels.audiences.errors import ServiceError
from segments.alone import alone
from tracking.calls.cells import CallRow
from tracking.calls.loading import load_rows
from tracking.telephony import provider_for
from tracking.telephony.base import CallTracking
from tracking.telephony.differences import of_window
from tracking.telephony.pulling import WORK, rows_of, windows
from tracking.telephony_models import CallTrackingAccount

DAYS = 7
AT = time(4)  # by the clock of the account
STILL_MOVING = timedelta(hours=1)  # a call that may not have ended
AFTER_FAILURE = timedelta(hours=1)
KEPT = timedelta(days=60)


def reconcile(account_id: int) -> int | None:
    """Compare and correct; returns how many differences of these days there are. None: somebody reads the account just now,
    or it is switched off."""
    with alone(WORK, account_id) as free:
        account = CallTrackingAccount.objects.filter(pk=account_id, is_active=True).first()
        if not free or account is None:
            return None
        begun = timezone.now()
        until = begun - STILL_MOVING
        try:
            with provider_for(account) as provider:
                for window in windows(max(until - timedelta(days=DAYS), _first(account)), until, provider):
                    _compare(provider, *window)
        except ServiceError:  # the account's pulls say what is wrong
            CallTrackingAccount.objects.filter(pk=account_id).update(reconcile_at=begun + AFTER_FAILURE)
            return None
        again = next_night(account, begun)
        CallTrackingAccount.objects.filter(pk=account_id).update(reconciled_at=begun, reconcile_at=again)
        account.differences.filter(found_at__lt=begun - KEPT).delete()
        return account.differences.filter(found_at__gte=begun).count()


def next_night(account: CallTrackingAccount, now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(account.time_zone))
    night = datetime.combine(local.date(), AT, local.tzinfo)
    return night if night > local else night + timedelta(days=1)


def _first(account: CallTrackingAccount) -> datetime:
    return datetime.combine(account.since, time(), ZoneInfo(account.time_zone))


def _compare(provider: CallTracking, since: datetime, until: datetime) -> None:
    """A window is a day, or a week: its calls are held together, for what is not among them is missing there."""
    rows: dict[str, CallRow] = {}
    for page in provider.calls(since, until):
        rows |= {row.external_id: row for row in rows_of(page, provider.zone)[0]}
    load_rows(list(rows.values()), account=provider.account, before=of_window(provider.account, since, until))
