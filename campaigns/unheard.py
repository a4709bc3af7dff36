"""Unknown messages that no provider has ever heard of: counted, shown, and decided about by a person.

Each account that may have sent the message has to say so; one that cannot be asked leaves it open.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns import outbox
from campaigns.models import Campaign, CampaignEvent
from campaigns.refusals import Refused

UNHEARD = """
SELECT o.message_id FROM campaigns_outcome AS o JOIN campaigns_run AS r ON r.id = o.run_id
WHERE o.run_id = ANY(%s) AND o.kind = 'unknown'
  AND NOT EXISTS (SELECT FROM campaigns_resolution AS s WHERE s.run_id = o.run_id AND s.message_id = o.message_id)
  AND NOT EXISTS (
    SELECT FROM unnest(r.account_id || r.stand_ins) AS a (id) WHERE NOT EXISTS (
        SELECT FROM campaigns_inquiry AS i
        WHERE i.message_id = o.message_id AND i.account_id = a.id AND i.answer = 'unheard'))
"""
EVIDENCE = "never reached the provider"


def messages(run_ids: Collection[int]) -> set[int]:
    """Ids of these messages."""
    with connection.cursor() as cursor:
        cursor.execute(UNHEARD, [list(run_ids)])
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def count_as_not_sent(campaign: Campaign, author: Any) -> int:
    """A person decides that they were not sent: unknown becomes rejected, so that they may be written to later. Raises
    Refused when there are none."""
    found = messages(list(campaign.runs.values_list("pk", flat=True)))
    resolved = outbox.resolve(found, "rejected", evidence=EVIDENCE, author=author)
    if not resolved:
        raise Refused(_("There are no such messages any more."))
    CampaignEvent.objects.create(campaign=campaign, verb="unheard", author=author, note=str(resolved))
    return resolved
