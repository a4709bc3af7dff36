"""What is due in this app. Nothing here is urgent: calls are tied as they are loaded."""

from django.db import transaction

from campaigns.models import Campaign
from tracking.calls.settling import settle
from tracking.calls.tying import tied_too_early
from tracking.models import NumberLease
from tracking.numbers import release


def sweep() -> dict[str, int]:
    """Tie calls whose customer or lease came later; free the numbers of campaigns stopped before any launch."""
    with transaction.atomic():
        changed = settle(tied_too_early(), only_tied_anew=True)
    unused = Campaign.objects.filter(
        state=Campaign.State.STOPPED, runs=None, pk__in=NumberLease.objects.values("campaign")
    )
    released = sum(release(campaign) for campaign in unused[:100])
    return {"calls_tied": len(changed), "leases_released": released}
