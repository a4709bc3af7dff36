"""How an answer moves from state to state, one conditional UPDATE each, and what providers report of it.

QUEUED → SENDING → ACCEPTED, REJECTED or UNKNOWN; SENDING → QUEUED when nothing left; UNKNOWN → ACCEPTED or REJECTED when a
report, or a person, knows. A rejected answer opens again what it answered.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.answer_bodies import answer_of
from campaigns.models import Answer, Reply
from campaigns.staff import person_name
from channels.providers.base import ACCEPTED, REJECTED, UNKNOWN, Result

State = Answer.State
STATES = {ACCEPTED: State.ACCEPTED, REJECTED: State.REJECTED, UNKNOWN: State.UNKNOWN}
LONGEST_NOTE = 300

TAKE = """
UPDATE campaigns_answer SET state = 'sending', begun_at = clock_timestamp(), attempts = attempts + 1, note = ''
WHERE id = %s AND state = 'queued'
"""
PUT_OFF = """
UPDATE campaigns_answer SET state = 'queued', note = %(note)s,
    due_at = clock_timestamp() + %(seconds)s * interval '1 second'
WHERE id = ANY(%(answers)s) AND state IN ('queued', 'sending')
"""
LOSE = """
UPDATE campaigns_answer SET state = 'unknown', reason = 'worker_died', settled_at = clock_timestamp()
WHERE account_id = %s AND state = 'sending'
"""
# A status in a provider's report, and the moment that it tells.
STEPS = {"delivered": "delivered_at", "opened": "opened_at", "failed": "failed_at", "bounced": "failed_at", "expired": "failed_at"}  # fmt: skip
FIND = """
SELECT t.place, a.id FROM unnest(%(accounts)s::bigint[], %(keys)s::text[]) WITH ORDINALITY AS t (account, key, place)
JOIN campaigns_answer AS a ON a.account_id = t.account AND a.provider_key = t.key AND a.provider_key <> ''
UNION ALL
SELECT t.place, a.id FROM unnest(%(accounts)s::bigint[], %(ids)s::bigint[]) WITH ORDINALITY AS t (account, id, place)
JOIN campaigns_answer AS a ON a.id = t.id AND a.account_id = t.account
"""


def take(answer_id: int) -> bool:
    """It goes onto the wire now: committed before the call. False: it waits no more, so it must not be sent."""
    return _updated(TAKE, [answer_id]) == 1


def put_off(answer_ids: Iterable[int], seconds: float, note: str = "") -> None:
    """Nothing of these has left: they are due again in so many seconds."""
    _updated(PUT_OFF, {"answers": list(answer_ids), "seconds": seconds, "note": note[:LONGEST_NOTE]})


def lose(account_id: int) -> int:
    """Whoever sent over this account is dead: nobody knows what became of what was on the wire. Returns how many."""
    return _updated(LOSE, [account_id])


@transaction.atomic
def settle(answer_id: int, result: Result) -> None:
    """What became of one on the wire, or of one that may not go there any more."""
    fields = {
        "state": STATES[result.kind],
        "provider_key": result.provider_key[:120],
        "reason": result.code[:40],
        "note": result.reply[:LONGEST_NOTE],
        "settled_at": timezone.now(),
    }
    changed = Answer.objects.filter(pk=answer_id, state__in=(State.QUEUED, State.SENDING)).update(**fields)
    if changed and result.kind == REJECTED:
        _open_again(answer_id)


@transaction.atomic
def decide(answer_id: int, user: Any, *, went: bool) -> bool:
    """A person says what became of an unknown one. False: it was not unknown any more."""
    state = State.ACCEPTED if went else State.REJECTED
    fields = {
        "state": state,
        "note": person_name(user)[:LONGEST_NOTE],
        "reason": "by_person",
        "settled_at": timezone.now(),
    }
    changed = bool(Answer.objects.filter(pk=answer_id, state=State.UNKNOWN).update(**fields))
    if changed and not went:
        _open_again(answer_id)
    return changed


def take_reports(sender: object, reports: Iterable[dict[str, Any]], **kwargs: object) -> None:
    """Receiver of `channels.signals.delivery_reported`: those of answers. Each step keeps its first time."""
    told = [report for report in reports if report["status"] in STEPS and report.get("account_id")]
    if not told:
        return
    parameters = {
        "accounts": [report["account_id"] for report in told],
        "keys": [report["provider_key"] for report in told],
        "ids": [answer_of(report.get("message_id") or 0) or 0 for report in told],
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, parameters)
        found = cursor.fetchall()
    for place, answer_id in found:
        report = told[place - 1]
        _note(answer_id, STEPS[report["status"]], report["happened_at"])


def _note(answer_id: int, step: str, at: datetime) -> None:
    """Whatever is reported of it, it was taken over: an unknown one is unknown no more."""
    Answer.objects.filter(pk=answer_id, **{step: None}).update(**{step: at})
    Answer.objects.filter(pk=answer_id, state=State.UNKNOWN).update(state=State.ACCEPTED, settled_at=timezone.now())


def _open_again(answer_id: int) -> None:
    """What this answer had marked as answered waits for one."""
    answer = Answer.objects.select_related("reply__incoming").get(pk=answer_id)
    if answer.origin in (Answer.Origin.KEYWORD, Answer.Origin.TREE):
        Reply.objects.filter(pk=answer.reply_id, keyword=Reply.Keyword.RULE).update(keyword="")
    elif answer.origin == Answer.Origin.OPERATOR:
        marked = Reply.objects.filter(answered_at=answer.created_at, answered_by=answer.author)
        marked.update(answered_at=None, answered_by=None)


def _updated(statement: str, parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount
