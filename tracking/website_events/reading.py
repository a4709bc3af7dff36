"""What a call told, event by event: those that will do, and of the others the field that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from tracking.website_events import gate
from tracking.website_events.forms import MOST_EVENTS, Event, Refusal, Sent, fault
from tracking.website_events.gate import Caller, Closed
from tracking.website_events.identifying import nameless_device
from tracking.website_events.telling import Told, Wrong, told


@dataclass(slots=True)
class Read:
    """`events` may be kept; `refused` may not."""

    events: list[Told] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def add(self, who: Caller, raw: object, index: int, moment: tuple[datetime, datetime | None]) -> None:
        try:
            self.events.append(_told(who, raw, moment))
        except Wrong as wrong:
            name = raw.get("id") if isinstance(raw, Mapping) else ""
            known = name[:64] if isinstance(name, str) else ""
            self.refused.append(Refusal(index=index, id=known, field=wrong.where, error=str(wrong)))


def read(who: Caller, said: object) -> Read:
    """A batch, or one event by itself. Raises Closed for what is neither."""
    batch = said if isinstance(said, Mapping) and "events" in said else {"events": [said]}
    events = batch["events"]
    if not isinstance(events, list) or not events:
        raise Closed(422, _("“events” is a list of at least one event."), "events")
    if len(events) > MOST_EVENTS:
        raise Closed(422, _("A call has at most %d events.") % MOST_EVENTS, "events")
    try:
        sent_at = _valid(Sent, {name: value for name, value in batch.items() if name != "events"}).sent_at
    except Wrong as wrong:
        raise Closed(422, str(wrong), wrong.where) from wrong
    moment = (timezone.now().astimezone(UTC), sent_at)
    found = Read()
    for index, raw in enumerate(events):
        found.add(who, raw, index, moment)
    return found


def _told(who: Caller, raw: object, moment: tuple[datetime, datetime | None]) -> Told:
    """Raises Wrong."""
    event = _valid(Event, raw)
    claims = gate.claims(who, event.person)
    if not event.device and who.is_server and claims:
        event.device = nameless_device(claims)
    if not event.device:
        raise Wrong("device", _("Whose event is it? Give the device, or from the server the person."))
    return told(who.site.pk, event, moment, claims)


def _valid(model: type[BaseModel], raw: object) -> Any:
    """Raises Wrong."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        where, sentence = fault(error)
        raise Wrong(where, str(sentence)) from error
