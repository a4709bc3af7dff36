"""Advice on segments, which never blocks anything: what is wrong with one, in a sentence, and what to do about it.

Each guard is a condition over columns of the segment and of what the night has found, so that a list is marked and
counted by the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.fields import BooleanField
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from segments.models import Segment, SegmentTwin

TWO_NIGHTS = timedelta(hours=50)  # one night may fail
THREE_HOURS = timedelta(hours=3)
YEAR = timedelta(days=365)
MANY = 7  # active segments of one owner: nobody follows more
PREFIX = "advice_"  # of the columns that `marked` adds


@dataclass(frozen=True)
class Guard:
    """`label` names what is wrong in the filter of the list; `condition()` finds it; `advice(segment)` says it."""

    name: str
    label: Any
    condition: Callable[[], Q]
    advice: Callable[[Segment], str]


def _stale() -> Q:
    now, frozen = timezone.now(), Q(policy=Segment.Policy.FROZEN)
    hourly = Q(policy=Segment.Policy.HOURLY, refreshed_at__lt=now - THREE_HOURS)
    return ~frozen & (Q(refreshed_at__lt=now - TWO_NIGHTS) | hourly)


def _no_newcomers() -> Q:
    long_ago = Q(entered_last_at__lt=timezone.now() - YEAR) | Q(
        entered_last_at=None, created_at__lt=timezone.now() - YEAR
    )
    return ~Q(policy=Segment.Policy.FROZEN) & long_ago & Q(size__gt=0)


def _too_many() -> Q:
    owners = Segment.objects.filter(is_archived=False, owner__isnull=False).order_by()
    busy = owners.values("owner").annotate(segments=Count("pk")).filter(segments__gt=MANY)
    return Q(owner__in=busy.values("owner"))


def _has_twin() -> Q:
    return Q(Exists(SegmentTwin.objects.filter(segment=OuterRef("pk"), other__is_archived=False)))


def _say_stale(segment: Segment) -> str:
    if segment.error:
        return _("It has not been refreshed for long: mend its rule, as the reason above says.")
    return _(
        "It has not been refreshed for long: press “Refresh now”, and if that does not help, tell the administrator."
    )


def _say_no_newcomers(segment: Segment) -> str:
    return _(
        "Nobody new has come into it for a year: check whether its rule still means what it should, or archive it."
    )


def _say_no_plan(segment: Segment) -> str:
    return _("It has no plan: write what these people get and why, or archive the segment.")


def _say_too_many(segment: Segment) -> str:
    owned = Segment.objects.filter(is_archived=False, owner=segment.owner_id).count()
    return ngettext(
        "Its owner has %(n)d active segment: more than %(most)d are not looked after; archive or hand over some.",
        "Its owner has %(n)d active segments: more than %(most)d are not looked after; archive or hand over some.",
        owned,
    ) % {"n": owned, "most": MANY}


def _say_twin(segment: Segment) -> str:
    twins = SegmentTwin.objects.filter(segment=segment, other__is_archived=False).order_by("-share")
    named = twins.values_list("other__name", "share").first()
    name, share = named or ("", 0)
    return _("It is almost the same people as “%(name)s” (%(percent)d %% in common): keep one of the two.") % {
        "name": name,
        "percent": int(100 * share),
    }


def _say_nobody(segment: Segment) -> str:
    return _("Nobody is in it: soften its conditions, or archive it.")


GUARDS = {
    guard.name: guard
    for guard in (
        Guard("nobody", pgettext_lazy("guard of segments", "nobody is in it"), lambda: Q(size=0), _say_nobody),
        Guard("stale", pgettext_lazy("guard of segments", "not refreshed"), _stale, _say_stale),
        Guard("no_plan", pgettext_lazy("guard of segments", "without a plan"), lambda: Q(plan=""), _say_no_plan),
        Guard("twin", pgettext_lazy("guard of segments", "almost equal to another"), _has_twin, _say_twin),
        Guard("no_newcomers", pgettext_lazy("guard of segments", "nobody new for a year"), _no_newcomers, _say_no_newcomers),
        Guard("too_many", pgettext_lazy("guard of segments", "more than seven of one owner"), _too_many, _say_too_many),
    )
}  # fmt: skip


def register(guard: Guard) -> None:
    """Adds a guard of an upper app; a second one of the same name replaces the first."""
    GUARDS[guard.name] = guard


def marked(segments: QuerySet[Segment]) -> QuerySet[Segment]:
    """The segments with a yes or no for each guard, in columns `advice_<name>`; an archived one gets no advice."""
    return segments.annotate(**{PREFIX + name: _flag(guard) for name, guard in GUARDS.items()})


def _flag(guard: Guard) -> Any:
    told = ExpressionWrapper(Q(is_archived=False) & guard.condition(), output_field=BooleanField())
    return Coalesce(told, False)


def found(segment: Segment) -> list[Guard]:
    """The guards that speak of a segment of `marked`."""
    return [guard for name, guard in GUARDS.items() if getattr(segment, PREFIX + name)]


def advice(segment: Segment) -> list[str]:
    """Sentences for the page of one segment."""
    one = marked(Segment.objects.filter(pk=segment.pk)).get()
    return [guard.advice(one) for guard in found(one)]


def counts(segments: QuerySet[Segment]) -> dict[str, int]:
    """{guard: how many of these segments it speaks of}, those with none left out; one query."""
    totals = {name: Count("pk", filter=Q(**{PREFIX + name: True})) for name in GUARDS}
    asked = marked(segments.order_by()).aggregate(**totals)
    return {name: number for name, number in asked.items() if number}
