"""What is due in this app."""

from django.conf import settings

from channels import devices, health, notices, partitions, sandbox


def sweep() -> dict[str, int]:
    """Make the months that come, drop those that are kept long enough."""
    return {
        "hook_partitions": partitions.ensure_near(),
        "hook_months_dropped": partitions.drop_old(),
        "journal_forgotten": sandbox.forget(settings.JOURNAL_DAYS),
        "notices_forgotten": notices.forget(settings.NOTICE_DAYS),
        "devices_forgotten": devices.forget_gone(),
        "hours_forgotten": health.forget_hours(),
    }
