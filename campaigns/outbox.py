"""Reading the outbox: what became of the messages of a run, and of one message.

At every moment audience = accepted + rejected + unknown + suppressed + held_out + cancelled + pending.
A `Resolution` overrides an unknown outcome.
"""

from collections.abc import Collection, Iterable
from typing import Any, TypedDict

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns import contact_slots
from campaigns.models import Content, Message, Outcome, Resolution, Run
from campaigns.models.outbox import OutcomeKind

HELD_OUT = (Message.LeftOut.CONTROL.value, Message.LeftOut.GLOBAL_CONTROL.value)

PLANNED = "SELECT left_out, count(*) FROM campaigns_message WHERE run_id = ANY(%(runs)s) GROUP BY 1"
OUTCOMES = """
SELECT COALESCE(r.kind, o.kind), CASE WHEN r.kind IS NULL THEN o.reason ELSE '' END, count(*)
FROM campaigns_outcome AS o
LEFT JOIN campaigns_resolution AS r ON r.run_id = o.run_id AND r.message_id = o.message_id
WHERE o.run_id = ANY(%(runs)s) GROUP BY 1, 2
"""
RESOLVE = """
INSERT INTO campaigns_resolution (run_id, message_id, kind, evidence, author_id, resolved_at)
SELECT run_id, message_id, %(kind)s, %(evidence)s, %(author)s, %(now)s FROM campaigns_outcome
WHERE message_id = ANY(%(messages)s) AND kind = 'unknown'
ORDER BY run_id, message_id
ON CONFLICT (run_id, message_id) DO NOTHING
"""


class Counts(TypedDict):
    """People of the runs by what became of them; `by_reason` splits `suppressed`."""

    audience: int
    accepted: int
    rejected: int
    unknown: int
    suppressed: int
    held_out: int
    cancelled: int
    pending: int
    by_reason: dict[str, int]


def counts(run_ids: Collection[int]) -> Counts:
    """What became of everyone planned in these runs, from the rows themselves."""
    parameters = {"runs": list(run_ids)}
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES, parameters)  # before the plan: an outcome never comes without its message
        outcomes = cursor.fetchall()
        cursor.execute(PLANNED, parameters)
        planned = dict(cursor.fetchall())
    by_kind = dict.fromkeys(OutcomeKind.values, 0)
    by_reason: dict[str, int] = {reason: n for reason, n in planned.items() if reason and reason not in HELD_OUT}
    for kind, reason, people in outcomes:
        by_kind[kind] += people
        if kind == OutcomeKind.SUPPRESSED:
            by_reason[reason] = by_reason.get(reason, 0) + people
    return Counts(
        audience=sum(planned.values()),
        accepted=by_kind["accepted"],
        rejected=by_kind["rejected"],
        unknown=by_kind["unknown"],
        suppressed=sum(by_reason.values()),
        held_out=sum(planned.get(reason, 0) for reason in HELD_OUT),
        cancelled=by_kind["cancelled"],
        pending=planned.get("", 0) - sum(by_kind.values()),
        by_reason=by_reason,
    )


def find_message(message_id: int) -> Message | None:
    """A message by its id alone (as tokens carry it), whatever its month."""
    return Message.objects.filter(pk=message_id).first()


def content_of(message: Message) -> Content | None:
    """The texts that it carries; None when they are gone with their campaign."""
    run = Run.objects.filter(pk=message.run_id).values_list("content_id", flat=True)
    return Content.objects.filter(pk=message.content_id or run.first()).first()


def unknowns(run_ids: Collection[int]) -> QuerySet[Outcome]:
    """Outcomes that nobody knows yet, and that nobody has resolved."""
    resolved = Resolution.objects.filter(run_id__in=run_ids).values("message_id")
    return Outcome.objects.filter(run_id__in=run_ids, kind=OutcomeKind.UNKNOWN).exclude(message_id__in=resolved)


@transaction.atomic
def resolve(message_ids: Iterable[int], kind: str, *, evidence: str, author: Any = None) -> int:
    """Say what unknown messages turned out to be (accepted or rejected); the first word stands.

    `evidence` says by what: a webhook, a look-up, a person. Returns how many were resolved.
    """
    told = list(message_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            RESOLVE,
            {
                "messages": told,
                "kind": kind,
                "evidence": evidence[:120],
                "author": author.pk if author else None,
                "now": timezone.now(),
            },
        )
        resolved = cursor.rowcount
    if resolved and kind == OutcomeKind.REJECTED:
        contact_slots.free_of_messages(told)
    return resolved
