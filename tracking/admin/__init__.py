"""Pages of the results: substitute numbers, calls, survey answers, scores, reports, websites."""

from tracking.admin import attribution, call_accounts, calls, costs, mailings, nps, numbers, reports, sites, surveys

__all__ = [
    "attribution",
    "call_accounts",
    "calls",
    "costs",
    "mailings",
    "nps",
    "numbers",
    "reports",
    "sites",
    "surveys",
]
