"""Other cut-offs: whoever sets them asks, a worker of the queue `segments` scores everybody anew.

`RfmLine.changed_at` later than `applied_at` says that it is due; a lost bell is rung by the next tick.
"""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from segments import refreshing
from segments.bells import ring
from segments.models import RfmLine
from segments.rfm.scoring import refresh_rfm

QUEUE, JOB, JOB_ID = "segments", "segments.rfm.applying.apply", "apply-rfm-cut-offs"


def ask(line: RfmLine) -> None:
    """The cut-offs or the mode of this line have been changed."""
    RfmLine.objects.filter(pk=line.pk).update(changed_at=timezone.now())
    transaction.on_commit(sweep, robust=True)


def sweep() -> dict[str, int]:
    """Ring when codes are by other cut-offs than those set: {"rfm": rung}. Before the first night nothing is."""
    due = RfmLine.objects.filter(changed_at__gt=F("applied_at")).exists()
    return {"rfm": ring(QUEUE, JOB, {JOB_ID: ()} if due else {})}


def apply() -> dict[str, Any] | None:
    """The job; segments that ask about codes are refreshed after it."""
    if not RfmLine.objects.filter(changed_at__gt=F("applied_at")).exists():
        return None
    counts = refresh_rfm()
    refreshing.ask()
    return counts
