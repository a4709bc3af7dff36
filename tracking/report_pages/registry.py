"""All reports, in the order in which they are offered."""

from tracking.report_pages.after_scenarios import AFTER_SCENARIOS
from tracking.report_pages.audiences import AUDIENCES
from tracking.report_pages.campaigns import BRANDS, CAMPAIGNS, CHANNELS
from tracking.report_pages.funnel import FUNNEL
from tracking.report_pages.heat import HEAT
from tracking.report_pages.lifetime import LIFETIME
from tracking.report_pages.opt_outs import OPT_OUTS
from tracking.report_pages.places import CENTRES
from tracking.report_pages.rates import RATES
from tracking.report_pages.receipts import RECEIPTS
from tracking.report_pages.returned import RETURNED
from tracking.report_pages.rfm_flows import RFM_FLOWS
from tracking.report_pages.salespeople import SALESPEOPLE
from tracking.report_pages.segments import SEGMENTS
from tracking.report_pages.sources import SOURCES
from tracking.report_pages.unreached import UNREACHED

REPORTS = {
    report.slug: report
    for report in (
        CHANNELS, CAMPAIGNS, FUNNEL, SEGMENTS, BRANDS, CENTRES, SALESPEOPLE, SOURCES, RECEIPTS, RFM_FLOWS, RATES, HEAT, OPT_OUTS,
        UNREACHED, AUDIENCES, RETURNED, LIFETIME, AFTER_SCENARIOS,
    )
}  # fmt: skip
