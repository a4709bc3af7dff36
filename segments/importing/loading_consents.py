"""What the cards say of mailings, for all people of a part in one statement.

A "yes" covers the addresses of its card, by the channels and the purpose of the file's options. A "no" on any card of
the person covers all her addresses; the remark «не звонить» withdraws every channel of its card's addresses. Beside
either, in this file or in an earlier import, no "yes" counts. A file gives no date, so the decisions are undated.
"""

from typing import Any

from segments.consents import PRECEDENCE, STRONGER
from segments.importing.mapping import CHANNELS
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.models.people import ContactKind, Origin, Purpose

CHANNELS_OF_A_YES = ("email", "sms")
# `load_owners` and the buffer: see `loading_cards`.
RECORD = f"""
WITH answer AS (
    SELECT o.customer_id, o.is_new, n.line, n.consent, n.refuses_contact
    FROM load_owners AS o JOIN staging.cards AS n USING (line)
    WHERE n.consent IS NOT NULL OR n.refuses_contact
), refusing AS (
    SELECT customer_id FROM answer WHERE NOT consent OR refuses_contact
    UNION
    SELECT a.customer_id FROM answer AS a JOIN segments_consent AS c ON c.customer_id = a.customer_id
    WHERE NOT a.is_new AND a.consent AND NOT c.given AND c.origin = 'import' AND c.undoes_id IS NULL
      AND c.purpose = %(purpose)s
      AND NOT EXISTS (SELECT FROM segments_consent AS u WHERE u.contact_point_id = c.contact_point_id AND u.undoes_id = c.id)
), told AS (
    SELECT c.contact_point_id, c.kind, a.customer_id, true AS given, false AS everything
    FROM answer AS a JOIN staging.contacts AS c USING (line)
    WHERE a.consent AND a.customer_id NOT IN (SELECT customer_id FROM refusing)
    UNION ALL
    SELECT c.contact_point_id, c.kind, o.customer_id, false, false
    FROM load_owners AS o JOIN staging.contacts AS c USING (line)
    WHERE o.customer_id IN (SELECT customer_id FROM answer WHERE NOT consent)
    UNION ALL
    SELECT cp.id, cp.kind, o.customer_id, false, false
    FROM (SELECT DISTINCT customer_id FROM answer WHERE NOT is_new AND NOT consent) AS o
    JOIN segments_cardcontact AS cc USING (customer_id) JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id
    UNION ALL
    SELECT c.contact_point_id, c.kind, a.customer_id, false, true
    FROM answer AS a JOIN staging.contacts AS c USING (line) WHERE a.refuses_contact
), covered AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(channels)s::text[], %(all)s::bool[]) AS c (kind, channel, everything)
), said AS (
    INSERT INTO segments_consent (contact_point_id, customer_id, channel, purpose, brand_id, given, decided_at, origin,
                                  text, evidence, batch_id, recorded_at)
    SELECT DISTINCT t.contact_point_id, t.customer_id, c.channel, %(purpose)s, NULL::bigint, t.given, NULL::timestamptz,
           %(origin)s, CASE WHEN t.given THEN %(text)s ELSE '' END, %(evidence)s, %(batch)s::bigint, clock_timestamp()
    FROM told AS t JOIN covered AS c USING (kind, everything)
    RETURNING id, contact_point_id, channel, given
)
INSERT INTO segments_consentstate AS old (contact_point_id, channel, purpose, brand_id, given, decided_at, origin,
                                          log_id, changed_at)
SELECT DISTINCT ON (contact_point_id, channel) contact_point_id, channel, %(purpose)s, NULL::bigint, given,
       NULL::timestamptz, %(origin)s, id, clock_timestamp()
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
            "origin": Origin.IMPORT.value,
            "evidence": f"import {work.batch.pk}",
            "batch": work.batch.pk,
            "precedence": PRECEDENCE,
        },
    )
