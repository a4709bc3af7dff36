"""What the cards say of mailings, for all people of a part in one statement.

A "yes" covers the addresses of its card, by the channels and the purpose of the file's options. A "no" on any card of
the person covers all her addresses; the remark «не звонить» withdraws every channel of its card's addresses. Beside
either, in this file or in an earlier import, no "yes" counts. An answer is dated where its row has the day: midnight in
the time zone of the source. A day that has not come yet is no date, and a remark has none.

The last statement of its part: who opts out of one of the addresses meanwhile waits for it and the commit, a second for
40,000 cards, and not for the part or the import.
"""

from typing import Any

from segments.consents import PRECEDENCE, STRONGER
from segments.importing.mapping import CHANNELS
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.models.people import ContactKind, Origin, Purpose

CHANNELS_OF_A_YES = ("email", "sms")
# `load_owners`, `load_contacts` (line, contact_point_id, kind) and the buffer: see `loading_cards`. The log has the
# entries of an address in the order of their strength, so that a replay of it (`consents.take_back`) ends where this
# statement does.
RECORD = f"""
WITH answer AS (
    SELECT o.customer_id, o.is_new, n.line, n.consent, n.refuses_contact,
           CASE WHEN m.decided_at <= now() THEN m.decided_at END AS decided_at
    FROM load_owners AS o JOIN staging.cards AS n USING (line)
    CROSS JOIN LATERAL (SELECT n.consent_on::timestamp AT TIME ZONE %(time_zone)s AS decided_at) AS m
    WHERE n.consent IS NOT NULL OR n.refuses_contact
), refusing AS (
    SELECT customer_id FROM answer WHERE NOT consent OR refuses_contact
    UNION
    SELECT a.customer_id FROM answer AS a JOIN segments_consent AS c ON c.customer_id = a.customer_id
    WHERE NOT a.is_new AND a.consent AND NOT c.given AND c.origin = 'import' AND c.undoes_id IS NULL
      AND c.purpose = %(purpose)s
      AND NOT EXISTS (SELECT FROM segments_consent AS u WHERE u.contact_point_id = c.contact_point_id AND u.undoes_id = c.id)
), refused AS (
    SELECT customer_id, is_new, max(decided_at) AS decided_at FROM answer WHERE NOT consent GROUP BY customer_id, is_new
), told AS (
    SELECT c.contact_point_id, c.kind, a.customer_id, true AS given, false AS everything, a.decided_at
    FROM answer AS a JOIN load_contacts AS c USING (line)
    WHERE a.consent AND a.customer_id NOT IN (SELECT customer_id FROM refusing)
    UNION ALL
    SELECT c.contact_point_id, c.kind, r.customer_id, false, false, r.decided_at
    FROM refused AS r JOIN load_owners AS o USING (customer_id) JOIN load_contacts AS c USING (line)
    UNION ALL
    SELECT cp.id, cp.kind, r.customer_id, false, false, r.decided_at
    FROM refused AS r JOIN segments_cardcontact AS cc USING (customer_id)
    JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id WHERE NOT r.is_new
    UNION ALL
    SELECT c.contact_point_id, c.kind, a.customer_id, false, true, NULL::timestamptz
    FROM answer AS a JOIN load_contacts AS c USING (line) WHERE a.refuses_contact
), covered AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(channels)s::text[], %(all)s::bool[]) AS c (kind, channel, everything)
), said AS (
    INSERT INTO segments_consent (contact_point_id, customer_id, channel, purpose, brand_id, given, decided_at, origin,
                                  text, evidence, batch_id, recorded_at)
    SELECT t.contact_point_id, t.customer_id, c.channel, %(purpose)s, NULL::bigint, t.given, max(t.decided_at),
           %(origin)s, CASE WHEN t.given THEN %(text)s ELSE '' END, %(evidence)s, %(batch)s::bigint, clock_timestamp()
    FROM told AS t JOIN covered AS c USING (kind, everything)
    GROUP BY t.contact_point_id, t.customer_id, c.channel, t.given
    ORDER BY t.contact_point_id, c.channel, t.given, max(t.decided_at) DESC NULLS LAST, t.customer_id
    RETURNING id, contact_point_id, channel, given, decided_at
)
INSERT INTO segments_consentstate AS old (contact_point_id, channel, purpose, brand_id, given, decided_at, origin,
                                          log_id, changed_at)
SELECT DISTINCT ON (contact_point_id, channel) contact_point_id, channel, %(purpose)s, NULL::bigint, given,
       decided_at, %(origin)s, id, clock_timestamp()
FROM said ORDER BY contact_point_id, channel, given, id
ON CONFLICT ON CONSTRAINT consent_state_once DO UPDATE
SET given = excluded.given, decided_at = excluded.decided_at, origin = excluded.origin, log_id = excluded.log_id,
    changed_at = excluded.changed_at
WHERE {STRONGER}
"""


def record_answers(cursor: Any, work: Work) -> None:
    """Log what the part in `load_owners` says and apply it where it is the stronger; rows go in key order."""
    options = work.files[Mapping.Kind.CARDS].options.get("consent", {})
    wanted = options.get("channels", CHANNELS_OF_A_YES)
    covered = [
        (str(ContactKind(kind)), channel, everything)
        for kind, channels in CHANNELS.items()
        for channel in channels
        for everything in ((False, True) if channel in wanted else (True,))
    ]
    cursor.execute(
        RECORD,
        {
            "kinds": [kind for kind, _, _ in covered],
            "channels": [channel for _, channel, _ in covered],
            "all": [everything for _, _, everything in covered],
            "purpose": options.get("purpose", Purpose.ADVERTISING.value),
            "text": options.get("text", ""),
            "time_zone": work.source.time_zone,
            "origin": Origin.IMPORT.value,
            "evidence": f"import {work.batch.pk}",
            "batch": work.batch.pk,
            "precedence": PRECEDENCE,
        },
    )
