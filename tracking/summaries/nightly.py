"""All sums of the reports, one after another."""

from typing import Any

from tracking.summaries import cohorts, hours, months, reach, returns, runs, scenarios, segments


def refresh() -> dict[str, Any]:
    """{what: rows}."""
    return {
        "runs": runs.refresh(),
        "hours": hours.refresh(),
        "months": months.refresh(),
        "segments": segments.refresh(),
        "reach": reach.refresh(),
        "returns": returns.refresh(),
        "cohorts": cohorts.refresh(),
        "scenarios": scenarios.refresh(),
    }
