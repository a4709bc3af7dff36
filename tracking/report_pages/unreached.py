"""Who cannot be written to, and why: by channel, by brand of the newest car, by segment."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import barriers
from campaigns.contacts import CONTACTS
from channels.models import Channel
from segments.models import Brand, Segment
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import REACH_CUTS, Asked, cut
from tracking.report_pages.frame import Behind, Report, Row

COLUMNS = tuple(f"barrier_{reason}" for reason in barriers.BARRIERS)
COUNT = """
SELECT {key}, reason, sum(people) FROM tracking_reachfigures
WHERE (segment_id IS NOT NULL) = {of_segments} AND ({every} OR channel = %(channel)s) GROUP BY 1, 2
"""
KEYS = {"channel": "channel", "brand": "brand_id", "segment": "segment_id"}
PEOPLE = "SELECT customer_id FROM tracking_personbarriers WHERE by_{channel} = ANY(%(flaws)s::smallint[]) AND {whose}"
WHOSE = {
    "channel": "true",
    "brand": "brand_id IS NOT DISTINCT FROM %(of)s",
    "segment": "customer_id IN (SELECT customer_id FROM segments_membership WHERE segment_id = %(of)s)",
}
NONE = "none"  # the key of those who have no car that we know
MOST_ROWS = 60


def rows(asked: Asked) -> list[Row]:
    by = cut(asked, REACH_CUTS)
    every = by == "channel" and not asked.channel
    statement = COUNT.format(key=KEYS[by], of_segments=by == "segment", every=every)
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("base", "unreached", *COLUMNS), 0))
    for key, reason, people in by_campaign.rows(statement, asked):
        sums[key]["base"] += people
        if reason != barriers.NOTHING:
            sums[key]["unreached"] += people
            sums[key][f"barrier_{reason}"] = people
    name = _names(by)
    channels = ["", *Channel.values]
    order = (
        (lambda key: (channels.index(key),)) if by == "channel" else (lambda key: (-sums[key]["base"], str(name(key))))
    )
    found = sorted(sums, key=order)[:MOST_ROWS]
    return [Row(name(key), sums[key], _page(by, key), key=f"{by}.{NONE if key is None else key}") for key in found]


def _page(by: str, key: Any) -> str:
    return reverse("admin:segments_segment_change", args=[key]) if by == "segment" else ""


def _names(by: str) -> Callable[[Any], str]:
    match by:
        case "brand":
            brands = dict(Brand.objects.values_list("pk", "name"))
            return lambda key: brands.get(key) or capfirst(gettext("has no car that we know"))
        case "segment":
            segments = dict(Segment.objects.values_list("pk", "name"))
            return lambda key: segments.get(key, "—")
    channels = dict(Channel.choices)
    return lambda key: str(channels[key]) if key else gettext("Over no channel at all")


def behind(asked: Asked, key: str, figure: str) -> Behind | None:
    """As they were counted; a rule where a channel is named, or none reaches them."""
    by, _dot, of = key.partition(".")
    channel = of if by == "channel" else asked.channel
    if by not in KEYS or channel not in ("", *Channel.values) or figure not in COUNTED:
        return None
    chosen = barriers.BARRIERS if figure == "unreached" else [figure.removeprefix("barrier_")]
    barrier = _barrier(channel, figure, chosen)
    title, whose = _whose(by, of)
    if by != "channel" and whose is None:
        return None
    over = [str(Channel(channel).label)] if channel and by != "channel" else []
    said = " · ".join([title, *over, str(FIGURES[figure].label)])
    rule = {"all": [barrier, *([whose] if whose else [])]} if barrier else None
    flaws = [barriers.NUMBERS[reason] for reason in chosen]
    values = {"flaws": flaws, "of": int(of) if of.isdecimal() and by != "channel" else None}
    return Behind(said, PEOPLE.format(channel=channel or "any", whose=WHOSE[by]), rule, values)


def _barrier(channel: str, figure: str, chosen: Any) -> dict[str, Any] | None:
    if channel:
        return _leaf(barriers.field_name(channel), "any_of", list(chosen))
    return _leaf("advertising", "none_of", list(CONTACTS)) if figure == "unreached" else None


def _whose(by: str, of: str) -> tuple[str, dict[str, Any] | None]:
    if by == "channel":
        return _names(by)(of), None
    if by == "brand" and of == NONE:
        return _names(by)(None), _leaf("car_brand", "is_empty")
    pk = int(of) if of.isascii() and of.isdecimal() and len(of) < 16 else 0
    if by == "brand":
        brand = Brand.objects.filter(pk=pk).first()
        return (brand.name, _leaf("car_brand", "any_of", [brand.name])) if brand else ("", None)
    segment = Segment.objects.filter(pk=pk).first()
    return (segment.name, _leaf("segment", "any_of", [segment.slug])) if segment else ("", None)


def _leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    leaf = {"field": field, "op": op}
    return leaf if value is None else leaf | {"value": value}


COUNTED = frozenset({"unreached", *COLUMNS})
UNREACHED = Report(
    slug="unreached", title=_("Who cannot be written to"), about=_("Which part of the base advertising does not reach, and why."),
    head="", figures=("base", "unreached", "unreached_share", *COLUMNS), rows=rows, filters=("reach_by", "channel"),
    chart=charts.bars_of("unreached_share"), drawn=FIGURES["unreached_share"].label,
    total=lambda asked: cut(asked, REACH_CUTS) == "brand", behind=behind, counts=COUNTED.__contains__,
    note=_("Counted at night. From the list behind a number the people become a segment, and an audience export shows them advertisements where they agreed to that. People may be in several segments: their rows are not added up."),
)  # fmt: skip
