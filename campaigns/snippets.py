"""Changing a snippet: campaigns that have not gone out get its new text, and are approved anew; what went out stays."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import expanding, writing
from campaigns.grammar import Fault
from campaigns.models import Campaign, Snippet
from campaigns.refusals import Refused
from campaigns.rendering import MEDIA, BadContent, build, build_text
from campaigns.transitions import MOVES, attempt

State = Campaign.State
NOT_GONE = (State.DRAFT, *MOVES["withdraw"].sources)
_AROUND = {  # what a piece of a letter stands in, by how it begins
    "<mj-section": "<mjml><mj-body>%s</mj-body></mjml>",
    "<mj-wrapper": "<mjml><mj-body>%s</mj-body></mjml>",
    "<mj-hero": "<mjml><mj-body>%s</mj-body></mjml>",
    "<mj-column": "<mjml><mj-body><mj-section>%s</mj-section></mj-body></mjml>",
    "<mj-": "<mjml><mj-body><mj-section><mj-column>%s</mj-column></mj-section></mj-body></mjml>",
    "": "<mjml><mj-body><mj-section><mj-column><mj-text>%s</mj-text></mj-column></mj-section></mj-body></mjml>",
}


def faults(medium: str, text: str) -> list[str]:
    """What is wrong with the text of a snippet, one sentence each."""
    if names := expanding.names_in(text):
        sentence = _("a snippet holds no other snippets: “%(name)s”.")
        return [str(Fault(0, sentence % {"name": name})) for name in sorted(names)]
    try:
        if medium == Snippet.Medium.LETTER:
            begins = next(begin for begin in _AROUND if text.lstrip().lower().startswith(begin))
            build("", "", _AROUND[begins] % text)
        else:
            build_text(text)
    except BadContent as error:
        return [str(fault) for fault in error.faults]
    return []


@transaction.atomic
def save(snippet: Snippet, author: Any) -> list[Campaign]:
    """Keep a new or changed snippet. Returns the campaigns whose texts it changed; those of them that were approved, or
    waited for it, are drafts again. Raises `Refused` when one of them could not be made with the new text, and then nothing
    is written."""
    snippet.name, snippet.text = snippet.name.lower(), snippet.text.replace("\r\n", "\n").strip()
    snippet.author, snippet.changed_at = author, timezone.now()
    is_new = snippet.pk is None
    snippet.save()
    return [] if is_new else [campaign for campaign in _locked(snippet) if _rewritten(campaign, snippet, author)]


def try_out(snippet: Snippet) -> None:
    """Raises what `save` would raise; nothing is written."""
    with transaction.atomic():
        save(snippet, None)
        transaction.set_rollback(True)


@transaction.atomic
def delete(snippet: Snippet) -> None:
    """Raises `Refused` while a campaign that has not gone out asks for it."""
    if used := _locked(snippet):
        names = ", ".join(f"«{campaign}»" for campaign in used[:5])
        raise Refused(_("The snippet is used in %(names)s: take it out of their texts first.") % {"names": names})
    snippet.delete()


def users(snippet: Snippet) -> list[Campaign]:
    """Campaigns that have not gone out and ask for it now."""
    return [campaign for campaign in _asking(snippet) if _asks(campaign, snippet)]


def _asking(snippet: Snippet) -> QuerySet[Campaign]:
    """Those one of whose versions has had it."""
    channels = [channel for channel, medium in MEDIA.items() if medium.name == snippet.medium]
    asked = Campaign.objects.filter(state__in=NOT_GONE, channel__in=channels, contents__snippets__has_key=snippet.name)
    return Campaign.objects.filter(pk__in=asked.values("pk")).order_by("pk")


def _locked(snippet: Snippet) -> list[Campaign]:
    """Whoever starts one of them at this moment either is done, and then it is not among them, or waits for us."""
    return [
        campaign
        for campaign in _asking(snippet).select_for_update(of=("self",)).select_related("account")
        if _asks(campaign, snippet)
    ]


def _asks(campaign: Campaign, snippet: Snippet) -> bool:
    return any(snippet.name in content.snippets for content in writing.every(campaign))


def _rewritten(campaign: Campaign, snippet: Snippet, author: Any) -> bool:
    before = [content for content in writing.every(campaign) if snippet.name in content.snippets]
    try:
        after = [
            writing.write(campaign, content.brand, variant=content.variant, **content.texts(), author=author)
            for content in before
        ]
    except BadContent as error:
        told = {"campaign": campaign, "faults": " ".join(map(str, error.faults))}
        raise Refused(_("The campaign “%(campaign)s” could not be made with it: %(faults)s") % told) from error
    if after == before:
        return False
    if campaign.state != State.DRAFT:
        attempt(campaign, "withdraw", author=author, note=_("The snippet “%s” was changed.") % snippet)
    return True
