"""A scenario's life: a version is asked for, approved once by a second person, works, is paused, replaced or stopped.

Its steps are campaigns, and are moved with it in one transaction; the diary (`ScenarioEvent`) says who did it.
"""

import datetime as dt
import hashlib
import json
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns import approval, permission, running
from campaigns.models import (
    Campaign,
    Chunk,
    Enrolment,
    Run,
    Scenario,
    ScenarioEvent,
    ScenarioStep,
    ScenarioVersion,
)
from campaigns.refusals import Refused
from campaigns.scenarios import readying, rehearsing
from campaigns.transitions import attempt, move

State, Of = Scenario.State, ScenarioVersion.State
WORKING = (State.ACTIVE, State.CLOSED)

# verb: (from, to) of a scenario
MOVES: dict[str, tuple[tuple[State, ...], State]] = {
    "pause": ((State.ACTIVE, State.CLOSED), State.PAUSED),
    "resume": ((State.PAUSED,), State.ACTIVE),
    "close": ((State.ACTIVE,), State.CLOSED),
    "open": ((State.CLOSED,), State.ACTIVE),
    "stop": ((State.ACTIVE, State.CLOSED, State.PAUSED), State.STOPPED),
}
TAKE_OUT = """
UPDATE campaigns_enrolment SET state = 'stopped', due_at = NULL, ended_at = clock_timestamp(), why = 'stopped'
WHERE scenario_id = %s AND state = 'live'
"""


def fingerprint(version: ScenarioVersion) -> str:
    """SHA-256 of what a person approves: who enters, the way, and each step as `campaigns.approval` sees it."""
    settings = ("entry", "flow", "goal", "delay_minutes", "valid_days", "repeat_days", "control_percent")
    what = {name: getattr(version, name) for name in settings}
    what["scenario"] = [version.scenario.purpose, version.scenario.brand_id]
    what["steps"] = {step.key: approval.fingerprint(step.campaign) for step in steps(version)}
    return hashlib.sha256(json.dumps(what, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def steps(version: ScenarioVersion) -> list[ScenarioStep]:
    return list(version.steps.select_related("campaign__account", "campaign__brand").order_by("pk"))


def submit(version: ScenarioVersion, user: Any) -> None:
    """Ask for the version's approval. Raises `Refused` with all that stands in its way."""
    if found := readying.obstacles(version):
        raise Refused(" ".join(found))
    with transaction.atomic():
        _move_version(version, Of.DRAFT, Of.IN_REVIEW, verb="submit", author=user)
        for step in steps(version):
            move(step.campaign, "submit", author=user)


def take_back(version: ScenarioVersion, user: Any, note: str = "") -> None:
    """To the draft: by its author, or by who reviewed it."""
    with transaction.atomic():
        _move_version(version, Of.IN_REVIEW, Of.DRAFT, verb="reject", author=user, note=note)
        for step in steps(version):
            move(step.campaign, "reject", author=user, note=note)


def approve(version: ScenarioVersion, user: Any, seen: str = "") -> None:
    """A second person's yes: from now on people enter it, and finish the version that worked before.

    `seen` is the fingerprint of the page that she read. Raises `Refused`; what the wrong-name guard saw is kept all the same.
    """
    _require_decidable(version, user, seen)
    rehearsing.require(version)
    _switch_on(version, user, seen)


def _require_decidable(version: ScenarioVersion, user: Any, seen: str) -> str:
    """The fingerprint of what is decided about."""
    _require_second(version, user)
    permission.require()
    now = fingerprint(version)
    if seen and seen != now:
        raise Refused(_("The scenario was changed while you were reading it: look at it again."))
    if found := readying.obstacles(version):
        raise Refused(" ".join(found))
    return now


@transaction.atomic
def _switch_on(version: ScenarioVersion, user: Any, seen: str) -> None:
    now = _require_decidable(version, user, seen)  # again: the guard took its time
    scenario = Scenario.objects.select_for_update(no_key=True).get(pk=version.scenario_id)
    if scenario.state == State.STOPPED:
        raise Refused(_("The scenario was stopped: make a copy of it."))
    scenario.versions.filter(state=Of.ACTIVE).update(state=Of.RETIRED)
    _move_version(version, Of.IN_REVIEW, Of.ACTIVE, verb="approve", author=user, fingerprint=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        version.activated_at = cursor.fetchone()[0]
    version.save(update_fields=["activated_at"])
    for step in steps(version):
        campaign = step.campaign
        approval.decide(campaign, user, True)
        move(campaign, "start", author=user)
        if scenario.state == State.PAUSED:
            move(campaign, "pause", author=user)
    if scenario.state == State.DRAFT:
        Scenario.objects.filter(pk=scenario.pk).update(state=State.ACTIVE)
    version.scenario.refresh_from_db()


@transaction.atomic
def change(scenario: Scenario, verb: str, user: Any, note: str = "") -> None:
    """`pause`, `resume`, `close`, `open` or `stop` it, its steps with it. Raises `Refused`."""
    sources, target = MOVES[verb]
    if verb == "resume" and _was_closed(scenario):
        target = State.CLOSED
    if not Scenario.objects.filter(pk=scenario.pk, state__in=sources).update(state=target):
        raise Refused(_("The state of the scenario has changed meanwhile: reload the page."))
    scenario.state = target
    ScenarioEvent.objects.create(scenario=scenario, verb=verb, author=user, note=note)
    for campaign in Campaign.objects.filter(scenario_step__version__scenario=scenario):
        if verb in ("pause", "resume", "stop"):
            attempt(campaign, verb, author=user)
        if verb == "stop":
            running.cancel_free(campaign)
    if verb == "stop":
        with connection.cursor() as cursor:
            cursor.execute(TAKE_OUT, [scenario.pk])


def may(scenario: Scenario, verb: str) -> bool:
    """To show a button, not to decide."""
    return scenario.state in MOVES[verb][0]


def close_what_is_over(now: dt.datetime) -> int:
    """Finish the steps of replaced versions that nobody is in any more, and runs of past months. Returns how many steps. One that
    is closed may be opened again."""
    past = Run.objects.filter(campaign__kind=Campaign.Kind.TRIGGER, finished_at=None, send_until__lt=now)
    past.exclude(pk__in=_pending_runs()).update(finished_at=now)
    live = Enrolment.objects.filter(state=Enrolment.State.LIVE).values("version")
    over = Campaign.objects.filter(
        scenario_step__version__in=ScenarioVersion.objects.filter(state=Of.RETIRED).exclude(pk__in=live),
        state=Campaign.State.RUNNING,
    )
    done = 0
    for campaign in over:
        is_unused = not campaign.runs.filter(finished_at=None).exists()
        done += attempt(campaign, "finish") if is_unused else running.finish_if_drained(campaign)
    return done


def _was_closed(scenario: Scenario) -> bool:
    """Before its pause."""
    doors = scenario.events.filter(verb__in=["close", "open"]).values_list("verb", flat=True)
    return doors.first() == "close"


def _pending_runs() -> Any:
    return Chunk.objects.filter(state__in=[0, 1, 3]).values("run")


def _require_second(version: ScenarioVersion, user: Any) -> None:
    if not user.has_perm(approval.APPROVE):
        raise Refused(_("You may not approve campaigns: ask an approver."))
    asked = version.scenario.events.filter(version=version, verb="submit").values_list("author_id", flat=True)
    if user.pk in {version.scenario.author_id, asked.first()}:
        raise Refused(_("The author cannot approve her own scenario: ask another person."))


def _move_version(version: ScenarioVersion, source: Of, target: Of, **told: Any) -> None:
    """`told` are the words of the diary."""
    if not ScenarioVersion.objects.filter(pk=version.pk, state=source).update(state=target):
        raise Refused(_("The state of the scenario has changed meanwhile: reload the page."))
    version.state = target
    ScenarioEvent.objects.create(scenario=version.scenario, version=version, **told)
