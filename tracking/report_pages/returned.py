"""People who came back after months without a visit or a deal, by what brought them, against control groups."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from channels.models import Channel
from tracking.money import beyond
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import BACK_CUTS, Asked, cut
from tracking.report_pages.frame import Behind, Report, Row, Sums
from tracking.responses import WINDOW_DAYS

NONE = "none"  # the key of those whom no campaign brought
# Her first return in the months. What brought her: the deal she made then or later in them, else the message that her visit follows.
CAME = """
came AS MATERIALIZED (
    SELECT DISTINCT ON (b.customer_id) b.customer_id, b.interaction_id, b.at
    FROM tracking_personreturn AS b
    WHERE b.at >= %(begins)s AND b.at < %(ends)s AND b.last_at <= b.at - %(idle)s * interval '1 month'
    ORDER BY b.customer_id, b.at, b.interaction_id
), brought AS (
    SELECT came.*, coalesce(a.campaign_id, r.campaign_id) AS campaign_id, coalesce(a.channel, r.channel, '') AS channel
    FROM came LEFT JOIN LATERAL (
        SELECT g.campaign_id, g.channel FROM tracking_attribution AS g
        WHERE g.customer_id = came.customer_id AND g.model = %(model)s AND g.dealt_at >= came.at AND g.dealt_at < %(ends)s
        ORDER BY g.dealt_at, g.deal_id, g.begins LIMIT 1
    ) AS a ON true
    LEFT JOIN tracking_response AS r ON r.kind = 'visit' AND r.key = came.interaction_id
)"""
COUNT = f"WITH {CAME} SELECT {{key}}, count(*) FROM brought GROUP BY 1"
PEOPLE = f"WITH {CAME} SELECT customer_id FROM brought WHERE {{key}} IS NOT DISTINCT FROM %(of)s::{{kind}}"
KEYS = {
    "campaign": ("campaign_id", "bigint"),
    "channel": ("nullif(channel, '')", "text"),
    "month": ("date_trunc('month', at AT TIME ZONE %(zone)s)::date", "date"),
}
# Of both arms whoever came back after the launch, within the window of responses, whatever brought her.
ARMS = f"""
WITH {CAME}
SELECT r.campaign_id, count(DISTINCT came.customer_id) FILTER (WHERE m.left_out = ''),
       count(DISTINCT came.customer_id) FILTER (WHERE m.left_out = 'control')
FROM came JOIN campaigns_message AS m ON m.customer_id = came.customer_id AND m.left_out IN ('', 'control')
JOIN campaigns_run AS r ON r.id = m.run_id AND r.started_at < came.at AND r.started_at >= came.at - {WINDOW_DAYS} * interval '1 day'
GROUP BY 1
"""


def rows(asked: Asked) -> list[Row]:
    by = cut(asked, BACK_CUTS)
    found: dict[Any, Sums] = {
        key: {"returned": people} for key, people in by_campaign.rows(COUNT.format(key=KEYS[by][0]), asked)
    }
    if by == "campaign":
        for campaign, sums in _arms(asked).items():
            found[campaign] = {"returned": 0, **found.get(campaign, {}), **sums}
    name = _names(by, list(found))
    every = sum(sums["returned"] for sums in found.values())
    order: Callable[[Any], Any] = str if by == "month" else lambda key: (-found[key]["returned"], name(key))
    return [
        Row(
            name(key), {**found[key], "all_returned": every}, _page(by, key), key=f"{by}.{NONE if key is None else key}"
        )
        for key in sorted(found, key=order)
    ]


def _arms(asked: Asked) -> dict[int, Sums]:
    """Of campaigns with a control group that was counted at night."""
    counted = {campaign: (written, control) for campaign, written, control in by_campaign.rows(ARMS, asked)}
    lifts = beyond.lifted(counted)
    return {
        campaign: {
            "arm_returned": counted[campaign][0], "arm_people": each.people, "control_returned": counted[campaign][1],
            "control_people": each.control, "usual_returned": counted[campaign][1] * each.people / each.control,
        }
        for campaign, each in lifts.items() if each.control
    }  # fmt: skip


def _page(by: str, key: Any) -> str:
    return reverse("admin:campaigns_campaign_page", args=[key]) if by == "campaign" and key is not None else ""


def _names(by: str, keys: list[Any]) -> Callable[[Any], str]:
    match by:
        case "campaign":
            campaigns = dict(Campaign.objects.filter(pk__in=[key for key in keys if key]).values_list("pk", "name"))
            return lambda key: campaigns.get(key, "—") if key is not None else capfirst(gettext("by themselves"))
        case "channel":
            channels = dict(Channel.choices) | {"ads": gettext("Ad accounts")}
            return lambda key: str(channels.get(key, key)) if key is not None else capfirst(gettext("by themselves"))
    return lambda key: capfirst(date_format(key, "F Y"))


def behind(asked: Asked, key: str, figure: str) -> Behind | None:
    by, _dot, of = key.partition(".")
    if by not in KEYS or not _is_key(by, of):
        return None
    column, kind = KEYS[by]
    return Behind(
        f"{REPORT_TITLE} · {FIGURES[figure].label}",
        PEOPLE.format(key=column, kind=kind),
        values={"of": None if of == NONE else of},
    )


def _is_key(by: str, of: str) -> bool:
    match by:
        case "channel":
            return of in (NONE, "ads", *Channel.values)
        case "campaign":
            return of == NONE or (of.isascii() and of.isdecimal() and len(of) < 16)
    try:
        return bool(date.fromisoformat(of))
    except ValueError:
        return False


REPORT_TITLE = _("Who came back")
RETURNED = Report(
    slug="returned", title=REPORT_TITLE, about=_("People who had nothing for months and came back, and what brought them."), head="",
    figures=("returned", "returned_share", "arm_returned", "arm_people", "control_returned", "control_people", "added_returned"),
    rows=rows, filters=("months", "idle", "back_by", "model"), chart=charts.bars_of("returned"), drawn=FIGURES["returned"].label,
    behind=behind, counts=lambda figure: figure == "returned", wholes=("all_returned",),
    note=_("Counted at night. Each person counts once, for what brought her first: the deal by the chosen attribution, else the message that her visit follows. Both arms of a campaign count whoever came back within 90 days of the launch."),
)  # fmt: skip
