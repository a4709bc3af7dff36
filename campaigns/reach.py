"""Whom advertising may reach, over which channels: as sending asks it, for the whole holding.

A person is reached over a channel by an address of its kind that is valid, not shared by many cards, not known to be
unreachable, and agreed for advertising over this channel (`segments.consents`); a device also by a site that still knows it.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.contacts import CONTACTS
from channels.devices import takes_sql
from channels.models import Channel
from segments.rules.fields import Field
from segments.rules.sql_exists import ExistsSQL

# (customer_id, channel), a row for each such address; `parameters` has what it takes. Joins alone: of the whole holding
# there is one state, so that a "yes" has no "no" beside it, and `may_write_sql` would ask twice for every address.
REACHED = f"""
SELECT h.customer_id, k.channel
FROM segments_consentstate AS said
JOIN unnest(%(channels)s::text[], %(kinds)s::text[]) AS k (channel, kind) ON k.channel = said.channel
JOIN segments_contactpoint AS a ON a.id = said.contact_point_id AND a.kind = k.kind
JOIN segments_cardcontact AS h ON h.contact_point_id = a.id
WHERE said.purpose = 'advertising' AND said.brand_id IS NULL AND said.given
  AND a.validity = 'valid' AND NOT a.is_shared AND a.reachability <> 'unreachable'
  AND (k.kind <> 'device' OR {takes_sql("a.value", "d.account_id")})
"""
OF_A_PERSON = f"{REACHED} AND h.customer_id = {{person}}"


def parameters(channels: Iterable[str] = tuple(CONTACTS)) -> dict[str, list[str]]:
    chosen = list(channels)
    return {"channels": chosen, "kinds": [CONTACTS[channel].value for channel in chosen]}


def _may_be_sent(op: str, channels: list[str], today: dt.date) -> Q:
    reached = Q(ExistsSQL(OF_A_PERSON, parameters(channels)))
    return ~reached if op == "none_of" else reached


def _choices() -> list[tuple[str, str]]:
    return [(channel, str(Channel(channel).label)) for channel in CONTACTS]


def field(**settings: Any) -> Field:
    return Field(
        name="advertising", label=_("advertising reaches the person over"), type="choice", choices=_choices,
        compile=_may_be_sent, denial=_("advertising does not reach the person over %(value)s"), **settings,
    )  # fmt: skip
