"""Who is on an external list: the people of its segment, or of what an upper app keeps it for (`register` in its
`AppConfig.ready`)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from segments.models import ExternalList


class Members(NamedTuple):
    """A SELECT of (customer_id, contact_point_id): living people with the addresses that may be on the list; others than
    those of its kind are passed over. Named parameters of its own, no braces. `brand`: whose consents are asked."""

    sql: str
    parameters: dict[str, Any]
    brand: int | None = None


Source = Callable[[ExternalList], Members | None]

OF_SEGMENT = """
SELECT member.customer_id, holder.contact_point_id FROM segments_membership AS member
JOIN segments_cardcontact AS holder ON holder.customer_id = member.customer_id
WHERE member.segment_id = %(segment)s
"""
NOBODY = Members("SELECT NULL::bigint AS customer_id, NULL::bigint AS contact_point_id WHERE false", {})
_sources: list[Source] = []


def register(source: Source) -> None:
    """`source` is asked of a list that has no segment, at each synchronisation; None: not its list."""
    if source not in _sources:
        _sources.append(source)


def of(external: ExternalList) -> Members:
    """Of an archived segment nobody, nor of a list that nobody knows any more."""
    if external.segment is not None:
        return NOBODY if external.segment.is_archived else Members(OF_SEGMENT, {"segment": external.segment_id})
    return next((found for source in _sources if (found := source(external))), NOBODY)
