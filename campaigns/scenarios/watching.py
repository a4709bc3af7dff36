"""The wrong-name guard over what a scenario writes: people come to its steps all the time, and nobody launches anything.

As messages of a step are planned, the names in its latest ones are counted against the base. Where they look wrong nothing of
the batch is planned, the step is paused, and the diary says why; people keep their places. Whoever resumes the step has read
that, and the same values do not stop it again while its texts are what they were.
"""

from django.db import transaction
from django.db.models import Q

from campaigns import approval, guard, running
from campaigns.guard.judging import Finding
from campaigns.models import Campaign, Inspection, Run
from campaigns.refusals import Refused
from campaigns.scenarios import diary

LATEST = 1000  # messages at least: a mix-up of a few people a minute is seen too


class Doubted(Exception):
    """What a batch would print looks wrong: nothing of it is planned."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(guard.refusal(findings))
        self.findings = findings


def require(run: Run, planned: int) -> None:
    """Raises `Doubted` when the names of the messages that were planned a moment ago, and of those before, look wrong."""
    if not planned:
        return
    found = guard.doubts(run, max(planned, LATEST))
    if found and not {one.key for one in found} <= _seen(run.campaign):
        raise Doubted(found)


def stop(campaign: Campaign, scenario_id: int, doubted: Doubted) -> None:
    """Pause the step, and say why. Somebody may have stopped it meanwhile."""
    with transaction.atomic():
        Inspection.objects.create(
            campaign=campaign, fingerprint=approval.fingerprint(campaign), people=0, rendered=0,
            findings=[list(one) for one in doubted.findings], notes=[],
        )  # fmt: skip
        try:
            running.pause(campaign)
        except Refused:
            return
    diary.tell_once(scenario_id, f"{campaign.name}: {doubted}")


def _seen(campaign: Campaign) -> set[tuple[str, str, str]]:
    """What the step was paused for, or an approver vouched for, with the texts that it has now."""
    looks = campaign.inspections.filter(fingerprint=approval.fingerprint(campaign))
    looks = looks.filter(Q(people=0) | Q(vouched_at__isnull=False))  # not what only stopped an approval
    return {one.key for look in looks for one in guard.findings(look)}
