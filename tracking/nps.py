"""«Would you recommend us?», 0 to 10, and what follows: answers by a link of a message, and the index that they come to.

NPS = promoters (9 and 10) − detractors (0 to 6), in per cent of all who answered. Its interval is the adjusted Wald of
Rocks, «Interval estimation for the Net Promoter Score» (The American Statistician 70, 2016): three answers are added in
parts of ¾, 1½ and ¾, so that it holds with few answers and with all of one kind.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from campaigns import links
from campaigns.scenarios import goals, waking
from segments.facts_registry import FactsTable, writing
from tracking.models import NpsAnswer
from tracking.surveys import Subject, subject_of

NAME = "nps"
PROMOTERS, DETRACTORS = Q(score__gte=9), Q(score__lte=6)
LOOKED_BACK = dt.timedelta(days=180)  # what she did with us that long before an answer, the answer is about
Z = 1.96

# Of a message, as a goal or a reaction of scenarios: a score, and one that needs a call.
RATED = "EXISTS (SELECT FROM tracking_npsanswer AS s WHERE s.message_id = {message}.message_id)"
RATED_LOW = "EXISTS (SELECT FROM tracking_npsanswer AS s WHERE s.message_id = {message}.message_id AND s.score <= 6)"
# A repeat by the same link is a change of mind. Who she is and what it is about stays as it was first known.
SAVE = """
INSERT INTO tracking_npsanswer AS old
    (run_id, campaign_id, message_id, answered_by_id, customer_id, score, reason, comment, may_call, centre_id, brand_id, answered_at)
SELECT %(run)s, %(campaign)s, %(message)s, %(asked)s, %(customer)s, %(score)s, '', '', false, about.centre_id, about.brand_id, %(now)s
FROM (VALUES (1)) AS one LEFT JOIN LATERAL (
    SELECT centre_id, brand_id FROM segments_interaction
    WHERE customer_id = %(customer)s AND kind IN ('sale', 'service', 'visit', 'buyout', 'insurance')
      AND happened_at BETWEEN %(since)s AND %(now)s
    ORDER BY happened_at DESC, id DESC LIMIT 1
) AS about ON true
ON CONFLICT (message_id) DO UPDATE SET score = excluded.score, answered_at = excluded.answered_at
WHERE old.score <> excluded.score
"""
FOLLOW = """
UPDATE tracking_npsanswer AS a SET customer_id = coalesce(c.merged_into_id, c.id)
FROM segments_customer AS c
WHERE c.id = a.answered_by_id AND {chosen} AND a.customer_id IS DISTINCT FROM coalesce(c.merged_into_id, c.id)
"""


def find(token: str) -> Subject | None:
    """The subject of a score token; None when it is not ours, or nobody is behind it any more."""
    message_id = links.read_nps(token)
    return None if message_id is None else subject_of(message_id)


def rate(subject: Subject, score: int) -> None:
    """Keep a score of 0 to 10; the last one by a link counts."""
    now = timezone.now()
    about = {
        "run": subject.message.run_id,
        "campaign": subject.campaign.pk,
        "message": subject.message.pk,
        "asked": subject.message.customer_id,
        "customer": subject.customer.pk,
        "score": score,
        "now": now,
        "since": now - LOOKED_BACK,
    }
    with connection.cursor() as cursor:
        cursor.execute(SAVE, about)
    waking.wake(subject.message.pk, subject.message.run_id)


def explain(subject: Subject, *, reason: str, comment: str, may_call: bool) -> None:
    """What she adds to her score; nothing without one."""
    answer_of(subject).update(reason=reason, comment=comment, may_call=may_call)


def answer_of(subject: Subject) -> QuerySet[NpsAnswer]:
    return NpsAnswer.objects.filter(message_id=subject.message.pk)


@dataclass(frozen=True, slots=True)
class Score:
    """An index of −100 to 100 and the 95 % interval around it; None where nobody answered."""

    answers: int = 0
    promoters: int = 0
    detractors: int = 0

    @property
    def passives(self) -> int:
        return self.answers - self.promoters - self.detractors

    @property
    def index(self) -> int | None:
        return round(100 * (self.promoters - self.detractors) / self.answers) if self.answers else None

    @property
    def interval(self) -> tuple[int, int] | None:
        if not self.answers:
            return None
        total, up, down = self.answers + 3, self.promoters + 0.75, self.detractors + 0.75
        middle = (up - down) / total
        half = Z * sqrt(((up + down) / total - middle**2) / total)
        return max(-100, round(100 * (middle - half))), min(100, round(100 * (middle + half)))


COUNTED = {
    "answers": Count("pk"),
    "promoters": Count("pk", filter=PROMOTERS),
    "detractors": Count("pk", filter=DETRACTORS),
}


def score_of(answers: QuerySet[NpsAnswer]) -> Score:
    return Score(**answers.order_by().aggregate(**COUNTED))


def scores_by(answers: QuerySet[NpsAnswer], *keys: Any) -> list[tuple[Any, Score]]:
    """(value of the last key, score) by these, in their order: one query."""
    rows = answers.order_by(*keys).values(*keys).annotate(**COUNTED)
    return [(row[keys[-1]], Score(**{name: row[name] for name in COUNTED})) for row in rows]


def refresh(customer_ids: Sequence[int] | None = None) -> int:
    """A fact of `segments.facts_registry`: answers belong to whom their givers are now."""
    with writing(NAME, many=customer_ids is None) as cursor:
        chosen = "true" if customer_ids is None else "a.answered_by_id = ANY(%(people)s)"
        cursor.execute(FOLLOW.format(chosen=chosen), {"people": list(customer_ids or ())})
        return cursor.rowcount


def register_goals() -> None:
    """With scenarios: a low score first, for of several goals the first that was registered is told."""
    goals.register("rated_low", gettext_lazy("gave a score of 0 to 6"), RATED_LOW)
    goals.register("rated", gettext_lazy("gave a score of 0 to 10"), RATED)


TABLE = FactsTable(name=NAME, refresh=refresh, catch_up=lambda since: 0, read_by=frozenset({"rated"}))
