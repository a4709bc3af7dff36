"""Writing a campaign's texts: the one door through which versions of a content and its links are made, copied and removed."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from campaigns import expanding
from campaigns.models import Campaign, Content, Link
from campaigns.refusals import Refused
from campaigns.rendering import MEDIA, BadContent, markup_of
from campaigns.versions import current, every
from segments.models import Brand

KINDS: dict[str, type] = {"subject": str, "preheader": str, "body": str, "extras": dict}


@transaction.atomic
def write(
    campaign: Campaign, brand: Brand | None = None, *, variant: str = "", author: Any = None, **texts: Any
) -> Content:
    """Keep the texts (of a brand, of a variant) as the campaign's newest version, with its numbered links; the same texts make no version.

    `texts` are some of `Content.TEXTS`: it says what they are in each channel.

    Raises `campaigns.rendering.BadContent` (nothing is written).
    """
    Campaign.objects.select_for_update().get(pk=campaign.pk)  # versions are numbered one by one
    last = current(campaign, brand, variant)
    written = {name: texts.get(name) or kind() for name, kind in KINDS.items()}
    written["body"] = written["body"].replace("\r\n", "\n")
    content = Content(campaign=campaign, brand=brand, variant=variant, author=author, **written)
    content.snippets = expanding.asked_for(content, MEDIA[campaign.channel].name)
    if last and last.written() == content.written():
        return last
    content.version = (campaign.contents.aggregate(last=Max("version"))["last"] or 0) + 1
    markup = markup_of(content)
    content.save()
    Link.objects.bulk_create(
        Link(content=content, number=number, url=url, label=label)
        for number, (url, label) in enumerate(markup.links, start=1)
    )
    return content


@transaction.atomic
def restore(campaign: Campaign, version: int, author: Any) -> Content:
    """Make the texts of an earlier version the newest ones of their brand and variant. Raises `Refused`."""
    state = Campaign.objects.select_for_update().values_list("state", flat=True).get(pk=campaign.pk)
    if state != Campaign.State.DRAFT:
        raise Refused(_("The campaign is no longer a draft: take it back to the draft to edit it."))
    earlier = campaign.contents.filter(version=version).first()
    if earlier is None:
        raise Refused(_("There is no such version: reload the page."))
    try:
        return write(campaign, earlier.brand, variant=earlier.variant, **earlier.texts(), author=author)
    except BadContent as error:
        sentence = _("Version %(number)d cannot be taken back: %(faults)s")
        raise Refused(sentence % {"number": version, "faults": " ".join(map(str, error.faults))}) from error


@transaction.atomic
def copy(campaign: Campaign, other: Campaign, author: Any) -> None:
    """Give another campaign the texts of this one, of all brands and variants."""
    for content in every(campaign):
        write(other, content.brand, variant=content.variant, **content.texts(), author=author)


def drop(campaign: Campaign, brand: Brand, **of: str) -> None:
    """Remove the texts of a brand, of all variants or of one (`variant`), from a draft, of which no run can have them."""
    campaign.contents.filter(brand=brand, **of).delete()
