"""What one message of a campaign takes: the account's price, times the parts its text is charged for."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from campaigns import versions
from campaigns.models import Campaign, Content
from campaigns.rendering import MEDIA, BadContent, markup_of
from campaigns.rendering.texts import example_of


def of_one(content: Content | None) -> Decimal:
    """Roubles, by the examples of the placeholders; a text that does not compile counts as one part."""
    if content is None:
        return Decimal(0)
    return content.campaign.account.cost * parts(content)


def of_all(contents: Iterable[Content], people: Mapping[int, int]) -> Decimal:
    """What the versions cost together; `people` by the id of a content."""
    return sum((people.get(content.pk, 0) * of_one(content) for content in contents), Decimal(0))


def spent(campaign: Campaign, run_ids: Sequence[int], accepted: int) -> Decimal:
    """What messages that were accepted in these runs took. Of versions that cost the same nobody has to count who got which."""
    contents = versions.every(campaign)
    prices = {of_one(content) for content in contents}
    if len(prices) > 1:
        return of_all(contents, versions.accepted(run_ids))
    return accepted * next(iter(prices), Decimal(0))


def planned(campaign: Campaign, contents: Iterable[Content], people: Mapping[int, int]) -> Decimal:
    """What the whole campaign is to cost: of an audience export its budget."""
    return Decimal(campaign.ad_audience.budget) if campaign.is_audience else of_all(contents, people)


def parts(content: Content) -> int:
    """That one message of it is charged for, by the examples of its placeholders."""
    try:
        return max(1, MEDIA[content.campaign.channel].parts(example_of(markup_of(content))))
    except BadContent:
        return 1
