"""What people did on the sites and did not finish, as occasions of scenarios."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.scenarios.occasions import Asked, Occasion, Statement
from tracking.models import EventKind
from tracking.website_events.asking import UNFOLLOWED

QUIET = timedelta(hours=1)  # so long after the last event nothing came: until then she may still be at it
FINISHED = [EventKind.ORDER.value, EventKind.FORM.value]

LEFT = f"SELECT l.person AS customer_id, 'event:' || l.id AS occasion, l.happened_at FROM ({UNFOLLOWED}) AS l"


def _unfinished(name: str, label: str | Promise, *kinds: EventKind) -> Occasion:
    def statement(entry: Mapping[str, Any], asked: Asked) -> Statement:
        window = {"since": asked.since, "until": asked.now - QUIET}
        return LEFT, {"kinds": [kind.value for kind in kinds], "after": FINISHED, **window}

    return Occasion(name, label, lambda entry: {}, statement, lambda entry, names: str(label), is_frequent=True)


OCCASIONS = (
    _unfinished("cart", _("an abandoned cart on the website"), EventKind.CART, EventKind.CART_ADD),
    _unfinished("view", _("a car was viewed on the website, and nothing followed"), EventKind.PRODUCT_VIEW),
)
