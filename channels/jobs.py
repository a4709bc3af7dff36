"""What is due in this app."""

from channels import partitions


def sweep() -> dict[str, int]:
    """Make the months that come, drop those that are kept long enough."""
    return {"hook_partitions": partitions.ensure_near(), "hook_months_dropped": partitions.drop_old()}
