"""What is due among customers: imports without a sign of life, segments to refresh."""

from typing import Any

from segments import refreshing
from segments.importing import jobs as importing


def sweep() -> dict[str, Any]:
    """One pass of all that is due; idempotent."""
    return importing.sweep() | refreshing.sweep()
