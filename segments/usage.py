"""Where a segment is used: a registry that the upper apps fill in `AppConfig.ready`, and the deletion that asks it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from segments.models import ExternalList, Segment
from segments.refreshing import used_by


@dataclass(frozen=True)
class Use:
    """Something that would miss the segment. `what` and `detail` ("draft") are words, `url` leads to its page."""

    what: Any
    name: str
    url: str
    detail: Any = ""


Finder = Callable[[Sequence[Segment]], dict[int, list[Use]]]
_finders: list[Finder] = []


class InUse(Exception):
    """The segment cannot go: `uses` say where it is used."""

    def __init__(self, uses: list[Use]) -> None:
        self.uses = uses
        super().__init__(", ".join(use.name for use in uses))


def register(finder: Finder) -> None:
    """`finder(segments)` answers {id of a segment: where it is used}, in a bounded number of queries."""
    if finder not in _finders:
        _finders.append(finder)


def where_used(segments: Iterable[Segment]) -> dict[int, list[Use]]:
    """{id: uses} of all these segments; an empty list where there are none."""
    chosen = list(segments)
    found: dict[int, list[Use]] = {segment.pk: [] for segment in chosen}
    for finder in _finders:
        for pk, uses in finder(chosen).items():
            found[pk].extend(uses)
    return found


@transaction.atomic
def delete(segment: Segment) -> None:
    """Delete a segment with its members and its log. Raises `InUse`.

    Its row is locked first: whoever would begin to use it by a foreign key waits, and then finds it gone.
    """
    locked = Segment.objects.select_for_update().get(pk=segment.pk)
    uses = where_used([locked])[locked.pk]
    if uses:
        raise InUse(uses)
    locked.delete()


def _in_rules(segments: Sequence[Segment]) -> dict[int, list[Use]]:
    """Rules of other segments, archived ones included: these may be taken up again."""
    by_slug = {segment.slug: segment.pk for segment in segments}
    found = defaultdict(list)
    for other in Segment.objects.only("name", "rule", "is_archived").order_by("name"):
        for slug in used_by(other):
            if slug in by_slug and by_slug[slug] != other.pk:
                found[by_slug[slug]].append(_rule_of(other))
    return found


def _rule_of(segment: Segment) -> Use:
    url = reverse("admin:segments_segment_change", args=[segment.pk])
    return Use(_("rule of a segment"), segment.name, url, _("archived") if segment.is_archived else "")


def _in_lists(segments: Sequence[Segment]) -> dict[int, list[Use]]:
    found = defaultdict(list)
    for external in ExternalList.objects.filter(segment__in=segments):
        url = reverse("admin:segments_externallist_change", args=[external.pk])
        found[external.segment_id].append(Use(_("external list"), external.name, url))
    return found


register(_in_rules)
register(_in_lists)
