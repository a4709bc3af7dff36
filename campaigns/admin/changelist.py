"""The list of campaigns with its figures: three queries a page, however many campaigns it shows."""

from typing import Any

from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.views import ChangeList

from campaigns import whom
from campaigns.admin.reading import delivery
from campaigns.admin.words import STATE_COLOURS
from campaigns.models import Campaign
from campaigns.staff import person_name

UNTOLD = {"opened": None, "clicked": None}  # ad accounts tell nothing of single people


class CampaignList(ChangeList):
    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        return super().get_queryset(request, exclude_parameters).alone()

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        campaigns = list(self.result_list)
        facts = delivery([run.pk for campaign in campaigns for run in campaign.launched])
        for campaign in campaigns:
            campaign.figures = _figures(campaign.launched, facts) | (UNTOLD if campaign.is_audience else {})
        self.result_list = campaigns


class Columns:
    """Of the admin of campaigns."""

    list_display = ["title", "state_badge", "audience_names", "when", "sent", "opened", "clicked"]
    list_display_links = ["title"]

    @display(description=_("campaign"), ordering="name", header=True)
    def title(self, campaign: Campaign) -> list[str]:
        return [campaign.name, f"{campaign.get_channel_display()} · {person_name(campaign.author)}"]

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def state_badge(self, campaign: Campaign) -> tuple[str, str]:
        return campaign.state, campaign.get_state_display()

    @display(description=_("segments"))
    def audience_names(self, campaign: Campaign) -> str:
        if follow_up := whom.followed(campaign):
            return f"{follow_up.get_kind_display()}: {follow_up.run.campaign}"
        return ", ".join(segment.name for segment in campaign.segments_in.all()) or "—"

    @display(description=_("start"), ordering="starts_at")
    def when(self, campaign: Campaign) -> Any:
        return campaign.started_at or campaign.starts_at

    @display(description=_("sent"))
    def sent(self, campaign: Campaign) -> str | None:
        return campaign.figures["sent"]  # type: ignore[attr-defined]

    @display(description=_("opened"))
    def opened(self, campaign: Campaign) -> str | None:
        return campaign.figures["opened"]  # type: ignore[attr-defined]

    @display(description=_("clicked"))
    def clicked(self, campaign: Campaign) -> str | None:
        return campaign.figures["clicked"]  # type: ignore[attr-defined]


def _figures(runs: list[Any], facts: dict[int, dict[str, int]]) -> dict[str, str | None]:
    """What the columns print: sent of how many, and shares of the sent."""
    if not runs:
        return {"sent": None, "opened": None, "clicked": None}
    total = {name: sum(facts[run.pk][name] for run in runs) for name in ("accepted", "opened", "clicked")}
    planned = sum(run.audience - sum(run.left_out.values()) for run in runs)
    return {
        "sent": f"{number_format(total['accepted'])} / {number_format(planned)}",
        "opened": _with_share(total["opened"], total["accepted"]),
        "clicked": _with_share(total["clicked"], total["accepted"]),
    }


def _with_share(part: int, whole: int) -> str:
    if not whole:
        return number_format(part)
    return f"{number_format(part)}\u00a0· {number_format(round(100 * part / whole, 1), decimal_pos=1)}\u00a0%"
