"""How accounts do, and the breaker: one that fails is paused with a reason, for a while or until a person acts.

Workers that send through one account share what is written here; the claim of the outbox passes over a paused one.
"""

from collections import deque
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.commits import WITHOUT_WAITING
from channels.models import Account, AccountHealth, AccountHour
from channels.providers.base import ACCEPTED, DEFERRED, UNKNOWN, Action, Result

Pause = AccountHealth.Pause
SEEN = 20  # the last results that are judged together
MOST_UNKNOWN = 10  # of these; nobody knows what became of more messages than that before we stop
MOST_FAILURES = 3  # times in a row that the account could not be used at all
FIRST_PAUSE = 60  # seconds; doubles with every failure that follows
LONGEST_PAUSE = 3600
KEPT_DAYS = 35

# Of a row `h` that may be missing: the account is not paused, or its next try is due.
MAY_SEND = "(h.account_id IS NULL OR h.pause = '' OR (h.pause = 'probe' AND h.paused_until <= clock_timestamp()))"

SENT = f"""
INSERT INTO channels_accounthour AS h (account_id, hour, sent, failed)
SELECT %(account)s, date_trunc('hour', clock_timestamp()), %(sent)s, %(failed)s FROM {WITHOUT_WAITING}
ON CONFLICT (account_id, hour) DO UPDATE SET sent = h.sent + excluded.sent, failed = h.failed + excluded.failed
"""
# A message that was accepted ends a pause that only waited for that.
ALIVE = f"""
INSERT INTO channels_accounthealth AS h (account_id, last_sent_at)
SELECT %(account)s, clock_timestamp() FROM {WITHOUT_WAITING}
ON CONFLICT (account_id) DO UPDATE SET last_sent_at = clock_timestamp(), failures = 0,
    pause = CASE WHEN h.pause = 'probe' THEN '' ELSE h.pause END,
    reason = CASE WHEN h.pause = 'probe' THEN '' ELSE h.reason END
"""
# The pause doubles: after the first one that is due, the next try stands for one failure more.
FAILED = """
INSERT INTO channels_accounthealth AS h (account_id, failures, reason) VALUES (%(account)s, 1, %(reason)s)
ON CONFLICT (account_id) DO UPDATE SET failures = LEAST(h.failures + 1, 1000), reason = excluded.reason
RETURNING failures
"""
PAUSE = """
UPDATE channels_accounthealth SET pause = %(pause)s, reason = %(reason)s,
    paused_until = clock_timestamp() + %(seconds)s * interval '1 second'
WHERE account_id = %(account)s AND (pause <> 'person' OR %(pause)s = 'person')
"""


class Tally(NamedTuple):
    """Messages that were on the wire: all, and those refused or of unknown fate."""

    accepted: int = 0
    failed: int = 0


class Breaker:
    """Judges the results of one worker. `on_probation`: the account failed before, so that one bad answer is enough."""

    def __init__(self, *, on_probation: bool) -> None:
        self._kinds: deque[str] = deque(maxlen=SEEN)
        self._most = 1 if on_probation else MOST_UNKNOWN
        self.reason = ""
        self.needs_person = False

    @property
    def is_open(self) -> bool:
        """Nothing more may be sent."""
        return bool(self.reason)

    def note(self, result: Result) -> None:
        self._kinds.append(result.kind)
        if result.kind == ACCEPTED:
            self._most = MOST_UNKNOWN
        elif result.action == Action.STOP_ACCOUNT:
            self.needs_person = True
            self.reason = result.reply or result.code or _("The provider refuses the account.")
        elif result.kind == UNKNOWN and self._kinds.count(UNKNOWN) >= self._most:
            self.reason = _("The provider does not answer: nobody knows whether the last messages went.")
        elif result.kind == DEFERRED and self._kinds.count(DEFERRED) == SEEN:
            self.reason = result.reply or _("The provider puts everything off.")


def sent(account_id: int, told: Tally) -> None:
    """Count what went, hour by hour; an accepted message says that the account works."""
    if not any(told):
        return
    parameters = {"account": account_id, "sent": sum(told), "failed": told.failed}
    with connection.cursor() as cursor:
        cursor.execute(SENT, parameters)
        if told.accepted:
            cursor.execute(ALIVE, parameters)


def failed(account_id: int, reason: str, *, permanent: bool) -> bool:
    """The account could not be used at all. Tells whether it is paused now."""
    failures = _count(account_id, reason)
    if not permanent and failures < MOST_FAILURES:
        return False
    _pause(account_id, reason, permanent=permanent, seconds=_seconds(failures - MOST_FAILURES))
    return True


def trip(account_id: int, breaker: Breaker) -> None:
    """Pause for what the breaker saw."""
    failures = _count(account_id, breaker.reason)
    _pause(account_id, breaker.reason, permanent=breaker.needs_person, seconds=_seconds(failures - 1))


def resume(account: Account) -> bool:
    """A person says that it works again; False when it was not paused."""
    fields = {"pause": Pause.NONE, "paused_until": None, "reason": "", "failures": 0}
    return bool(AccountHealth.objects.filter(account=account).exclude(pause=Pause.NONE).update(**fields))


def checked(account: Account, answer: str) -> None:
    """Keep what `Provider.check` said: it tells the balance where the provider does."""
    found = {"checked_at": timezone.now(), "check_answer": answer[:300]}
    AccountHealth.objects.update_or_create(account=account, defaults=found)


def on_probation(account_id: int) -> bool:
    return AccountHealth.objects.filter(account=account_id, failures__gt=0).exclude(pause=Pause.NONE).exists()


def with_day(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Accounts with their health and `day_sent`, `day_failed` of the last 24 hours, in one query."""
    hours = AccountHour.objects.filter(account=OuterRef("pk"), hour__gt=timezone.now() - timedelta(days=1))
    totals = hours.order_by().values("account")
    return accounts.select_related("health").annotate(
        day_sent=Subquery(totals.annotate(n=Sum("sent")).values("n")),
        day_failed=Subquery(totals.annotate(n=Sum("failed")).values("n")),
    )


def paused() -> QuerySet[AccountHealth]:
    """Accounts in use that do not send now, for the start page."""
    return AccountHealth.objects.exclude(pause=Pause.NONE).filter(account__is_active=True).select_related("account")


def forget_hours() -> int:
    before: datetime = timezone.now() - timedelta(days=KEPT_DAYS)
    return AccountHour.objects.filter(hour__lt=before).delete()[0]


def _count(account_id: int, reason: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FAILED, {"account": account_id, "reason": reason[:300]})
        return cursor.fetchone()[0]


def _pause(account_id: int, reason: str, *, permanent: bool, seconds: int) -> None:
    pause = Pause.PERSON if permanent else Pause.PROBE
    with connection.cursor() as cursor:
        cursor.execute(PAUSE, {"account": account_id, "pause": pause, "reason": reason[:300], "seconds": seconds})


def _seconds(doublings: int) -> int:
    return min(FIRST_PAUSE * 2 ** min(max(doublings, 0), 10), LONGEST_PAUSE)
