"""Pages of the results: substitute numbers, calls, survey answers, reports."""

from tracking.admin import calls, numbers, reports, surveys

__all__ = ["calls", "numbers", "reports", "surveys"]
