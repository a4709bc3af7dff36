"""What people did on the sites and did not finish, or that they do not come there any more, as occasions of scenarios."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from campaigns.scenarios.occasions import Asked, Number, Occasion, Statement
from tracking.models import EventKind
from tracking.website_events.asking import LAST, UNFOLLOWED

QUIET = timedelta(hours=1)  # so long after the last event nothing came: until then she may still be at it
FINISHED = [EventKind.ORDER.value, EventKind.FORM.value]

LEFT = f"SELECT l.person AS customer_id, 'event:' || l.id AS occasion, l.happened_at FROM ({UNFOLLOWED}) AS l"


def _unfinished(name: str, label: str | Promise, *kinds: EventKind) -> Occasion:
    def statement(entry: Mapping[str, Any], asked: Asked) -> Statement:
        window = {"since": asked.since, "until": asked.now - QUIET}
        return LEFT, {"kinds": [kind.value for kind in kinds], "after": FINISHED, **window}

    return Occasion(name, label, lambda entry: {}, statement, lambda entry, names: str(label), is_frequent=True)


# Events are kept for 400 days by default (`settings.WEBSITE_EVENT_DAYS`).
AWAY_FOR = Number("days", _("days without a visit of the website"), 60, 7, 365)
AWAY = f"""
SELECT l.person AS customer_id, 'site:' || l.id AS occasion, l.happened_at + %(away)s AS happened_at FROM ({LAST}) AS l
"""


def _away(entry: Mapping[str, Any], asked: Asked) -> Statement:
    away = timedelta(days=AWAY_FOR.of(entry))
    window = {"since": asked.since - away, "until": asked.now - away}
    return AWAY, {"kinds": EventKind.values, "after": [], "away": away, **window}


def _away_words(entry: Mapping[str, Any], _names: Mapping[int, str]) -> str:
    days = AWAY_FOR.of(entry)
    told = ngettext(
        "did not come to the website for %(days)d day", "did not come to the website for %(days)d days", days
    )
    return told % {"days": days}


OCCASIONS = (
    Occasion(
        "site_away",
        _("the person does not come to the website any more"),
        lambda entry: {"days": AWAY_FOR.of(entry)},
        _away,
        _away_words,
        numbers=(AWAY_FOR,),
    ),  # fmt: skip
    _unfinished("cart", _("an abandoned cart on the website"), EventKind.CART, EventKind.CART_ADD),
    _unfinished("view", _("a car was viewed on the website, and nothing followed"), EventKind.PRODUCT_VIEW),
)
