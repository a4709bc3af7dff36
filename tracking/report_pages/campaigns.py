"""Channels, brands and campaigns: the same sums, added up by another key."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from channels.models import Channel
from segments.models import Brand
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row, Sums, added

MONEY = ("cost", "deals", "revenue", "margin", "profit", "roi", "drr")
FILTERS = ("months", "model", "base", "cost")
NOBODY = _("charged to no campaign")


def by_channel(asked: Asked) -> list[Row]:
    names = dict(Channel.choices) | {"ads": gettext("Ad accounts")}
    return _grouped(asked, lambda campaign: campaign.channel, lambda key: str(names.get(key, key)))


def by_brand(asked: Asked) -> list[Row]:
    names = dict(Brand.objects.values_list("pk", "name"))
    return _grouped(
        asked,
        lambda campaign: campaign.brand_id,
        lambda key: names.get(key) or gettext("campaigns of the whole holding"),
    )


def by_each(asked: Asked) -> list[Row]:
    return _grouped(asked, lambda campaign: campaign, lambda campaign: campaign.name, _page)


def _page(campaign: Campaign) -> str:
    return reverse("admin:campaigns_campaign_page", args=[campaign.pk])


def _grouped(
    asked: Asked,
    key: Callable[[Campaign], Any],
    name: Callable[[Any], str],
    link: Callable[[Any], str] = lambda key: "",
) -> list[Row]:
    """The dearest rows are the first. Campaigns that the filters leave out are not there."""
    sums = by_campaign.sums(asked)
    nobody = sums.pop(None, None)
    groups: dict[Any, list[Sums]] = defaultdict(list)
    for campaign, each in sums.items():
        groups[key(campaign)].append(each)
    found = [Row(name(group), added(several), link(group)) for group, several in groups.items()]
    if nobody:
        found.append(Row(NOBODY, nobody))
    return sorted(found, key=lambda row: (-(row.sums.get("cost") or 0), -(row.sums.get("deals") or 0), str(row.title)))


NOTE = _(
    "Messages, calls, visits and costs are those of the months; deals too, by the chosen attribution, whenever the message went."
)
CHANNELS = Report(
    slug="channels", title=_("Channels"), about=_("What each channel takes and what it brings."), head=_("Channel"),
    figures=("sent", "open_rate", "click_rate", "opt_out_rate", "response_rate", "calls", "visits", *MONEY, "cost_per_call", "cost_per_visit", "cost_per_deal"),
    rows=by_channel, filters=(*FILTERS, "brand"), chart=charts.bars_of("profit"), drawn=FIGURES["profit"].label, note=NOTE,
)  # fmt: skip
BRANDS = Report(
    slug="brands", title=_("Brands"), about=_("What the campaigns of each brand take and bring."), head=_("Brand"),
    figures=("sent", "open_rate", "response_rate", "calls", "visits", *MONEY, "receipt", "cost_per_visit", "cost_per_deal"),
    rows=by_brand, filters=(*FILTERS, "channel"), chart=charts.bars_of("profit"), drawn=FIGURES["profit"].label, note=NOTE,
)  # fmt: skip
CAMPAIGNS = Report(
    slug="campaigns", title=_("Money by campaign"), about=_("Which campaigns paid off."), head=_("Campaign"),
    figures=("sent", "calls", "visits", *MONEY, "cost_per_call", "cost_per_visit", "cost_per_deal", "conversion"),
    rows=by_each, filters=(*FILTERS, "channel", "brand"), chart=charts.bars_of("profit", 15), drawn=FIGURES["profit"].label, note=NOTE,
)  # fmt: skip
