"""Who made the hits of late: a set-wise pass, once what stands beside each of them is known.

Progress of a message never goes back, so that its state waits for the class: a hit is classed `WAIT_SECONDS` after it
came, and only then a person's click is noted as one. Whoever follows the trap later makes the hits around it a machine's
in the counts; what was noted by then stays.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from campaigns.delivery import Fact, record_all
from tracking.hits.signs import CERTAIN, DOUBTS
from tracking.models import Hit

WAIT_SECONDS = 10  # longer than anything that is looked for after a hit
MOST = 20_000  # hits of one transaction

# `beside`: other clicks in the same message within a second. `since`: seconds from when the provider took it or told of
# its delivery, whichever was last before the hit; an e-mail's acceptance may be written after the gateway has looked.
CLASS = """
WITH due AS (
    SELECT id, run_id, message_id, kind, link, at, address, reasons FROM tracking_hit
    WHERE made_by = '' AND at <= %(until)s ORDER BY at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), told AS (
    SELECT due.*, coalesce(beside.links, 0) AS links, coalesce(beside.trapped, false) AS trapped, m.channel,
           extract(epoch FROM due.at - CASE WHEN d.delivered_at <= due.at THEN greatest(d.delivered_at, o.happened_at)
                                            ELSE o.happened_at END) AS since
    FROM due
    LEFT JOIN campaigns_message AS m ON m.run_id = due.run_id AND m.id = due.message_id
    LEFT JOIN campaigns_outcome AS o ON o.run_id = due.run_id AND o.message_id = due.message_id
    LEFT JOIN campaigns_deliverystate AS d ON d.run_id = due.run_id AND d.message_id = due.message_id
    LEFT JOIN LATERAL (
        SELECT count(DISTINCT n.link) FILTER (WHERE n.at BETWEEN due.at - interval '1 s' AND due.at + interval '1 s') AS links,
               bool_or(n.link = 0 AND (n.address = due.address
                       OR n.at BETWEEN due.at - interval '1 min' AND due.at + interval '1 min')) AS trapped
        FROM tracking_hit AS n WHERE n.message_id = due.message_id AND n.kind = 'click'
    ) AS beside ON true
), signed AS (
    SELECT id, run_id, message_id, kind, at, array_cat(reasons, array_remove(ARRAY[
        CASE WHEN trapped THEN 'trap' END,
        CASE WHEN kind = 'click' AND links > 2 THEN 'many_links' WHEN kind = 'click' AND links = 2 THEN 'two_links' END,
        CASE WHEN since < 1 AND (since >= 0 OR channel = 'email') THEN 'at_once'
             WHEN since < 5 AND channel = 'email' THEN 'soon' END], NULL)::varchar[]) AS reasons
    FROM told
), classed AS (
    SELECT *, CASE WHEN reasons && %(certain)s::varchar[] THEN 'machine'
                   WHEN reasons && %(doubts)s::varchar[] THEN
                        CASE WHEN cardinality(ARRAY(SELECT unnest(reasons) INTERSECT SELECT unnest(%(doubts)s::varchar[]))) > 1
                             THEN 'machine' ELSE 'unsure' END
                   ELSE 'human' END AS made_by
    FROM signed
)
UPDATE tracking_hit AS h SET made_by = classed.made_by, reasons = classed.reasons
FROM classed WHERE h.id = classed.id
RETURNING h.run_id, h.message_id, h.kind, h.link, h.at, h.made_by
"""
# Those that were classed before the visitor went into the trap.
TRAPPED = """
UPDATE tracking_hit AS h SET made_by = 'machine', reasons = array_append(h.reasons, 'trap')
FROM tracking_hit AS t
WHERE t.message_id = ANY(%(messages)s::bigint[]) AND t.kind = 'click' AND t.link = 0
  AND h.run_id = t.run_id AND h.message_id = t.message_id AND h.made_by <> '' AND NOT 'trap' = ANY(h.reasons)
  AND (h.address = t.address OR h.at BETWEEN t.at - interval '1 min' AND t.at + interval '1 min')
"""


def class_hits(now: datetime) -> int:
    """Class what came `WAIT_SECONDS` before `now` or earlier, and note what people did. Returns how many hits."""
    done = 0
    while number := _class_some(now):
        done += number
        if number < MOST:
            break
    return done


@transaction.atomic
def _class_some(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(CLASS, _parameters(now))
        hits = cursor.fetchall()
        trapped = [message for _run, message, kind, link, *_rest in hits if (kind, link) == (Hit.Kind.CLICK, Hit.TRAP)]
        if trapped:
            cursor.execute(TRAPPED, {"messages": trapped})
    record_all(
        Fact(run, message, "clicked" if kind == Hit.Kind.CLICK else "opened", at)
        for run, message, kind, _link, at, made_by in hits
        if counts(kind, made_by)
    )
    return len(hits)


def counts(kind: str, made_by: str) -> bool:
    """Whether such a hit moves its message: people's do, and opens that are in doubt (`signs`)."""
    return made_by == Hit.Maker.HUMAN or (made_by == Hit.Maker.UNSURE and kind == Hit.Kind.OPEN)


def _parameters(now: datetime) -> dict[str, Any]:
    return {
        "until": now - timedelta(seconds=WAIT_SECONDS),
        "most": MOST,
        "certain": [str(sign) for sign in CERTAIN],
        "doubts": [str(sign) for sign in DOUBTS],
    }
