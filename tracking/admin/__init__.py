"""Pages of the results: substitute numbers, calls, survey answers, reports, websites."""

from tracking.admin import calls, costs, numbers, reports, sites, surveys

__all__ = ["calls", "costs", "numbers", "reports", "sites", "surveys"]
