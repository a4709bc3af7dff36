"""Redis is a bell: it wakes a worker, nothing more. What is due stands in PostgreSQL."""

import django_rq

from channels.models import Channel
from segments import bells

PUMP = "campaigns.jobs.pump"
OWN_WORKER = (Channel.EMAIL, Channel.SMS, Channel.PUSH)  # the others, which carry little, share one
QUEUE = "campaigns"  # of all that is no pump
ANSWERS, TEMPLATES, INQUIRY = "campaigns.jobs.answer_people", "campaigns.jobs.read_templates", "campaigns.jobs.inquire"
INSPECTION, SCENARIOS = "campaigns.jobs.inspect", "campaigns.jobs.lead_scenarios"
PROMO, REFERRALS = "campaigns.jobs.make_promo_codes", "campaigns.jobs.lead_referrals"
FORGOTTEN = {"result_ttl": 60, "failure_ttl": 3600}  # seconds


def ring_inquiry() -> bool:
    """Have providers asked about messages, unless a call already waits; tells whether it rang."""
    return bool(bells.ring(QUEUE, INQUIRY, {"inquire": ()}))


def ring_templates() -> bool:
    """Have providers' templates read anew, unless a call already waits; tells whether it rang."""
    return bool(bells.ring(QUEUE, TEMPLATES, {"read-templates": ()}))


def ring_scenarios() -> bool:
    """Have people led on in scenarios, unless a call already waits; tells whether it rang."""
    return bool(bells.ring(QUEUE, SCENARIOS, {"scenarios": ()}))


def ring_promo() -> bool:
    """Have promo codes made that were ordered, unless a call already waits; tells whether it rang."""
    return bool(bells.ring(QUEUE, PROMO, {"promo-codes": ()}))


def ring_referrals() -> bool:
    """Have requests of friends taken in and points given, unless a call already waits; tells whether it rang."""
    return bool(bells.ring(QUEUE, REFERRALS, {"referrals": ()}))


def ring_inspection(campaign_id: int) -> bool:
    """Have the guard look at a campaign, unless a call already waits; tells whether it rang."""
    return bool(bells.ring(QUEUE, INSPECTION, {f"inspect-{campaign_id}": (campaign_id,)}))


def queue_name(channel: str) -> str:
    return f"sending-{channel}" if channel in OWN_WORKER else "sending-messengers"


def ring(channel: str) -> bool:
    """Ask the workers of a channel to look for chunks, unless a call already waits; tells whether it rang."""
    queue = django_rq.get_queue(queue_name(channel))
    if channel in {asked for job in queue.jobs for asked in job.args}:
        return False
    queue.enqueue(PUMP, channel, **FORGOTTEN)
    return True


def ring_answers() -> None:
    """Ask for answers to be sent, after the caller's commit: a call that waits already may have looked too early."""
    django_rq.get_queue(QUEUE).enqueue(ANSWERS, **FORGOTTEN)
