"""What one message of a campaign takes: the account's price, times the parts its text is charged for."""

from decimal import Decimal

from campaigns.models import Content
from campaigns.rendering import MEDIA, BadContent, markup_of
from campaigns.rendering.texts import example_of


def of_one(content: Content | None) -> Decimal:
    """Roubles, by the examples of the placeholders; a text that does not compile counts as one part."""
    if content is None:
        return Decimal(0)
    return content.campaign.account.cost * _parts(content)


def _parts(content: Content) -> int:
    try:
        return max(1, MEDIA[content.campaign.channel].parts(example_of(markup_of(content))))
    except BadContent:
        return 1
