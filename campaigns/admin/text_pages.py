"""The page of one text of a campaign that is not its main one: of a brand, of a variant."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from campaigns import samples, slots
from campaigns.admin import addresses
from campaigns.admin.forms import WrittenForm, lock_draft
from campaigns.admin.texts import initial_of
from campaigns.contacts import CONTACTS
from campaigns.grammar import readable
from campaigns.models import Campaign, Content, Snippet
from campaigns.rendering import MEDIA

SHOWN = 80  # characters of a text in a list
MAIN = "main"


class TextForm(WrittenForm):
    """Begins with what `shown` says."""

    def __init__(self, campaign: Campaign, shown: Content | None, data: Any = None) -> None:
        super().__init__(data, initial=initial_of(shown) if shown else {})
        self.campaign, self.plan = campaign, {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.check_texts(self.campaign.account, cleaned)
        return cleaned

    def lock(self) -> None:
        """In a transaction. Raises ValidationError with a sentence."""
        lock_draft(self.campaign)

    def keep(self, author: Any) -> None:
        raise NotImplementedError


def saved(request: HttpRequest, form: TextForm, done: str) -> bool:
    """Whether the posted form is kept; the form says what is wrong with it."""
    if not form.is_valid():
        return False
    try:
        form.keep(request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, done)
    return True


def page(request: HttpRequest, campaign: Campaign, form: TextForm, **told: Any) -> HttpResponse:
    """`told`: title, version (a brand) and letter of the text, where to go back, its removal; see the template."""
    context = {
        **admin.site.each_context(request),
        "opts": Campaign._meta,
        "campaign": campaign,
        "form": form,
        "segments_in": campaign.segments_in.values_list("pk", flat=True),
        "medium": MEDIA[campaign.channel].name,
        "asked": addresses.ASKED[CONTACTS[campaign.channel]],
        "slots": slots.every(),
        "snippets": Snippet.objects.defer("text"),
        "people": samples.KINDS,
        **told,
    }
    return TemplateResponse(request, "campaigns/text_page.html", context)


def key_of(content: Content) -> str:
    """How a page names one of a campaign's texts: "main", "12" (a brand), "B", "B-12"."""
    return "-".join(str(part) for part in (content.variant, content.brand_id) if part) or MAIN


def beginning_of(content: Content) -> str:
    text = readable(content.subject or content.body)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
