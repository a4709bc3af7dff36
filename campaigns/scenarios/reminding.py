"""Reminders inside a messenger's 24 hours: whoever answered a message of a scenario and did not reach its goal is written to once more
23 hours after her last words, while a free text still passes.

They go as answers of the conversation, so that windows, limits and hours of its account hold. Nobody is reminded whom a human owes
an answer, who refused offers, or who left the scenario by its goal. The second one needs new words of hers.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import answering, permission
from campaigns.chat_trees.acting import text_for
from campaigns.chat_trees.checking import LONGEST, of_text
from campaigns.models import Answer, Reply, Scenario, ScenarioVersion
from campaigns.scenarios import goals
from campaigns.scenarios.moving import LIVING, PERSON
from campaigns.scenarios.occasions import MESSENGERS
from channels import legal

MOST = 2
AFTER, BEFORE = dt.timedelta(hours=23), dt.timedelta(hours=24)
AT_ONCE = 200

# Her last words to the account, which answer a message of this node.
FIND = f"""
SELECT i.id FROM channels_incomingmessage AS i
JOIN campaigns_reply AS r ON r.incoming_id = i.id AND r.answers IS NOT NULL AND r.customer_id IS NOT NULL
JOIN campaigns_message AS m ON m.id = r.answers AND m.step = %(step)s
JOIN campaigns_enrolment AS e ON e.id = m.enrolment_id AND e.version_id = %(version)s {PERSON}
WHERE i.happened_at > %(now)s::timestamptz - %(before)s AND i.happened_at <= %(now)s::timestamptz - %(after)s
  AND (r.keyword = 'rule' OR r.keyword = '' AND r.answered_at IS NOT NULL)
  AND e.state NOT IN ('goal', 'stopped', 'control') AND {{reached}} IS NULL
  AND NOT EXISTS (SELECT FROM channels_incomingmessage AS n
                  WHERE n.sender = i.sender AND n.account_id = i.account_id AND n.happened_at > i.happened_at)
  AND NOT EXISTS (SELECT FROM campaigns_answer AS a WHERE a.reply_id = i.id AND a.origin = 'reminder')
  AND (SELECT count(*) FROM campaigns_answer AS a JOIN campaigns_reply AS p ON p.incoming_id = a.reply_id
       JOIN campaigns_message AS o ON o.id = p.answers
       WHERE a.origin = 'reminder' AND a.recipient = r.address AND o.enrolment_id = e.id) < %(most)s
ORDER BY i.id LIMIT %(limit)s
"""


def remind(now: dt.datetime | None = None) -> int:
    """All that are due. Returns how many were written."""
    if not permission.is_allowed():
        return 0
    return sum(_of_node(version, place, node, now or timezone.now()) for version, place, node in _asked_for())


def faults(node: Mapping[str, Any], channel: str) -> list[str]:
    """What is wrong with the reminders of a node that sends over the channel."""
    if not node.get("remind"):
        return []
    if channel not in MESSENGERS:
        return [_("reminders go only in messengers: set them to 0.")]
    text = str(node.get("reminder", "")).strip()
    if not text:
        return [_("its reminder has no text: write it, or set reminders to 0.")]
    if len(text) > LONGEST:
        return [_("The answer is longer than %(limit)d characters: shorten it.") % {"limit": LONGEST}]
    return list(of_text(text))


def _asked_for() -> Iterator[tuple[ScenarioVersion, int, Mapping[str, Any]]]:
    """Nodes with reminders of scenarios that work; replaced versions have people too."""
    working = [Scenario.State.ACTIVE, Scenario.State.CLOSED]
    states = [ScenarioVersion.State.ACTIVE, ScenarioVersion.State.RETIRED]
    for version in ScenarioVersion.objects.filter(scenario__state__in=working, state__in=states).select_related(
        "scenario"
    ):
        for place, node in enumerate(version.flow):
            if node.get("remind") and node.get("reminder"):
                yield version, place, node


def _of_node(version: ScenarioVersion, place: int, node: Mapping[str, Any], now: dt.datetime) -> int:
    reached = goals.reached_sql(version.goal, person=LIVING, after="e.happened_at")
    asked = {
        "step": place + 1, "version": version.pk, "now": now, "before": BEFORE, "after": AFTER,
        "most": min(int(node["remind"]), MOST), "limit": AT_ONCE, **goals.parameters(version.goal),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FIND.format(reached=reached), asked)
        found = [row[0] for row in cursor.fetchall()]
    return sum(_write(reply, version, node["reminder"]) for reply in _replies(found))


def _replies(pks: Sequence[int]) -> Sequence[Reply]:
    return list(Reply.objects.filter(pk__in=pks).select_related("incoming__account").order_by("pk"))


@transaction.atomic
def _write(reply: Reply, version: ScenarioVersion, text: str) -> bool:
    purpose = version.scenario.purpose
    if answering.refuses(reply, purpose) or legal.hindrance(reply.incoming.channel, purpose, timezone.localdate()):
        return False
    return answering.write_by_itself(reply, Answer.Origin.REMINDER, text_for(reply, text, {}))
