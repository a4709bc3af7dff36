"""The way from a message to a deal, by campaign; of one campaign, by its variants."""

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row

STEPS = ("sent", "delivered", "opened", "clicked", "called", "visited", "bought")
COUNT = """
SELECT f.campaign_id, CASE WHEN %(campaign)s::bigint IS NULL THEN '' ELSE f.variant END AS variant, sum(f.people), sum(f.sent),
       sum(f.delivered), sum(f.opened), sum(f.clicked), sum(f.called), sum(f.visited), sum(f.bought)
FROM tracking_runfigures AS f JOIN campaigns_campaign AS c ON c.id = f.campaign_id
WHERE (f.campaign_id = %(campaign)s::bigint OR (%(campaign)s::bigint IS NULL AND f.month >= %(since)s AND f.month < %(until)s))
  AND (%(channel)s = '' OR f.channel = %(channel)s) AND (%(brand)s::bigint IS NULL OR c.brand_id = %(brand)s)
GROUP BY 1, 2 HAVING sum(f.people) > 0 ORDER BY 4 DESC, 1, 2
"""


def rows(asked: Asked) -> list[Row]:
    """A campaign that is asked for is shown whole, whatever the months."""
    counted = by_campaign.rows(COUNT, asked)
    names = dict(Campaign.objects.filter(pk__in={row[0] for row in counted}).values_list("pk", "name"))
    found = []
    for campaign, variant, people, *steps in counted:
        title = names.get(campaign, "—")
        if variant:
            title = gettext("%(campaign)s, variant %(letter)s") % {"campaign": title, "letter": variant}
        sums = {"people": people, **dict(zip(STEPS, steps, strict=True))}
        page = reverse("admin:campaigns_campaign_page", args=[campaign])
        found.append(Row(title, sums, page, reverse("admin:campaigns_campaign_people", args=[campaign])))
    return found


FUNNEL = Report(
    slug="funnel", title=_("Funnel"), about=_("Where people are lost between the message and the deal."), head=_("Campaign"),
    figures=("people", *STEPS, "delivery_rate", "open_rate", "click_rate", "conversion"), rows=rows,
    filters=("months", "campaign", "channel", "brand"), chart=charts.funnel_of(STEPS),
    note=_("People, each once a run. Calls, visits and purchases are those of the 90 days after the run began, whatever brought them. A campaign that you choose is shown whole and by its variants."),
)  # fmt: skip
