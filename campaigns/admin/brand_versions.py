"""The versions of a campaign's texts by brand: the page of each, and what the other pages tell of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import plan_fields, versions, writing
from campaigns.admin import text_pages
from campaigns.models import Campaign, Content
from campaigns.senders import sender_of
from segments.models import Brand

CHANGE = "campaigns.change_campaign"
FORM = "admin:campaigns_campaign_change"


# Those left out have no letter: only who was to be written to counts.
BECAME = """
SELECT COALESCE(m.content_id, r.content_id), count(*), count(*) FILTER (WHERE COALESCE(s.kind, o.kind) = 'accepted'),
       count(d.delivered_at), count(d.opened_at), count(d.clicked_at), count(LEAST(d.unsubscribed_at, d.complained_at))
FROM campaigns_message AS m JOIN campaigns_run AS r ON r.id = m.run_id
LEFT JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
LEFT JOIN campaigns_resolution AS s ON s.run_id = m.run_id AND s.message_id = m.id
LEFT JOIN campaigns_deliverystate AS d ON d.run_id = m.run_id AND d.message_id = m.id
WHERE m.run_id = ANY(%s) AND m.left_out = '' GROUP BY 1
"""


class VersionForm(text_pages.TextForm):
    """The texts of one brand, and what else is its own."""

    def __init__(self, campaign: Campaign, brand: Brand, data: Any = None) -> None:
        super().__init__(campaign, writing.current(campaign, brand), data)
        self.brand = brand
        self.add_plan(campaign, brand)

    @transaction.atomic
    def keep(self, author: Any) -> None:
        """Raises ValidationError with a sentence."""
        self.lock()
        if writing.current(self.campaign, self.brand) is None:
            raise ValidationError(_("Somebody else has removed this version meanwhile."))
        self.keep_texts(self.campaign, author, self.brand)


def edit(request: HttpRequest, campaign: Campaign, brand: int) -> HttpResponse:
    content = _of_draft(request, campaign, brand)
    if content is None:
        return redirect(FORM, campaign.pk)
    form = VersionForm(campaign, content.brand, request.POST or None)
    told = {"brand": content.brand}
    if request.method == "POST" and text_pages.saved(request, form, _("The version “%(brand)s” is saved.") % told):
        if "_back" in request.POST:
            return redirect(FORM, campaign.pk)
        return redirect("admin:campaigns_campaign_version", campaign.pk, brand)
    removal = {
        "url": reverse("admin:campaigns_campaign_remove_version", args=[campaign.pk, brand]),
        "word": _("Remove the version"),
        "title": _("Remove the version “%(brand)s”?") % told,
        "note": _(
            "Its text is deleted and its number is free again. These people will have the main text or, if the campaign says so, nothing."
        ),
    }
    return text_pages.page(
        request, campaign, form,
        title=_("Version “%(brand)s”") % told, version=content.brand, removal=removal,
        back=reverse(FORM, args=[campaign.pk]), back_word=_("To the campaign"),
    )  # fmt: skip


@require_POST
def remove(request: HttpRequest, campaign: Campaign, brand: int) -> HttpResponse:
    content = _of_draft(request, campaign, brand)
    if content is None:
        return redirect(FORM, campaign.pk)
    try:
        with transaction.atomic():
            text_pages.lock_draft(campaign)
            for field in plan_fields.every(content.brand):
                field.save(campaign, None)
            writing.drop(campaign, content.brand)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The version “%(brand)s” is removed.") % {"brand": content.brand})
    return redirect(FORM, campaign.pk)


def asked(request: HttpRequest, campaign: Campaign) -> Brand | None:
    """The brand whose version a saved form leads on to; a new one begins as a copy of the main text."""
    wanted = request.POST.get("_version", "")
    if wanted != "new":
        return Brand.objects.filter(pk=int(wanted)).first() if wanted.isdecimal() else None
    chosen = request.POST.get("new_version", "")
    brand = versions.free_brands(campaign).filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    main = writing.current(campaign)
    if brand is None or main is None:
        messages.error(request, _("Choose the brand of the new version."))
        return None
    writing.write(campaign, brand, **main.texts(), author=request.user)
    messages.success(
        request, _("This is a copy of the main text: write what owners of %(brand)s get.") % {"brand": brand}
    )
    return brand


def of_form(form: Any) -> dict[str, Any]:
    """What the form of a campaign tells of its versions."""
    campaign = form.instance
    return {
        "version_rows": [_row(content) for content in form.versions],
        "new_versions": versions.free_brands(campaign),
    }


def of_review(campaign: Campaign, people: Mapping[int, int]) -> list[dict[str, Any]]:
    """Each version with the people who will be written to with it, the main one last; nothing where there is but one."""
    main, *others = versions.of_brands(campaign) or [None]
    if not others:
        return []
    return [_row(content) | {"people": people.get(content.pk, 0)} for content in [*others, main]]


def of_results(campaign: Campaign) -> list[tuple[Brand | None, Sequence[int]]]:
    """(brand, [to send, sent, delivered, opened, clicked, opted out]) of each version, the main one last; nothing where
    there is but one."""
    written = versions.every(campaign)
    main, *others = [content for content in written if not content.variant] or [None]
    if not others:
        return []
    with connection.cursor() as cursor:
        cursor.execute(BECAME, [list(campaign.runs.values_list("pk", flat=True))])
        found = {content: numbers for content, *numbers in cursor.fetchall()}
    return [(content.brand, _together(content, written, found)) for content in [*others, main]]


def _together(version: Content, written: Sequence[Content], found: Mapping[int, Sequence[int]]) -> list[int]:
    """The figures of one brand, whatever variant."""
    rows = (found.get(content.pk, [0] * 6) for content in written if content.brand_id == version.brand_id)
    return [sum(numbers) for numbers in zip(*rows, strict=True)]


def _row(content: Content) -> dict[str, Any]:
    campaign, sender = content.campaign, sender_of(content, content.campaign.account)
    return {
        "content": content,
        "brand": content.brand,
        "text": text_pages.beginning_of(content),
        "sender": sender.name or sender.address or campaign.account.name,
        "plan": [value for _name, value in plan_fields.told(campaign, content.brand)],
    }


def _of_draft(request: HttpRequest, campaign: Campaign, brand: int) -> Content | None:
    """The texts of this brand; None, with a word why, when the campaign is no draft any more."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    content = writing.current(campaign, get_object_or_404(Brand, pk=brand))
    if campaign.state != Campaign.State.DRAFT:
        messages.error(request, _("The campaign is no longer a draft: take it back to the draft to edit it."))
        return None
    if content is None:
        messages.error(request, _("The campaign has no version for this brand."))
    return content
