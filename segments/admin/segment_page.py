"""What a segment is now: its size and trend above the form, and the list of its people."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import formats

from segments.admin.people_rows import people_shown
from segments.models import Segment, SegmentSize
from segments.rules.counting import population

PER_PAGE = 50
TREND_POINTS = 90


def share_of(size: int | None, base: int) -> str:
    """ "12,3 %"; a share too small to show is not shown as nothing."""
    if not base or size is None:
        return "—"
    percent = 100 * min(size, base) / base
    number = "< 0,1" if 0 < percent < 0.05 else formats.number_format(round(percent, 1), decimal_pos=1)
    return f"{number} %".replace(" ", "\u00a0")


def about(segment: Segment) -> dict[str, Any]:
    """The context of `segments/rules/about.html`."""
    return {
        "segment": segment,
        "share": share_of(segment.size, population()),
        "trend": _trend(segment),
        "waiting": segment.refreshed_at is None,
    }


def _trend(segment: Segment) -> str:
    """The sizes of the last days as points of an SVG of 100 × 30; empty while there is nothing to compare."""
    sizes = list(
        SegmentSize.objects.filter(segment=segment).order_by("-day").values_list("size", flat=True)[:TREND_POINTS]
    )
    if len(sizes) < 2:
        return ""
    low, high = min(sizes), max(sizes)
    step = 100 / (len(sizes) - 1)
    heights = [28 - 26 * (size - low) / ((high - low) or 1) for size in reversed(sizes)]
    return " ".join(f"{index * step:.1f},{height:.1f}" for index, height in enumerate(heights))


class KnownSize(Paginator):
    """Pages of a segment: its size is known, nothing is counted."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment.memberships.order_by("customer").values_list("customer", flat=True), PER_PAGE)
        self.count = segment.size or 0


def people_page(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """The context of `segments/rules/people.html`."""
    paginator = KnownSize(segment)
    page = paginator.get_page(request.GET.get("page"))
    return {
        "segment": segment,
        "page": page,
        "pages": paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "people": people_shown(request.user, list(page.object_list)),
    }
