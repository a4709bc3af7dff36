"""What a person can do that ends her way, or that counts as a reaction to a message: a closed list, to which upper apps add
what is done by a link of a message.

An opened letter is none: robots open letters.
"""

from collections.abc import Collection
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.lines import SHE_DID
from segments.models import Interaction

Kind = Interaction.Kind

# Of history, the most valuable first: of several the first is told.
OF_HISTORY: dict[str, tuple[Kind, str | Promise]] = {
    "bought": (Kind.SALE, _("bought a car")),
    "sold_to_us": (Kind.BUYOUT, _("sold a car to us")),
    "serviced": (Kind.SERVICE, _("came to service")),
    "insured": (Kind.INSURANCE, _("bought insurance")),
    "visited": (Kind.VISIT, _("visited the showroom")),
    "booked": (Kind.BOOKING, _("booked a visit")),
    "called": (Kind.CALL, pgettext_lazy("event of a rule", "called")),
}
OF_MESSAGES: dict[str, str | Promise] = {
    "replied": pgettext_lazy("goal", "replied to a message"),
    "clicked": pgettext_lazy("goal", "followed a link"),
}
LABELS: dict[str, str | Promise] = {name: label for name, (_kind, label) in OF_HISTORY.items()} | OF_MESSAGES
# Of upper apps: {name: condition over `{message}`, a row with the id of a message}.
_answers: dict[str, str] = {}

_IN_HISTORY = f"""(
    SELECT (%(goal_names)s::text[])[array_position(%(goal_kinds)s::text[], i.kind::text)] FROM segments_interaction AS i
    WHERE i.customer_id = {{person}} AND i.kind = ANY(%(goal_kinds)s) AND i.happened_at > {{after}}{{until}}
      AND {SHE_DID.format(row="i")}
    ORDER BY array_position(%(goal_kinds)s::text[], i.kind::text) LIMIT 1
)"""
_OF_MESSAGE = """(
    SELECT CASE WHEN d.replied_at IS NOT NULL AND 'replied' = ANY(%(asked_goals)s) THEN 'replied'
                WHEN d.clicked_at IS NOT NULL AND 'clicked' = ANY(%(asked_goals)s) THEN 'clicked' END
    FROM campaigns_deliverystate AS d WHERE d.run_id = {message}.run_id AND d.message_id = {message}.message_id
)"""
_OF_MESSAGES = f"""(
    SELECT max(told.goal) FROM campaigns_enrolmentmove AS v CROSS JOIN LATERAL {_OF_MESSAGE.format(message="v")} AS told (goal)
    WHERE v.enrolment_id = e.id AND v.message_id IS NOT NULL
)"""  # fmt: skip


_OF_ANSWERS = """(
    SELECT '{name}' FROM campaigns_enrolmentmove AS v
    WHERE v.enrolment_id = e.id AND v.message_id IS NOT NULL AND {condition} LIMIT 1
)"""


def register(name: str, label: str | Promise, condition: str) -> None:
    """Add what a person does by a link of a message: SQL over `{message}.message_id`, without parameters. Whoever keeps it says so
    to `campaigns.scenarios.waking`. A second registration under the same name replaces the first."""
    LABELS[name], _answers[name] = label, condition


def reached_sql(goals: Collection[str], *, person: str, after: str, until: str = "", of_last: bool = False) -> str:
    """SQL for the name of a goal that the person of enrolment `e` has reached after a moment, NULL when none.

    `person`, `after` and `until` are our own column references; what is reached by messages knows no `until`. `of_last`: of
    her messages only the last one counts. It takes `parameters(goals)`.
    """
    asked = []
    if set(goals) & set(OF_HISTORY):
        in_time = f" AND i.happened_at <= {until}" if until else ""
        asked.append(_IN_HISTORY.format(person=person, after=after, until=in_time))
    if set(goals) & set(OF_MESSAGES):
        asked.append(_OF_MESSAGE.format(message="e") if of_last else _OF_MESSAGES)
    for name, condition in _answers.items():
        if name in goals and of_last:
            asked.append(f"CASE WHEN {condition.format(message='e')} THEN '{name}' END")
        elif name in goals:
            asked.append(_OF_ANSWERS.format(name=name, condition=condition.format(message="v")))
    return f"COALESCE({', '.join(asked)}, NULL)" if asked else "NULL::text"


def parameters(goals: Collection[str]) -> dict[str, Any]:
    names = [name for name in OF_HISTORY if name in goals]
    return {
        "asked_goals": list(goals),
        "goal_names": names,
        "goal_kinds": [OF_HISTORY[name][0].value for name in names],
    }
