"""The list of campaigns with its figures: three queries a page, however many campaigns it shows."""

from typing import Any

from django.http import HttpRequest
from django.utils.formats import number_format
from unfold.views import ChangeList

from campaigns.admin.reading import delivery


class CampaignList(ChangeList):
    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        return super().get_queryset(request, exclude_parameters).alone()

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        campaigns = list(self.result_list)
        facts = delivery([run.pk for campaign in campaigns for run in campaign.launched])
        for campaign in campaigns:
            campaign.figures = _figures(campaign.launched, facts)
        self.result_list = campaigns


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
