"""Writing a campaign's texts: the one door through which versions of a content and its links are made."""

from django.db import transaction

from campaigns.models import Campaign, Content, Link
from campaigns.rendering import markup_of


@transaction.atomic
def write(campaign: Campaign, *, subject: str, preheader: str, body: str) -> Content:
    """Keep the texts as the campaign's newest version, with its numbered links; the same texts make no version.

    Raises `campaigns.rendering.BadContent` (nothing is written).
    """
    body = body.replace("\r\n", "\n")
    Campaign.objects.select_for_update().get(pk=campaign.pk)  # versions are numbered one by one
    last = current(campaign)
    if last and (last.subject, last.preheader, last.body) == (subject, preheader, body):
        return last
    version = last.version + 1 if last else 1
    content = Content(campaign=campaign, version=version, subject=subject, preheader=preheader, body=body)
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
