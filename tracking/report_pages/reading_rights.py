"""Who may read which report."""

from typing import Any

from tracking.report_pages.frame import Report

READ = "campaigns.view_campaign"


def may_read(user: Any, report: Report | None = None) -> bool:
    """Any report, or this one, which may ask for more."""
    asked = (READ, report.permission) if report and report.permission else (READ,)
    return bool(user.is_active and user.is_staff and user.has_perms(asked))
