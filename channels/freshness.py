"""A call to a webhook that was signed long ago is a replay, though its signature is right."""

from datetime import datetime, timedelta

from channels.providers.base import BadSignature

WINDOW = timedelta(minutes=5)  # as SendGrid, Stripe and Slack advise; clocks differ both ways


def require_fresh(signed_at: datetime, received_at: datetime) -> None:
    """For providers that sign a time. Raises BadSignature past the window."""
    if abs(received_at - signed_at) > WINDOW:
        raise BadSignature
