"""What is due among customers: imports without a sign of life, feeds to look at, segments to refresh, words and sources
that mean something else now, nightly work."""

from typing import Any

from segments import facts_registry, nightly, refreshing, value_tables
from segments.feeding import jobs as feeding
from segments.identity import priorities
from segments.importing import indexes
from segments.importing import jobs as importing
from segments.outward import syncing
from segments.rfm import applying


def sweep() -> dict[str, Any]:
    """One pass of all that is due; idempotent."""
    meanings = value_tables.sweep() | priorities.sweep() | applying.sweep()
    outward = syncing.sweep()
    return (
        outward
        | importing.sweep()
        | indexes.sweep()
        | feeding.sweep()
        | refreshing.sweep()
        | meanings
        | facts_registry.sweep()
        | nightly.sweep()
    )
