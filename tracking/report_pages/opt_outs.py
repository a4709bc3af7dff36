"""Why people leave: by month, campaign, brand, channel and segment."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from channels.models import Channel
from segments.models import Brand, Segment
from tracking.models import SurveyAnswer
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import OPT_OUT_CUTS, Asked, cut
from tracking.report_pages.frame import Behind, Report, Row

REASONS = (*SurveyAnswer.Reason.values, "")  # '' of those who said none
COLUMNS = ("stopped", *(f"reason_{reason}" for reason in REASONS), "fewer", "kept")
BY_REASON = ", ".join(f"count(*) FILTER (WHERE decision = 'stop' AND reason = '{reason}')" for reason in REASONS)
# The last answer to each message; an address of segments is who is there now.
LAST = """
WITH last AS (
    SELECT DISTINCT ON (message_id) a.* FROM tracking_surveyanswer AS a
    WHERE a.answered_at >= %(begins)s AND a.answered_at < %(ends)s ORDER BY message_id, id DESC
)"""
CHOSEN = """(%(channel)s = '' OR c.channel = %(channel)s) AND (%(brand)s::bigint IS NULL OR c.brand_id = %(brand)s)
  AND (%(campaign)s::bigint IS NULL OR c.id = %(campaign)s)"""
COUNT = f"""{LAST}
SELECT {{key}}, count(*) FILTER (WHERE decision = 'stop'), {BY_REASON},
       count(*) FILTER (WHERE decision = 'fewer'), count(*) FILTER (WHERE decision = 'keep')
FROM last JOIN campaigns_campaign AS c ON c.id = last.campaign_id {{join}}
WHERE {CHOSEN}
GROUP BY 1
"""
PEOPLE = f"""{LAST}
SELECT last.customer_id FROM last JOIN campaigns_campaign AS c ON c.id = last.campaign_id {{join}}
WHERE {CHOSEN} AND {{key}}::text IS NOT DISTINCT FROM %(of)s::text AND decision = %(decision)s AND (%(reason)s::text IS NULL OR reason = %(reason)s)
"""
DECISIONS = {"stopped": "stop", "fewer": "fewer", "kept": "keep"}
NONE = "none"  # the key of campaigns of the whole holding
KEYS = {
    "month": ("date_trunc('month', last.answered_at AT TIME ZONE %(zone)s)::date", ""),
    "campaign": ("c.id", ""),
    "brand": ("c.brand_id", ""),
    "channel": ("c.channel", ""),
    "segment": ("m.segment_id", "JOIN segments_membership AS m ON m.customer_id = last.customer_id"),
}
Names = tuple[Callable[[Any], str], Callable[[Any], str]]


def rows(asked: Asked) -> list[Row]:
    by = cut(asked, OPT_OUT_CUTS)
    key, join = KEYS[by]
    counted = by_campaign.rows(COUNT.format(key=key, join=join), asked)
    counted.sort(key=(lambda row: row[0]) if by == "month" else (lambda row: (-row[1], str(row[0]))))
    name, link = _names(by, [row[0] for row in counted])
    return [
        Row(name(key), dict(zip(COLUMNS, numbers, strict=True)), link(key), key=f"{by}.{NONE if key is None else key}")
        for key, *numbers in counted
    ]


def behind(asked: Asked, key: str, figure: str) -> Behind | None:
    by, _dot, of = key.partition(".")
    if by not in KEYS or figure not in COLUMNS:
        return None
    column, join = KEYS[by]
    decision, reason = DECISIONS.get(figure, "stop"), None if figure in DECISIONS else figure.removeprefix("reason_")
    values = {"of": None if of == NONE else of, "decision": decision, "reason": reason}
    said = f"{OPT_OUTS.title} · {FIGURES[figure].label}"
    return Behind(said, PEOPLE.format(key=column, join=join), values=values)


def _names(by: str, keys: list[Any]) -> Names:
    """What a key is called, and where it leads."""
    nowhere: Callable[[Any], str] = lambda key: ""  # noqa: E731
    match by:
        case "campaign":
            campaigns = dict(Campaign.objects.filter(pk__in=keys).values_list("pk", "name"))
            return lambda key: campaigns.get(key, "—"), lambda key: reverse("admin:campaigns_campaign_page", args=[key])
        case "segment":
            segments = dict(Segment.objects.filter(pk__in=keys).values_list("pk", "name"))
            return lambda key: segments.get(key, "—"), lambda key: reverse("admin:segments_segment_change", args=[key])
        case "brand":
            brands = dict(Brand.objects.values_list("pk", "name"))
            return lambda key: brands.get(key) or gettext("campaigns of the whole holding"), nowhere
        case "channel":
            channels = dict(Channel.choices)
            return lambda key: str(channels.get(key, key)), nowhere
    return lambda key: capfirst(date_format(key, "F Y")), nowhere


OPT_OUTS = Report(
    slug="opt-outs", title=_("Why people leave"), about=_("What people say when they unsubscribe, and how many stay."), head="",
    figures=COLUMNS, rows=rows, filters=("months", "opt_outs_by", "channel", "brand", "campaign"),
    total=lambda asked: cut(asked, OPT_OUT_CUTS) != "segment", chart=charts.totals_of(COLUMNS[1:-2]), drawn=_("Reasons"), behind=behind, counts=COLUMNS.__contains__,
    note=_("By the answers to the survey of unsubscribing and by one-click opt-outs. A segment has the people who are in it now; they may be in several, so that its rows are not added up."),
)  # fmt: skip
