"""What the engine itself says in a scenario's diary."""

import logging

from campaigns.models import ScenarioEvent

log = logging.getLogger(__name__)


def tell_once(scenario_id: int, sentence: str) -> None:
    """Why people do not enter or go on: not every minute anew."""
    last = ScenarioEvent.objects.filter(scenario=scenario_id).first()
    if last is None or last.note != sentence:
        log.warning("scenario %s: %s", scenario_id, sentence)
        ScenarioEvent.objects.create(scenario_id=scenario_id, verb="refused", note=sentence)
