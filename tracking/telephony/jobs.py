"""Accounts of call tracking whose time has come, and notifications that wait: found by the sweep, done by jobs of `tracking`."""

import time
from typing import Any

from django.utils import timezone

from segments.bells import ring
from tracking.telephony import notices, pulling, reconciling
from tracking.telephony.notices import APART, APPLY, QUEUE
from tracking.telephony_models import CallTrackingAccount

PULL = "tracking.telephony.jobs.pull"
RECONCILE = "tracking.telephony.jobs.reconcile"
LONGEST = 3600  # seconds a pull may take: the first one reads a month, or a year


def pull(account_id: int, by_hand: bool = False) -> dict[str, Any] | None:
    """The job: read if the account is still due; what went wrong is on the account, not in the queue."""
    if not by_hand and not _due().filter(pk=account_id).exists():
        return None
    done = pulling.pull(account_id, by_hand=by_hand)
    return {"account": account_id, "new": done.new, "problem": done.problem} if done else None


def apply() -> dict[str, int]:
    """The job: notifications become calls. Nobody rings twice within `notices.APART`: it looks once more after that."""
    done = notices.apply_all()
    if done:
        time.sleep(APART)
        done += notices.apply_all()
    return {"notices": done}


def reconcile(account_id: int) -> dict[str, Any] | None:
    """The job of a night: the report beside what is here."""
    if not _to_reconcile().filter(pk=account_id).exists():
        return None
    found = reconciling.reconcile(account_id)
    return None if found is None else {"account": account_id, "differences": found}


def ask(account: CallTrackingAccount) -> None:
    """Read as soon as a worker is free, switched off or not."""
    ring(QUEUE, PULL, {f"pull-calls-{account.pk}-by-hand": (account.pk, True)}, longest=LONGEST)


def sweep() -> dict[str, int]:
    due = list(_due().values_list("pk", flat=True))
    at_night = list(_to_reconcile().values_list("pk", flat=True))
    waiting = {"apply-call-notices": ()} if notices.waiting() else {}
    return {
        "call_pulls": ring(QUEUE, PULL, {f"pull-calls-{pk}": (pk,) for pk in due}, longest=LONGEST),
        "call_notices": ring(QUEUE, APPLY, waiting),
        "call_notices_forgotten": notices.forget_old(),
        "call_reconciliations": ring(
            QUEUE, RECONCILE, {f"reconcile-calls-{pk}": (pk,) for pk in at_night}, longest=LONGEST
        ),
    }


def _due() -> Any:
    return CallTrackingAccount.objects.filter(is_active=True, due_at__lte=timezone.now())


def _to_reconcile() -> Any:
    """Only an account that was read to its end once: before that everything is missing."""
    return CallTrackingAccount.objects.filter(is_active=True, pulled_at__isnull=False, reconcile_at__lte=timezone.now())
