"""Whether one may write to an address: the append-only log of decisions and the state in force.

A consent belongs to a contact point, not to a card: a withdrawal binds the address, whoever else holds it.
Between two decisions on one (contact point, channel, purpose, brand) the stronger is in force:

1. the person herself, then staff, then an import;
2. of imports, "no", whenever it was said: an import never raises a withdrawn consent, and may always withdraw one;
3. otherwise the later decision; when the two cannot be told apart in time "no", and of the same answer the dated one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from django.db import connection, transaction
from django.utils import timezone

from segments.models.people import ContactKind, Origin

# By which channels each kind of address can be written to or called.
CHANNELS: dict[str, tuple[str, ...]] = {
    ContactKind.EMAIL: ("email",),
    ContactKind.PHONE: ("sms", "call", "whatsapp", "telegram", "max", "vk"),
    ContactKind.TELEGRAM: ("telegram",),
    ContactKind.MAX: ("max",),
    ContactKind.DEVICE: ("push",),
}
# Not a channel of ours: whether an address may be given, hashed, to advertising platforms. A refusal of mailings leaves
# it in force, and only where it is named is it given or withdrawn.
ADS = "ads"

# The rule above, of a new decision (`excluded`) against the one in force (`old`).
STRONGER = """CASE
    WHEN excluded.origin <> old.origin THEN
        array_position(%(precedence)s::text[], excluded.origin) < array_position(%(precedence)s::text[], old.origin)
    WHEN excluded.origin = 'import' AND excluded.given <> old.given THEN old.given
    WHEN excluded.decided_at <> old.decided_at THEN excluded.decided_at > old.decided_at
    WHEN excluded.given = old.given THEN old.decided_at IS NULL AND excluded.decided_at IS NOT NULL
    ELSE old.given AND NOT excluded.given
END"""
# Log and projection in one statement. Rows go in key order, so that two writers cannot deadlock.
RECORD = f"""
WITH holder AS (
    SELECT DISTINCT ON (contact_point_id) contact_point_id, customer_id
    FROM unnest(%(contact_points)s::bigint[], %(customers)s::bigint[]) AS h (contact_point_id, customer_id)
    ORDER BY contact_point_id, customer_id
), said AS (
    INSERT INTO segments_consent (contact_point_id, customer_id, channel, purpose, brand_id, given, decided_at,
                                  origin, text, evidence, batch_id, recorded_at)
    SELECT contact_point_id, customer_id, channel, %(purpose)s, %(brand)s::bigint, %(given)s,
           %(decided_at)s::timestamptz, %(origin)s, %(text)s, %(evidence)s, %(batch)s::bigint, clock_timestamp()
    FROM holder CROSS JOIN (SELECT DISTINCT unnest(%(channels)s::text[]) AS channel) AS c
    RETURNING id, contact_point_id, channel, purpose, brand_id, given, decided_at, origin
), ruled AS (
    INSERT INTO segments_consentstate AS old (contact_point_id, channel, purpose, brand_id, given, decided_at,
                                              origin, log_id, changed_at)
    SELECT contact_point_id, channel, purpose, brand_id, given, decided_at, origin, id, clock_timestamp()
    FROM said ORDER BY contact_point_id, channel
    ON CONFLICT ON CONSTRAINT consent_state_once DO UPDATE
    SET given = excluded.given, decided_at = excluded.decided_at, origin = excluded.origin,
        log_id = excluded.log_id, changed_at = excluded.changed_at
    WHERE {STRONGER}
    RETURNING 1
)
SELECT count(*) FROM ruled
"""

# Entries of a batch that are in force in the log, and their addresses.
UNDOABLE = """
c.batch_id = %(batch)s AND c.undoes_id IS NULL AND NOT EXISTS (
    SELECT FROM segments_consent AS u WHERE u.contact_point_id = c.contact_point_id AND u.undoes_id = c.id)
"""
SAID_IN = f"SELECT DISTINCT c.contact_point_id FROM segments_consent AS c WHERE {UNDOABLE} ORDER BY 1"
# The states are locked in the order of RECORD; whoever decides meanwhile waits, and is ruled after the replay.
LOCK_STATES = """
SELECT id FROM segments_consentstate WHERE contact_point_id = ANY(%(points)s)
ORDER BY contact_point_id, channel FOR UPDATE
"""
COMPENSATE = f"""
INSERT INTO segments_consent (contact_point_id, customer_id, channel, purpose, brand_id, given, decided_at, origin,
                              text, evidence, batch_id, recorded_at, undoes_id)
SELECT c.contact_point_id, c.customer_id, c.channel, c.purpose, c.brand_id, c.given, c.decided_at, c.origin,
       c.text, c.evidence, c.batch_id, clock_timestamp(), c.id
FROM segments_consent AS c WHERE c.contact_point_id = ANY(%(points)s) AND {UNDOABLE} ORDER BY c.id
"""
FORGET_STATES = "DELETE FROM segments_consentstate WHERE contact_point_id = ANY(%(points)s)"
# The rule depends on the order of decisions: they are ruled once more in rounds, the n-th of each address in round n.
REPLAY = """
CREATE TEMPORARY TABLE consent_replay ON COMMIT DROP AS
SELECT c.*, row_number() OVER (PARTITION BY c.contact_point_id, c.channel, c.purpose, c.brand_id ORDER BY c.id) AS round
FROM segments_consent AS c WHERE c.contact_point_id = ANY(%(points)s) AND c.undoes_id IS NULL AND NOT EXISTS (
    SELECT FROM segments_consent AS u WHERE u.contact_point_id = c.contact_point_id AND u.undoes_id = c.id)
"""
ROUNDS = "SELECT coalesce(max(round), 0) FROM consent_replay"
RULE_ROUND = f"""
INSERT INTO segments_consentstate AS old (contact_point_id, channel, purpose, brand_id, given, decided_at, origin,
                                          log_id, changed_at)
SELECT contact_point_id, channel, purpose, brand_id, given, decided_at, origin, id, clock_timestamp()
FROM consent_replay WHERE round = %(round)s ORDER BY contact_point_id, channel
ON CONFLICT ON CONSTRAINT consent_state_once DO UPDATE
SET given = excluded.given, decided_at = excluded.decided_at, origin = excluded.origin,
    log_id = excluded.log_id, changed_at = excluded.changed_at
WHERE {STRONGER}
"""

PRECEDENCE = [Origin.PERSON.value, Origin.STAFF.value, Origin.IMPORT.value]

MAY_WRITE = """(
    EXISTS (SELECT FROM segments_consentstate AS yes
            WHERE yes.contact_point_id = {contact_point} AND yes.channel = %(channel)s AND yes.purpose = %(purpose)s
              AND (yes.brand_id IS NULL OR yes.brand_id = %(brand)s::bigint) AND yes.given)
    AND NOT EXISTS (SELECT FROM segments_consentstate AS no
            WHERE no.contact_point_id = {contact_point} AND no.channel = %(channel)s AND no.purpose = %(purpose)s
              AND (no.brand_id IS NULL OR no.brand_id = %(brand)s::bigint) AND NOT no.given)
)"""

# The same of one address after another, by their key: no plan of it reads more of the table than their rows, whatever the
# statistics say.
SAID = """(
    SELECT bool_and(said.given) FROM segments_consentstate AS said
    WHERE said.contact_point_id = {contact_point} AND said.channel = {channel} AND said.purpose = {purpose}
      AND (said.brand_id IS NULL OR said.brand_id = {brand})
)"""

# The same of many addresses at once and of any of some brands: a "yes" is joined, and addresses are left out that
# said "no" of the holding or of each of the brands. One grouped pass, where the two above would ask for every brand.
MAY_WRITE_OF_ANY = """(
    {said}.channel = %(channel)s AND {said}.purpose = %(purpose)s AND {said}.given
    AND ({said}.brand_id IS NULL OR {said}.brand_id = ANY(%(brands)s::bigint[]))
    AND NOT EXISTS (
        SELECT FROM (
            SELECT contact_point_id FROM segments_consentstate
            WHERE channel = %(channel)s AND purpose = %(purpose)s AND NOT given
              AND (brand_id IS NULL OR brand_id = ANY(%(brands)s::bigint[]))
            GROUP BY contact_point_id
            HAVING bool_or(brand_id IS NULL) OR count(*) = cardinality(%(brands)s::bigint[])
        ) AS refused WHERE refused.contact_point_id = {said}.contact_point_id)
)"""


class Details(TypedDict, total=False):
    """What a decision says beside "yes" or "no"."""

    purpose: Required[str]
    brand_id: int | None  # None: all brands
    decided_at: datetime | None  # None: now, when a person or staff says so; undated, when an import does
    text: str  # by which text the person agreed
    evidence: str  # from where it came
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One "yes" or "no", to be recorded for many addresses at once."""

    purpose: str
    given: bool
    origin: str
    brand_id: int | None = None
    decided_at: datetime | None = None
    text: str = ""
    evidence: str = ""
    batch_id: int | None = None

    def parameters(self) -> dict[str, Any]:
        decided_at = self.decided_at
        if decided_at is None and self.origin != Origin.IMPORT:
            decided_at = timezone.now()
        return {
            "purpose": self.purpose,
            "given": self.given,
            "origin": self.origin,
            "brand": self.brand_id,
            "decided_at": decided_at,
            "text": self.text,
            "evidence": self.evidence,
            "batch": self.batch_id,
            "precedence": PRECEDENCE,
        }


class Saying(Details, total=False):
    """`Details` and whose decision it was."""

    customer_id: int | None


def record_consent(
    *, contact_point_ids: Iterable[int], channels: Sequence[str], given: bool, origin: str, **details: Unpack[Saying]
) -> int:
    """Log one decision for these contact points × channels and apply it where it is the stronger.

    Returns how many (contact point, channel) it came into force for. One transaction; `details` are those
    of `Saying`: `purpose` (required), `brand_id`, `decided_at`, `customer_id`, `text`, `evidence`, `batch_id`.
    """
    said: dict[str, Any] = dict(details)
    customer_id = said.pop("customer_id", None)
    decision = Decision(given=given, origin=origin, **said)
    return record_for_holders(decision, [(point, customer_id) for point in contact_point_ids], channels)


def record_for_holders(decision: Decision, holders: Sequence[tuple[int, int | None]], channels: Sequence[str]) -> int:
    """`record_consent` for many people at once: `holders` are (contact point id, customer id or None)."""
    if not holders or not channels:
        return 0
    parameters = decision.parameters() | {
        "contact_points": [point for point, _ in holders],
        "customers": [customer for _, customer in holders],
        "channels": list(channels),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RECORD, parameters)
        return cursor.fetchone()[0]


def said_in_batch(batch_id: int) -> list[int]:
    """The contact points about which the log still holds decisions of this import."""
    with connection.cursor() as cursor:
        cursor.execute(SAID_IN, {"batch": batch_id})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def take_back(batch_id: int, contact_point_ids: Sequence[int]) -> int:
    """Take the decisions of an import on these addresses back: each gets an entry that undoes it, and what is in
    force follows from the rest of the log. Returns how many were taken back; a second time none."""
    parameters: dict[str, Any] = {"batch": batch_id, "points": list(contact_point_ids), "precedence": PRECEDENCE}
    with connection.cursor() as cursor:
        cursor.execute(LOCK_STATES, parameters)
        cursor.execute(COMPENSATE, parameters)
        undone = cursor.rowcount
        cursor.execute(FORGET_STATES, parameters)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.consent_replay")
        cursor.execute(REPLAY, parameters)
        cursor.execute(ROUNDS)
        for turn in range(1, cursor.fetchone()[0] + 1):
            cursor.execute(RULE_ROUND, {"round": turn, "precedence": PRECEDENCE})
    return undone


def may_write_sql(contact_point: str) -> str:
    """SQL predicate: the address in the column `contact_point` may be written to.

    Named parameters `%(channel)s`, `%(purpose)s`, `%(brand)s` (None: the whole holding). True when a consent for
    all brands or for this one is given and none of these is withdrawn. `contact_point` is our own column
    reference ("cp.id"), never a user's text.
    """
    return MAY_WRITE.format(contact_point=contact_point)


def may_write_by_key_sql(contact_point: str) -> str:
    """The predicate of `may_write_sql` for a few addresses of a big base: each is looked up."""
    said = said_sql(contact_point, channel="%(channel)s", purpose="%(purpose)s", brand="%(brand)s::bigint")
    return f"coalesce({said}, false)"


def said_sql(contact_point: str, *, channel: str, purpose: str, brand: str) -> str:
    """SQL for what an address said of a channel: NULL where nothing. All four are our own SQL, never a user's text."""
    return SAID.format(contact_point=contact_point, channel=channel, purpose=purpose, brand=brand)


def may_write_of_any_sql(said: str) -> str:
    """SQL predicate over rows of `segments_consentstate`, joined as `said`: for a question about the whole base.

    Some row of an address satisfies it exactly when `may_write_sql` lets the address be written to about one of the
    brands `%(brands)s` (ids, each once, at least one); the other parameters are the same.
    """
    return MAY_WRITE_OF_ANY.format(said=said)
