"""What follows from calls that are new or were told differently: whose they are, their interactions, people's facts."""

from collections.abc import Collection

from segments.facts import refresh_facts
from tracking.calls.projecting import project
from tracking.calls.tying import tie
from tracking.models import Call


def settle(call_ids: Collection[int], *, only_tied_anew: bool = False) -> list[int]:
    """Tie these calls, project them, and compute the facts of whoever had or has one of them. Returns the calls that
    were tied to something else; `only_tied_anew`: nothing is done about the others."""
    before = _callers(call_ids)
    tied = tie(call_ids)
    changed = tied if only_tied_anew else call_ids
    project(changed)
    if changed and (people := before | _callers(call_ids)):
        refresh_facts(sorted(people))
    return tied


def _callers(call_ids: Collection[int]) -> set[int]:
    if not call_ids:
        return set()
    known = Call.objects.filter(pk__in=call_ids, customer__isnull=False).order_by()
    return set(known.values_list("customer", flat=True).distinct())
