"""What a segment is now: figures, shares, history, advice and uses above its form, and the list of its people."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from segments import guards, shares
from segments.admin.people_rows import people_shown
from segments.admin.segment_chart import chart
from segments.models import Segment
from segments.rules.counting import population
from segments.usage import where_used

PER_PAGE = 50
SHOWN_USES = 8
NBSP = "\u00a0"


def share_of(size: int | None, base: int) -> str:
    """ "12,3 %"; a share too small to show is not shown as nothing."""
    if not base or size is None:
        return "—"
    percent = 100 * min(size, base) / base
    number = "< 0,1" if 0 < percent < 0.05 else formats.number_format(round(percent, 1), decimal_pos=1)
    return f"{number} %".replace(" ", NBSP)


def about(segment: Segment) -> dict[str, Any]:
    """The context of `segments/rules/about.html`."""
    base = population()
    uses = where_used([segment])[segment.pk]
    return {
        "segment": segment,
        "share": share_of(segment.size, base),
        "waiting": segment.refreshed_at is None,
        "is_frozen": segment.policy == Segment.Policy.FROZEN,
        "advice": [] if segment.refreshed_at is None else guards.advice(segment),
        "bars": _bars(segment, base),
        "chart": chart(segment),
        "uses": uses[:SHOWN_USES],
        "more_uses": max(len(uses) - SHOWN_USES, 0),
        "last_change": segment.changes.defer("entered", "gone").order_by("-happened_at").first(),
    }


def _bars(segment: Segment, base: int) -> list[dict[str, Any]]:
    """Its part of the people, of the money, of the messages: of the same width, so that they can be compared."""
    kept = {each.measure: each for each in segment.shares.all()}
    bars = [_bar(pgettext("share", "people"), segment.size or 0, base, "")] if segment.size is not None else []
    for measure in shares.measures():
        if measure.name in kept:
            found = kept[measure.name]
            bars.append(_bar(measure.label, float(found.value), float(found.total), measure.unit))
    return bars


def _bar(label: Any, value: float, total: float, unit: Any) -> dict[str, Any]:
    part = min(max(value / total, 0), 1) if total > 0 else 0
    shown = _money(value) if unit else formats.number_format(value, decimal_pos=0, force_grouping=True)
    share = share_of(round(value), round(total)) if total > 0 and value >= 0 else "—"
    return {"label": label, "width": f"{100 * part:.2f}" if part else "", "share": share, "value": shown}


def _money(roubles: float) -> str:
    """ "12,4 млн ₽"; below a million in whole thousands."""
    if abs(roubles) >= 1e9:
        text = _("%(number)s bn ₽") % {"number": formats.number_format(round(roubles / 1e9, 1), decimal_pos=1)}
    elif abs(roubles) >= 1e6:
        text = _("%(number)s m ₽") % {"number": formats.number_format(round(roubles / 1e6, 1), decimal_pos=1)}
    elif roubles:
        text = _("%(number)s thousand ₽") % {"number": formats.number_format(round(roubles / 1e3), decimal_pos=0)}
    else:
        text = "0 ₽"
    return text.replace(" ", NBSP)


class KnownSize(Paginator):
    """Pages of ids whose number is known: nothing is counted."""

    def __init__(self, ids: Any, size: int) -> None:
        super().__init__(ids, PER_PAGE)
        self.count = size


def people_page(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """The context of `segments/rules/people.html`."""
    members = segment.memberships.order_by("customer").values_list("customer", flat=True)
    return {"segment": segment, **listed(request, members, segment.size or 0)}


def listed(request: HttpRequest, ids: Any, size: int) -> dict[str, Any]:
    """One page of people: `ids` can be sliced, `size` is their number."""
    paginator = KnownSize(ids, size)
    page: Page = paginator.get_page(request.GET.get("page"))
    return {
        "page": page,
        "pages": paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "people": people_shown(request.user, list(page.object_list)),
    }
