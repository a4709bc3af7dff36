"""Rules to begin with: what the builder offers while it is empty."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from segments.rules import fields
from segments.rules.tree import leaves


@dataclass(frozen=True)
class Start:
    """`title` and `about` speak to a manager; `rule` is a NODE of `segments.rules.tree`."""

    key: str
    title: Any
    about: Any
    rule: dict


STARTS = (
    Start(
        "left", _("They left without a purchase"), _("Looked at a car in the last month and did not buy."),
        {"all": [{"field": "left_without_purchase", "op": "within_days", "value": 30}]},
    ),
    Start(
        "change", _("Time to change the car"), _("The last purchase was more than three years ago."),
        {"all": [{"field": "last_purchase", "op": "earlier_than_days", "value": 1095}]},
    ),
    Start(
        "service", _("Long without service"), _("Bought a car, and was not at service for a year."),
        {"all": [
            {"field": "purchases", "op": "at_least", "value": 1},
            {"not": {"event": "serviced", "op": "at_least", "value": 1, "days": 365, "where": []}},
        ]},
    ),
    Start(
        "birthday", _("Birthday soon"), _("In the next two weeks."),
        {"all": [{"field": "birthday", "op": "in_next_days", "value": 14}]},
    ),
    Start(
        "insurance", _("Insurance ends"), _("In the next thirty days."),
        {"all": [{"field": "insurance_end", "op": "in_next_days", "value": 30}]},
    ),
    Start(
        "letters", _("May be written to"), _("Has an e-mail and agrees to advertising."),
        {"all": [{"field": "email_consent", "op": "is", "value": True}]},
    ),
)  # fmt: skip


def starting_points() -> list[Start]:
    """Those whose fields are registered."""
    return [each for each in STARTS if all(fields.knows(leaf) for _path, leaf in leaves(each.rule))]


def starting_drafts() -> dict[str, dict]:
    return {each.key: each.rule for each in starting_points()}
