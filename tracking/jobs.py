"""What is due in this app. Clicks wait for it some seconds; calls are tied as they are loaded, devices of sites as they are
named."""

from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign
from tracking import keeping
from tracking.calls.settling import settle
from tracking.calls.tying import tied_too_early
from tracking.hits import classing
from tracking.mailing import sending
from tracking.models import NumberLease
from tracking.numbers import release
from tracking.telephony import jobs as telephony
from tracking.website_events import identifying, months


def count_large_campaigns() -> dict[str, int]:
    """Count the figures of large campaigns anew."""
    return {"campaigns": keeping.count_due()}


def mail_reports() -> sending.Sent:
    """Send the reports that are due by e-mail."""
    return sending.drain()


def sweep() -> dict[str, int]:
    """Class opens and clicks; ring for accounts of call tracking and for the figures of large campaigns; tie calls and devices
    whose customer came later; free the numbers of campaigns stopped before any launch; make the months of events that come,
    drop those that are kept long enough; make the letters of reports that are due."""
    classed = classing.class_hits(timezone.now())
    with transaction.atomic():
        changed = settle(tied_too_early(), only_tied_anew=True)
    unused = Campaign.objects.filter(
        state=Campaign.State.STOPPED, runs=None, pk__in=NumberLease.objects.values("campaign")
    )
    released = sum(release(campaign) for campaign in unused[:100])
    return {
        **telephony.sweep(),
        "hits_classed": classed,
        "calls_tied": len(changed),
        "leases_released": released,
        "event_months": months.ensure_near(),
        "event_months_dropped": months.drop_old(),
        "devices_tied": identifying.look_again(),
        "counts_rung": keeping.ring_if_due(),
        "report_letters_rung": sending.sweep(),
    }
