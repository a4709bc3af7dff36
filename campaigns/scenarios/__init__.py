"""Scenarios: occasions bring people in, steps lead them on, all of it in statements over many people at once."""

from typing import Any

from django.db.models import QuerySet

from campaigns.models import Campaign, Scenario
from campaigns.scenarios import advancing, entering, states

__all__ = ["going_on", "lead", "work"]


def work() -> bool:
    """Whether there is a scenario that anybody may enter or go on in."""
    return Scenario.objects.filter(state__in=states.WORKING).exists()


def lead() -> dict[str, Any]:
    """One pass by the database's clock: who enters, who goes on, which versions nobody is in any more."""
    now = advancing.database_now()
    return {"entered": entering.enter_due(now), **advancing.advance(now), "over": states.close_what_is_over(now)}


def going_on() -> QuerySet[Campaign]:
    """Steps to which people still come: they are not finished, though nothing of them is pending."""
    return Campaign.objects.filter(
        kind=Campaign.Kind.TRIGGER, state__in=[Campaign.State.RUNNING, Campaign.State.PAUSED]
    )
