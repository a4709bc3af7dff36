"""What became of the people of audience exports: appended to the outbox from what the ad account has taken.

Accepted is whoever was on the list, whether she is there still or not. Nobody else is settled before the list is empty
again: until then she may come to it. Then whoever never came is cancelled, if the campaign was stopped, else suppressed with
the reason. Each step is repeated by the next sweep where one was killed.
"""

from django.db import connection, transaction
from django.utils import timezone

from campaigns.ad_audiences.listing import has_ended
from campaigns.models import AdAudience, Campaign, Run
from segments.consents import may_write_sql
from segments.models import ExternalList, ListSync
from segments.models.people import Purpose
from segments.outward import syncing

# Statistics know nothing of a fresh run: each of its people would be looked for through all of the list.
BY_HASH = "SET LOCAL enable_nestloop = off"
ACCEPTED = """
INSERT INTO campaigns_outcome (run_id, message_id, kind)
SELECT m.run_id, m.id, 'accepted' FROM campaigns_message AS m
WHERE m.run_id = %(run)s AND m.left_out = '' AND m.contact_point_id IN (
    SELECT contact_point_id FROM segments_externaladdress WHERE external_list_id = %(list)s
    UNION ALL SELECT unnest(added_ids || removed_ids) FROM segments_listsync
    WHERE external_list_id = %(list)s AND id > %(seen)s AND id <= %(last)s
)
ON CONFLICT (run_id, message_id) DO NOTHING
"""
REST = f"""
INSERT INTO campaigns_outcome (run_id, message_id, kind, reason)
SELECT m.run_id, m.id, %(kind)s, CASE
    WHEN %(kind)s = 'cancelled' THEN ''
    WHEN {may_write_sql("m.contact_point_id")} THEN 'expired'
    ELSE 'no_consent' END
FROM campaigns_message AS m
WHERE m.run_id = %(run)s AND m.left_out = ''
  AND NOT EXISTS (SELECT FROM campaigns_outcome AS o WHERE o.run_id = m.run_id AND o.message_id = m.id)
"""


def settle() -> dict[str, int]:
    """One pass over all that are going on: {"taken_back": exports whose list is empty again}."""
    going_on = AdAudience.objects.filter(external_list__isnull=False, emptied_at=None).values_list("pk", flat=True)
    return {"taken_back": sum(settle_one(pk) for pk in going_on)}


@transaction.atomic
def settle_one(campaign_id: int) -> bool:
    """Whether nobody of it is on the list any more, as of now."""
    locked = AdAudience.objects.select_for_update(skip_locked=True, of=("self",)).select_related("campaign")
    audience = locked.filter(pk=campaign_id, emptied_at=None).first()
    if audience is None:
        return False
    run = audience.campaign.runs.get()
    _record(audience, run)
    ended = has_ended(audience)
    if ended is None:
        return False
    syncs = ListSync.objects.filter(external_list=audience.external_list_id, started_at__gte=ended)
    if not syncs.exists():
        syncing.ask_list(audience.external_list_id)
    # One that began before the end may still add whom it read before; syncs go one after another.
    if audience.external_list.addresses.exists() or not syncs.filter(finished_at__isnull=False).exists():
        return False
    _end(audience, run)
    return True


def _record(audience: AdAudience, run: Run) -> None:
    """What syncs that are over have brought, once for each of them."""
    over = ListSync.objects.filter(external_list=audience.external_list_id, finished_at__isnull=False)
    last = over.order_by("-id").values_list("pk", flat=True).first() or 0
    if last <= audience.seen_sync:
        return
    asked = {"run": run.pk, "list": audience.external_list_id, "seen": audience.seen_sync, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(BY_HASH)
        cursor.execute(ACCEPTED, asked)
    audience.seen_sync = last
    if audience.external_list.size:
        audience.told = audience.external_list.told
    audience.save(update_fields=["seen_sync", "told"])


def _end(audience: AdAudience, run: Run) -> None:
    campaign = audience.campaign
    is_stopped = campaign.state == Campaign.State.STOPPED
    asked = {
        "run": run.pk, "kind": "cancelled" if is_stopped else "suppressed", "channel": campaign.channel,
        "purpose": Purpose.ADVERTISING, "brand": campaign.brand_id,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(BY_HASH)
        cursor.execute(REST, asked)
    audience.emptied_at = timezone.now()
    audience.save(update_fields=["emptied_at"])
    ExternalList.objects.filter(pk=audience.external_list_id).update(is_active=False)
