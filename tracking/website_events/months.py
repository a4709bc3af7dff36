"""Months of events (UTC, by the time of receipt), made ahead and dropped whole."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from channels import partitions

TABLE = "tracking_websiteevent"
ONCE = "CREATE UNIQUE INDEX {name}_once ON {name} (site_id, key)"


def ensure_near() -> int:
    """This month and the next one; returns how many were made."""
    return sum(partitions.ensure(TABLE, month, also=ONCE) for month in partitions.near())


def drop_old() -> int:
    """Months past `settings.WEBSITE_EVENT_DAYS`; returns how many went."""
    return partitions.drop_before(TABLE, timezone.now() - timedelta(days=settings.WEBSITE_EVENT_DAYS))
