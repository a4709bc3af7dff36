"""Background work of campaigns: a job for each kind of sending, and one sweep that finds all that is due in PostgreSQL."""

import logging
from typing import Any

from django.db import connection

from campaigns import (
    answer_sending,
    bell,
    contact_slots,
    devices,
    guard,
    inquiring,
    local_clock,
    parked,
    partitions,
    replies,
    reported,
    running,
    scenarios,
    templating,
    welcoming,
)
from campaigns.ad_audiences import settling
from campaigns.calls_to_make import closing as calls_closing
from campaigns.models import Campaign, CampaignEvent, Run
from campaigns.promo import bringing
from campaigns.promo import filling as promo
from campaigns.pump import draining, recovery
from campaigns.readiness import obstacles
from campaigns.referrals import rewarding, taking_in
from campaigns.refusals import Refused
from campaigns.scenarios import rehearsing, reminding
from campaigns.transitions import attempt

State = Campaign.State
log = logging.getLogger(__name__)

# Since when a scheduled campaign could have begun: its time, or its approval when it has none.
# By the recipients' clocks the first of them counts; late it is by the holding's.
SCHEDULED = f"""
SELECT g.id, w.on_time + g.lateness_hours * interval '1 hour' < clock_timestamp()
FROM campaigns_campaign AS g CROSS JOIN LATERAL (
    SELECT GREATEST({local_clock.BEGINS}, max(a.decided_at)) AS since, GREATEST(g.starts_at, max(a.decided_at)) AS on_time
    FROM campaigns_approval AS a WHERE a.campaign_id = g.id
) AS w
WHERE g.state = 'scheduled' AND w.since <= clock_timestamp() ORDER BY w.since, g.id
"""
DUE_CHANNELS = """
SELECT DISTINCT c.channel FROM campaigns_chunk AS c
JOIN campaigns_run AS r ON r.id = c.run_id
JOIN campaigns_campaign AS g ON g.id = r.campaign_id AND g.state = 'running'
WHERE c.state = 3 OR (c.state = 0 AND c.due_at <= clock_timestamp())
"""


def pump(channel: str) -> dict[str, Any]:
    """Drain the channel for a while; ring for the next pump when more is due."""
    done = draining.drain(channel)
    if done["more"]:
        bell.ring(channel)
    return dict(done)


def answer_people() -> dict[str, Any]:
    """Tie and greet those who have started a bot, and send the answers that are due."""
    return {"welcomed": welcoming.welcome_due(), **answer_sending.drain()}


def inquire() -> dict[str, Any]:
    """Ask providers what became of messages."""
    return dict(inquiring.ask())


def read_templates() -> dict[str, Any]:
    """Ask providers what became of their templates."""
    return templating.sync_all()


def lead_scenarios() -> dict[str, Any]:
    """Let people into scenarios, and lead on whoever is due; ring again when somebody still is."""
    done = scenarios.lead()
    if done["more"]:
        bell.ring_scenarios()
    return done


def make_promo_codes() -> dict[str, Any]:
    """Make the promo codes that were ordered, and take in those that were uploaded."""
    return {"files": bringing.bring_due(), "made": promo.make_due()}


def lead_referrals() -> dict[str, Any]:
    """Take in the requests of friends, give points for those who count, take back what was given for nothing."""
    return {"taken": taking_in.take_in(), **rewarding.reward()}


def inspect(campaign_id: int) -> dict[str, Any]:
    """Rehearse a launch for the guard, before anybody decides about it."""
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.is_audience or campaign.state not in guard.WAITING or obstacles(campaign):
        return {"people": 0, "findings": 0}
    seen = rehearsing.look(campaign) if campaign.is_step else running.rehearse(campaign)
    return {"people": seen.people, "rendered": seen.rendered, "findings": len(seen.findings)}


def sweep() -> dict[str, Any]:
    """One idempotent pass of all that is due. What Redis forgot is found here."""
    found: dict[str, Any] = {"partitions": partitions.ensure_near(), **recovery.recover()}
    found |= parked.look_again(reported.apply)
    found["resolved"] = reported.settle()
    found["inquiries"] = inquiring.enrol()
    if inquiring.is_due():
        bell.ring_inquiry()
    if templating.is_due():
        bell.ring_templates()
    found["slots_forgotten"] = contact_slots.forget()
    found["replies_tied"] = replies.tie_later()
    found["devices_tied"] = devices.tie_later()
    found["inspections"] = sum(bell.ring_inspection(campaign.pk) for campaign in guard.uninspected())
    found |= _start_due()
    found |= settling.settle()
    found["cancelled"] = sum(running.cancel_free(campaign) for campaign in _open_campaigns(State.STOPPED))
    open_states = (State.RUNNING, State.PAUSED, State.STOPPED)
    found["finished"] = sum(running.finish_if_drained(campaign) for campaign in _open_campaigns(*open_states))
    found |= calls_closing.sweep()
    found["reminded"] = reminding.remind()
    found["scenarios"] = bell.ring_scenarios() if scenarios.work() else 0
    if promo.is_due() or bringing.is_due():
        bell.ring_promo()
    if rewarding.is_due():
        bell.ring_referrals()
    if answer_sending.due() or welcoming.due().exists():
        bell.ring_answers()
    found["rung"] = sum(bell.ring(channel) for channel in _due_channels())
    return found


def _start_due() -> dict[str, int]:
    """Start what is due; what is past its lateness window waits for a person."""
    done = {"started": 0, "overdue": 0, "refused": 0}
    with connection.cursor() as cursor:
        cursor.execute(SCHEDULED, local_clock.parameters())
        due = cursor.fetchall()
    for campaign_id, is_late in due:
        campaign = Campaign.objects.get(pk=campaign_id)
        if is_late:
            done["overdue"] += attempt(campaign, "miss")
        else:
            done["started" if _start(campaign) else "refused"] += 1
    return done


def _start(campaign: Campaign) -> bool:
    try:
        running.start(campaign)
    except Refused as refusal:
        _tell_once(campaign, refusal.sentence)
        return False
    return True


def _tell_once(campaign: Campaign, sentence: str) -> None:
    """The diary says why a campaign does not start, not every minute anew."""
    last = CampaignEvent.objects.filter(campaign=campaign).first()
    if campaign.state == State.SCHEDULED and (last is None or last.note != sentence):
        log.warning("campaign %s: %s", campaign.pk, sentence)
        CampaignEvent.objects.create(campaign=campaign, verb="refused", note=sentence)


def _open_campaigns(*states: State) -> Any:
    unfinished = Run.objects.filter(finished_at=None).values("campaign")
    return Campaign.objects.filter(state__in=states, pk__in=unfinished).exclude(pk__in=scenarios.going_on())


def _due_channels() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DUE_CHANNELS)
        return [row[0] for row in cursor.fetchall()]
