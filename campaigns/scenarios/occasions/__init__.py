"""What brings a person into a scenario: a registry of occasions, to which upper apps add theirs."""

from campaigns.scenarios.occasions.dates import DATE, DATES, MOST_OFFSET
from campaigns.scenarios.occasions.history import DID
from campaigns.scenarios.occasions.of_segments import ENTERED_ONE, EVERYBODY, LEFT_ONE
from campaigns.scenarios.occasions.registry import Asked, Occasion, Statement, checked, every, find, register

__all__ = ["DATES", "MOST_OFFSET", "Asked", "Occasion", "Statement", "checked", "every", "find", "register"]

register(DID, DATE, ENTERED_ONE, LEFT_ONE, EVERYBODY)
