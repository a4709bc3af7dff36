"""New segments out of old ones: a clone with the rule, a frozen list of the people of today, a part of two segments."""

from typing import Any

from django.db import connection, transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from segments import refreshing
from segments.models import MembershipChange, Segment, SegmentSize
from segments.naming import free_name, slug_for
from segments.rules.compile import business_day
from segments.rules.tree import FORMAT

LOCK = "SELECT pg_advisory_xact_lock(hashtext('segments.cloning'))"
COPIED = ("description", "plan", "plan_reason", "rule")
COPY = """
INSERT INTO segments_membership (segment_id, customer_id, entered_at)
SELECT %(copy)s, customer_id, entered_at FROM segments_membership WHERE segment_id = %(segment)s ORDER BY customer_id
"""


@transaction.atomic
def clone(segment: Segment, author: Any) -> Segment:
    """A segment of `author` with the same rule and texts. It lives by its rule, also where this one is frozen."""
    is_frozen = segment.policy == Segment.Policy.FROZEN
    policy = Segment.Policy.ON_CHANGE if is_frozen else segment.policy
    return _make(_("%(name)s (copy)") % {"name": segment.name}, segment, author, policy=policy)


@transaction.atomic
def freeze(segment: Segment, author: Any) -> Segment:
    """A list of the people who are in the segment now, which nothing refreshes; the rule stays on it as its origin."""
    today = formats.date_format(business_day(), "d.m.Y")
    name = _("%(name)s, list of %(day)s") % {"name": segment.name, "day": today}
    now = timezone.now()
    copy = _make(name, segment, author, policy=Segment.Policy.FROZEN, refreshed_at=now, changed_at=now)
    with connection.cursor() as cursor:
        cursor.execute(COPY, {"copy": copy.pk, "segment": segment.pk})
        size = cursor.rowcount
    Segment.objects.filter(pk=copy.pk).update(size=size, entered_last_at=now, refresh_due_at=None)
    MembershipChange.objects.create(segment=copy, cause=Segment.Cause.FIRST, entered_count=size)
    SegmentSize.objects.create(segment=copy, day=business_day(), size=size, entered=size)
    copy.refresh_from_db()
    return copy


@transaction.atomic
def of_part(first: Segment, second: Segment, part: str, *, name: str, author: Any) -> Segment:
    """A living segment of one part of two: only the first, both, only the second. Raises `KeyError` for another."""
    node = {
        "first": {"all": [_in(first), _in(second, "none_of")]},
        "both": {"all": [_in(first), _in(second)]},
        "second": {"all": [_in(second), _in(first, "none_of")]},
    }[part]
    made = Segment.objects.create(
        name=free_name(name), slug=slug_for(name), owner=author, rule={"format": FORMAT, "rule": node}
    )
    refreshing.ask([made], cause=Segment.Cause.FIRST)
    return made


@transaction.atomic
def of_rule(node: dict[str, Any], *, name: str, author: Any) -> Segment:
    """The living segment of exactly this rule, whatever it is called by now; else a new one of `author`."""
    rule = {"format": FORMAT, "rule": node}
    with connection.cursor() as cursor:
        cursor.execute(LOCK)  # a button that is pressed twice makes one segment
    if found := Segment.objects.filter(rule=rule, is_archived=False).order_by("pk").first():
        return found
    made = Segment.objects.create(name=free_name(name), slug=slug_for(name), owner=author, rule=rule)
    refreshing.ask([made], cause=Segment.Cause.FIRST)
    return made


def _in(segment: Segment, op: str = "any_of") -> dict[str, Any]:
    return {"field": "segment", "op": op, "value": [segment.slug]}


def _make(name: str, origin: Segment, author: Any, **fields: Any) -> Segment:
    copied = {field: getattr(origin, field) for field in COPIED}
    made = Segment.objects.create(name=free_name(name), slug=slug_for(name), owner=author, **copied, **fields)
    if made.policy != Segment.Policy.FROZEN:
        refreshing.ask([made], cause=Segment.Cause.FIRST)
    return made
