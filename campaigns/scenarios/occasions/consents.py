"""The occasion of a new subscriber: whoever said "yes" to advertising herself, in a chat or by a link, for the first time."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.scenarios.occasions.registry import Asked, Occasion, Statement
from channels.models import Channel

MESSENGERS = [Channel.MAX, Channel.TELEGRAM, Channel.VK, Channel.WHATSAPP]
# Once for an address and a channel: whoever left and came back is no new subscriber.
AGREED = """
SELECT x.customer_id, 'consent:' || x.contact_point_id || ':' || x.channel AS occasion, x.recorded_at AS happened_at
FROM segments_consent AS x
WHERE x.given AND x.origin = 'person' AND x.purpose = 'advertising' AND x.undoes_id IS NULL AND x.customer_id IS NOT NULL
  AND x.recorded_at > %(since)s AND x.recorded_at <= %(now)s
  AND (%(agreed_to)s::text[] IS NULL OR x.channel = ANY(%(agreed_to)s::text[]))
  AND NOT EXISTS (
    SELECT FROM segments_consent AS y WHERE y.contact_point_id = x.contact_point_id AND y.channel = x.channel AND y.id < x.id
      AND y.given AND y.origin = 'person' AND y.purpose = 'advertising'
  )
"""


def _check(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"channels": [name for name in entry.get("channels") or [] if name in Channel.values]}


def _agreed(entry: Mapping[str, Any], asked: Asked) -> Statement:
    return AGREED, {"since": asked.since, "now": asked.now, "agreed_to": entry.get("channels") or None}


def _words(entry: Mapping[str, Any], _names: Mapping[int, str]) -> str:
    channels = ", ".join(str(Channel(name).label) for name in entry.get("channels") or [])
    return _("agreed to offers: %s") % channels if channels else _("agreed to offers in any channel")


SUBSCRIBED = Occasion(
    "subscribed",
    gettext_lazy("a new subscriber: the person agreed to offers"),
    _check,
    _agreed,
    _words,
    is_frequent=True,
)
