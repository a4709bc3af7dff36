"""Occasions of segments: whoever enters or leaves one, or everybody in some as the scenario begins to work."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.scenarios.occasions.registry import Asked, Occasion, Statement
from segments.models import Segment

ENTERED = """
SELECT m.customer_id, 'segment:' || extract(epoch FROM m.entered_at)::bigint AS occasion, m.entered_at AS happened_at
FROM segments_membership AS m
WHERE m.segment_id = %(occasion_segment)s AND m.entered_at > GREATEST(%(since)s, %(activated_at)s)
"""
# Whoever has come back since has not left.
LEFT = """
SELECT t.customer_id, 'left:' || extract(epoch FROM x.happened_at)::bigint AS occasion, x.happened_at
FROM segments_membershipchange AS x CROSS JOIN LATERAL unnest(x.gone) AS t (customer_id)
WHERE x.segment_id = %(occasion_segment)s AND x.happened_at > GREATEST(%(since)s, %(activated_at)s) AND NOT EXISTS (
    SELECT FROM segments_membership AS m WHERE m.segment_id = x.segment_id AND m.customer_id = t.customer_id
)
"""
AT_START = """
SELECT m.customer_id, 'start' AS occasion, %(activated_at)s::timestamptz AS happened_at
FROM segments_membership AS m
WHERE m.segment_id = ANY(%(segments_in)s) AND NOT EXISTS (
    SELECT FROM segments_membership AS x WHERE x.customer_id = m.customer_id AND x.segment_id = ANY(%(segments_out)s)
)
"""


def _check_segment(entry: Mapping[str, Any]) -> dict[str, Any]:
    segment = entry.get("segment")
    if not segment or not Segment.objects.filter(pk=segment).exists():
        raise ValueError(_("Choose the segment."))
    return {"segment": int(segment)}


def _check_start(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: sorted({int(pk) for pk in entry.get(name) or []}) for name in ("segments_in", "segments_out")}
    told = [*kept["segments_in"], *kept["segments_out"]]
    if not kept["segments_in"] or Segment.objects.filter(pk__in=told).count() != len(set(told)):
        raise ValueError(_("Choose the segments."))
    return kept


def _moved(entry: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    return {"occasion_segment": entry["segment"], "since": asked.since, "activated_at": asked.activated_at}


def _start(entry: Mapping[str, Any], asked: Asked) -> Statement:
    return AT_START, {
        "segments_in": entry["segments_in"], "segments_out": entry["segments_out"], "activated_at": asked.activated_at,
    }  # fmt: skip


def _named(pks: Iterable[int], names: Mapping[int, str]) -> str:
    return ", ".join(f"«{names.get(pk, '—')}»" for pk in pks)


ENTERED_ONE = Occasion(
    "segment", gettext_lazy("the person entered a segment"), _check_segment, lambda entry, asked: (ENTERED, _moved(entry, asked)),
    lambda entry, names: _("entered the segment %s") % _named([entry["segment"]], names),
)  # fmt: skip
LEFT_ONE = Occasion(
    "left", gettext_lazy("the person left a segment"), _check_segment, lambda entry, asked: (LEFT, _moved(entry, asked)),
    lambda entry, names: _("left the segment %s") % _named([entry["segment"]], names),
)  # fmt: skip
EVERYBODY = Occasion(
    "start", gettext_lazy("everybody in segments, once"), _check_start, _start,
    lambda entry, names: _("everybody in %s at the start") % _named(entry["segments_in"], names), is_frequent=True, is_once=True,
)  # fmt: skip
