"""What brings a person into a scenario: a registry of occasions, to which upper apps add theirs."""

from campaigns.scenarios.occasions.consents import MESSENGERS, SUBSCRIBED
from campaigns.scenarios.occasions.dates import DATE, DATES, MOST_OFFSET
from campaigns.scenarios.occasions.history import DID
from campaigns.scenarios.occasions.novelties import LAUNCH
from campaigns.scenarios.occasions.of_segments import ENTERED_ONE, EVERYBODY, LEFT_ONE
from campaigns.scenarios.occasions.registry import Asked, Number, Occasion, Statement, checked, every, find, register

__all__ = [
    "DATES",
    "MESSENGERS",
    "MOST_OFFSET",
    "Asked",
    "Number",
    "Occasion",
    "Statement",
    "checked",
    "every",
    "find",
    "register",
]

register(DID, DATE, SUBSCRIBED, LAUNCH, ENTERED_ONE, LEFT_ONE, EVERYBODY)
