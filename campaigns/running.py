"""A campaign's life after approval: start, pause, resume, stop, finish, and how far it is."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import approval, bell, contact_slots, follow_ups, guard, permission, planning, writing
from campaigns.ad_audiences import checks, listing
from campaigns.models import Campaign, Inspection, Run
from campaigns.outbox import Counts, counts
from campaigns.readiness import nobody, obstacles
from campaigns.refusals import Refused
from campaigns.transitions import attempt, move

SPEED_WINDOW = 10  # seconds over which the present speed is measured

State = Campaign.State

# Free chunks only: what is leased is cancelled by its holder, within a batch.
CANCEL = """
WITH closed AS (
    UPDATE campaigns_chunk SET state = 4
    WHERE run_id IN (SELECT id FROM campaigns_run WHERE campaign_id = %(campaign)s) AND state = 0
    RETURNING run_id, message_ids
)
INSERT INTO campaigns_outcome (run_id, message_id, kind)
SELECT c.run_id, m.id, 'cancelled' FROM closed AS c CROSS JOIN LATERAL unnest(c.message_ids) AS m (id)
WHERE NOT EXISTS (SELECT FROM campaigns_outcome AS o WHERE o.run_id = c.run_id AND o.message_id = m.id)
"""

IS_DRAINED = """
SELECT NOT EXISTS (
    SELECT FROM campaigns_chunk AS c JOIN campaigns_run AS r ON r.id = c.run_id
    WHERE r.campaign_id = %(campaign)s AND c.state IN (0, 1, 3)
) AND NOT EXISTS (SELECT FROM campaigns_adaudience AS a WHERE a.campaign_id = %(campaign)s AND a.emptied_at IS NULL)
"""

SPEED = """
SELECT count(*) FROM campaigns_outcome
WHERE run_id = %s AND token IS NOT NULL AND happened_at > clock_timestamp() - %s * interval '1 second'
"""


# When the first of its chunks may be leased, if none may be now; and in how many seconds the last may.
NEXT = """
SELECT CASE WHEN bool_and(state = 0) AND min(due_at) > clock_timestamp() + interval '1 minute' THEN min(due_at) END,
       EXTRACT(EPOCH FROM max(due_at) - clock_timestamp())
FROM campaigns_chunk WHERE run_id = %s AND state IN (0, 1, 3)
"""


class Progress(Counts):
    """`per_second` over the last ten seconds; `seconds_left` is None when nothing moves; `waits_until` is set when all that
    is left waits for its time."""

    per_second: float
    seconds_left: int | None
    waits_until: datetime | None


def start(campaign: Campaign, author: Any = None) -> Run:
    """Freeze the audience and let the workers begin: exactly once, however many try at the same moment.

    Without an author the scheduler starts it; an overdue campaign asks for a person. Raises `Refused`, and
    then nothing was written but what the guard saw.
    """
    verb = "start_late" if author and campaign.state == State.OVERDUE else "start"
    try:
        with transaction.atomic():
            move(campaign, verb, author=author)
            _check(campaign)
            run = _open_run(campaign)
            to_send = planning.freeze(run)
            if not to_send:
                raise Refused(nobody(campaign))
            if campaign.is_audience:
                _begin_list(run, to_send)
            else:
                guard.require(run)
                _ring_on_commit(campaign)
    except Refused as refusal:
        campaign.refresh_from_db(fields=["state", "started_at"])
        guard.save_refused(refusal)
        raise
    return run


def rehearse(campaign: Campaign) -> Inspection:
    """Freeze the audience as a start would, make every message, and undo it: what the guard saw is kept.

    For a campaign whose texts can be rendered; takes as long as a start, and half a minute for 500,000 people.
    """
    with transaction.atomic():
        run = _open_run(campaign)
        planning.freeze(run)
        inspection = guard.inspect(run, everything=True)
        transaction.set_rollback(True)
    inspection.save()
    return inspection


def pause(campaign: Campaign, author: Any = None) -> None:
    """Stop leasing; who is sending gives its chunk back within a batch. The campaign keeps its place."""
    with transaction.atomic():
        move(campaign, "pause", author=author)
        listing.ask(campaign)


def resume(campaign: Campaign, author: Any = None) -> None:
    with transaction.atomic():
        move(campaign, "resume", author=author)
        if campaign.is_audience:
            listing.ask(campaign)
        else:
            _ring_on_commit(campaign)


def stop(campaign: Campaign, author: Any = None) -> None:
    """Cancel all that is not on its way; who is sending cancels the rest of its chunk within a batch. Of an audience
    export the list is emptied."""
    with transaction.atomic():
        move(campaign, "stop", author=author)
        cancel_free(campaign)
        listing.ask(campaign)


def cancel_free(campaign: Campaign) -> int:
    """Cancel the messages of a stopped campaign that no worker holds (also those given back later)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CANCEL, {"campaign": campaign.pk})
        return cursor.rowcount


def finish_if_drained(campaign: Campaign) -> bool:
    """Close the runs of a campaign of which nothing is pending any more; tells whether it did."""
    with connection.cursor() as cursor:
        cursor.execute(IS_DRAINED, {"campaign": campaign.pk})
        if not cursor.fetchone()[0]:
            return False
    runs = campaign.runs.filter(finished_at=None)
    run_ids = list(runs.values_list("pk", flat=True))
    if not run_ids or counts(run_ids)["pending"]:
        return False
    with transaction.atomic():
        if campaign.state != State.STOPPED and not attempt(campaign, "finish"):
            return False
        runs.filter(pk__in=run_ids).update(finished_at=timezone.now())
        contact_slots.free_of_runs(run_ids)
    return True


def progress(run: Run, counted: Counts | None = None) -> Progress:
    """How far a run is: the identity of the outbox, which a caller may have `counted`, and the time that is left."""
    now = counted or counts([run.pk])
    with connection.cursor() as cursor:
        cursor.execute(SPEED, [run.pk, SPEED_WINDOW])
        per_second = cursor.fetchone()[0] / SPEED_WINDOW
    waits_until, last_in = _next(run)
    moving = now["pending"] and per_second
    left = round(max(now["pending"] / per_second, last_in or 0)) if moving else None
    return Progress(**now, per_second=per_second, seconds_left=left, waits_until=waits_until)


def begins_at(run: Run) -> datetime | None:
    """When the first of its messages may go, if none may now."""
    return _next(run)[0]


def _next(run: Run) -> tuple[datetime | None, float | None]:
    """The answer of `NEXT`."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [run.pk])
        return cursor.fetchone()


def _check(campaign: Campaign) -> None:
    permission.require()
    found = obstacles(campaign)
    if found:
        raise Refused(" ".join(found))
    if not approval.is_valid(campaign):
        raise Refused(_("The campaign was changed after it was approved: send it for approval again."))
    guard.require_no_doubt(campaign)


def _open_run(campaign: Campaign) -> Run:
    corrects, now = follow_ups.claim(campaign), timezone.now()
    content = writing.current(campaign)
    return planning.new_run(
        campaign, content=content, now=now, send_until=planning.ends_at(campaign, now), corrects=corrects
    )


def _begin_list(run: Run, to_send: int) -> None:
    """The sweep rings for it within a minute."""
    if sentence := checks.short_of(run.campaign, to_send):
        raise Refused(sentence)
    listing.begin(run)


def _ring_on_commit(campaign: Campaign) -> None:
    """A deaf Redis must not break a start: the sweep rings again. No partial, whose name Django fails to log."""
    transaction.on_commit(lambda: bell.ring(campaign.channel), robust=True)
