"""Writing a campaign's texts: the one door through which versions of a content and its links are made."""

from typing import Any

from django.db import transaction

from campaigns.models import Campaign, Content, Link
from campaigns.rendering import markup_of


@transaction.atomic
def write(
    campaign: Campaign, *, subject: str = "", preheader: str = "", body: str = "", extras: dict[str, Any] | None = None
) -> Content:
    """Keep the texts as the campaign's newest version, with its numbered links; the same texts make no version.

    `Content` says what the texts of each channel are.

    Raises `campaigns.rendering.BadContent` (nothing is written).
    """
    body = body.replace("\r\n", "\n")
    Campaign.objects.select_for_update().get(pk=campaign.pk)  # versions are numbered one by one
    last = current(campaign)
    content = Content(campaign=campaign, subject=subject, preheader=preheader, body=body, extras=extras or {})
    if last and last.written() == content.written():
        return last
    content.version = last.version + 1 if last else 1
    markup = markup_of(content)
    content.save()
    Link.objects.bulk_create(
        Link(content=content, number=number, url=url, label=label)
        for number, (url, label) in enumerate(markup.links, start=1)
    )
    return content


def current(campaign: Campaign) -> Content | None:
    """The newest version of a campaign's texts."""
    return campaign.contents.order_by("-version").first()
