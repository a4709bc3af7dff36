"""Points for friends: whether what the programme asks for has happened is looked at again and again, and given or taken back.

A visit or a purchase that an undone import took with it, or that was cancelled, takes its points back as long as they are not
spent. Whoever turns out to have been a customer before, or of the inviting person's household, counts no more.
"""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns.models import Referral
from campaigns.points import ledger
from campaigns.points.ledger import Gift
from campaigns.refusals import Refused
from segments.lines import IS_REFUND, SHE_DID

AT_ONCE = 5000
# Until it is looked again: within the programme's days, and after.
SOON, RARELY = dt.timedelta(hours=1), dt.timedelta(days=1)
FOR = dt.timedelta(days=365)  # after these days what was given stays given

LOCK = "SELECT pg_advisory_xact_lock(hashtext('krug.referrals'))"  # the ceiling of a person is counted by one at a time
# Documents of a day may come without their hour: the whole day of the request counts as after it.
JUDGE = f"""
WITH due AS (
    SELECT r.id, r.state, r.asked_at, p.condition, p.days, COALESCE(one.merged_into_id, one.id) AS referrer,
           COALESCE(two.merged_into_id, two.id) AS friend,
           date_trunc('day', r.asked_at AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s AS since,
           r.asked_at + p.days * interval '1 day' AS until
    FROM campaigns_referral AS r JOIN campaigns_referralprogramme AS p ON p.id = r.programme_id
    LEFT JOIN segments_customer AS one ON one.id = r.referrer_id LEFT JOIN segments_customer AS two ON two.id = r.customer_id
    WHERE r.state <> 'waiting' AND r.due_at <= now() ORDER BY r.id LIMIT %(most)s FOR UPDATE OF r
), against AS (
    SELECT d.id, CASE
        WHEN d.referrer IS NULL OR d.friend IS NULL THEN 'nobody'
        WHEN d.referrer = d.friend THEN 'own'
        WHEN f.household_id = (SELECT c.household_id FROM segments_customer AS c WHERE c.id = d.referrer) THEN 'household'
        WHEN EXISTS (SELECT FROM campaigns_referral AS o WHERE o.id < d.id AND o.state = 'newcomer' AND o.customer_id IN (
                     SELECT c.id FROM segments_customer AS c WHERE c.id = d.friend OR c.merged_into_id = d.friend)) THEN 'another'
        WHEN EXISTS (SELECT FROM segments_customer AS c WHERE (c.id = d.friend OR c.merged_into_id = d.friend) AND c.created_at < d.asked_at)
          OR EXISTS (SELECT FROM segments_interaction AS i WHERE i.customer_id = d.friend AND i.happened_at < d.since) THEN 'existing'
        ELSE '' END AS why
    FROM due AS d LEFT JOIN segments_customer AS f ON f.id = d.friend
), did AS (
    SELECT d.id, min(i.happened_at) FILTER (WHERE i.kind = 'visit') AS visited_at,
           min(i.happened_at) FILTER (WHERE i.kind = 'sale') AS bought_at
    FROM due AS d JOIN segments_interaction AS i ON i.customer_id = d.friend AND i.kind IN ('visit', 'sale')
        AND i.happened_at >= d.since AND i.happened_at <= d.until AND {SHE_DID.format(row="i")} AND NOT {IS_REFUND.format(row="i")}
    GROUP BY 1
)
UPDATE campaigns_referral AS r
SET state = CASE WHEN a.why = '' THEN 'newcomer' ELSE 'refused' END,
    why = CASE WHEN a.why = '' AND r.why = 'ceiling' THEN r.why ELSE a.why END,
    visited_at = did.visited_at, bought_at = did.bought_at,
    met_at = CASE WHEN a.why <> '' THEN NULL WHEN d.condition = 'request' THEN d.asked_at
                  WHEN d.condition = 'visit' THEN did.visited_at ELSE did.bought_at END,
    judged_at = CASE WHEN (r.state = 'newcomer') = (a.why = '') THEN r.judged_at ELSE now() END,
    due_at = CASE WHEN now() < d.until THEN now() + %(soon)s WHEN now() < d.until + %(for)s THEN now() + %(rarely)s END
FROM due AS d JOIN against AS a USING (id) LEFT JOIN did USING (id)
WHERE r.id = d.id
"""
# Who is to be given: of one person no more than the ceiling, the earliest first.
WANTED = """
SELECT w.id, w.referrer, w.friend, w.points, w.welcome, w.points_days, w.given, w.ceiling > 0 AND w.place + w.had > w.ceiling
FROM (
    SELECT r.id, who.referrer, who.friend, p.points, p.welcome, p.points_days, p.ceiling, r.given,
           row_number() OVER (PARTITION BY who.referrer, p.id ORDER BY r.met_at, r.id) AS place,
           (SELECT count(*) FROM campaigns_referral AS o WHERE o.programme_id = p.id AND o.rewarded_at IS NOT NULL
              AND o.referrer_id IN (SELECT c.id FROM segments_customer AS c WHERE c.id = who.referrer OR c.merged_into_id = who.referrer)) AS had
    FROM campaigns_referral AS r JOIN campaigns_referralprogramme AS p ON p.id = r.programme_id
    JOIN segments_customer AS one ON one.id = r.referrer_id JOIN segments_customer AS two ON two.id = r.customer_id
    CROSS JOIN LATERAL (SELECT COALESCE(one.merged_into_id, one.id) AS referrer, COALESCE(two.merged_into_id, two.id) AS friend) AS who
    WHERE r.met_at IS NOT NULL AND r.rewarded_at IS NULL AND r.due_at IS NOT NULL
) AS w ORDER BY w.id
"""
GIVEN = """
UPDATE campaigns_referral AS r
SET rewarded_at = now(), given = r.given + 1, points = t.points, welcome = t.welcome, why = ''
FROM unnest(%(ids)s::bigint[], %(points)s::int[], %(welcomes)s::int[]) AS t (id, points, welcome) WHERE r.id = t.id
"""


def is_due() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM campaigns_referral WHERE due_at <= now())")
        return cursor.fetchone()[0]


@transaction.atomic
def reward() -> dict[str, int]:
    """Look at those who are due; give points, and take back what was given for nothing. Returns how many of each."""
    asked = {"zone": settings.TIME_ZONE, "most": AT_ONCE, "soon": SOON, "rarely": RARELY, "for": FOR}
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(JUDGE, asked)
        cursor.execute(WANTED)
        wanted = cursor.fetchall()
    back = sum(_take_back(each) for each in Referral.objects.filter(met_at=None, rewarded_at__isnull=False))
    return {
        "given": _give([row[:-1] for row in wanted if not row[-1]], [row[0] for row in wanted if row[-1]]),
        "back": back,
    }


def _give(rows: Sequence[tuple], above: Sequence[int]) -> int:
    Referral.objects.filter(pk__in=above).exclude(why=Referral.Why.CEILING).update(why=Referral.Why.CEILING)
    with override(settings.LANGUAGE_CODE):
        brought, came = _("brought a friend"), _("came by the link of a friend")
    gifts = [gift for row in rows for gift in _gifts(row, brought, came)]
    if gifts:
        ledger.accrue(gifts)
    given = {"ids": [row[0] for row in rows], "points": [row[3] for row in rows], "welcomes": [row[4] for row in rows]}
    with connection.cursor() as cursor:
        cursor.execute(GIVEN, given)
    return len(rows)


def _gifts(row: tuple, brought: str, came: str) -> list[Gift]:
    pk, referrer, friend, points, welcome, days, times = row
    gifts = [Gift(referrer, points, _key("friend", pk, times + 1), brought, days)]
    return gifts + ([Gift(friend, welcome, _key("welcome", pk, times + 1), came, days)] if welcome else [])


def _key(what: str, pk: int, times: int) -> str:
    return f"{what}:{pk}:{times}"


def _take_back(referral: Referral) -> bool:
    """Both gifts or neither: while one of them is spent they stay, and are asked for again."""
    gifts = (("friend", referral.referrer_id, referral.points), ("welcome", referral.customer_id, referral.welcome))
    try:
        with transaction.atomic():
            for what, person, points in gifts:
                if points and person:
                    ledger.take_back(person, points, f"back:{_key(what, referral.pk, referral.given)}")
    except Refused:
        return False
    return bool(Referral.objects.filter(pk=referral.pk).update(points=0, welcome=0, rewarded_at=None))
