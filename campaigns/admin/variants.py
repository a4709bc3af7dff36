"""The variants of a campaign: their card on its form, the page of each, and what the other pages tell of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaigns import sizing, variant_results, variants, versions, writing
from campaigns.admin import text_pages
from campaigns.admin.variant_fields import plan_of
from campaigns.models import Campaign, Content, Variant
from campaigns.refusals import Refused
from segments.models import Brand

CHANGE = "campaigns.change_campaign"
FORM = "admin:campaigns_campaign_change"
PAGE = "admin:campaigns_campaign_variant"
PAGE_OF_BRAND = "admin:campaigns_campaign_variant_brand"
STEPS = {
    "drawn": gettext_lazy("To send"), "accepted": gettext_lazy("Sent"), "delivered": gettext_lazy("Delivered"),
    "opened": gettext_lazy("Opened"), "clicked": gettext_lazy("Clicked a link"), "replied": gettext_lazy("Replied"),
    "opted_out": gettext_lazy("Unsubscribed"), "called": gettext_lazy("Called"), "visited": gettext_lazy("Came"),
    "bought": gettext_lazy("Bought"),
}  # fmt: skip
ALSO = "_brand"  # the button that leads on to the text of a brand


class VariantForm(text_pages.TextForm):
    """The texts of one variant, its own or for a brand."""

    def __init__(self, campaign: Campaign, letter: str, brand: Brand | None, shown: Content | None, data: Any) -> None:
        super().__init__(campaign, shown, data)
        self.letter, self.brand = letter, brand

    @transaction.atomic
    def keep(self, author: Any) -> None:
        """Raises ValidationError with a sentence."""
        self.lock()
        if self.letter not in variants.letters(self.campaign):
            raise ValidationError(_("Somebody else has removed this variant meanwhile."))
        self.keep_texts(self.campaign, author, self.brand, self.letter)


def edit(request: HttpRequest, campaign: Campaign, letter: str, brand: int | None = None) -> HttpResponse:
    variant, of_brand = _of_draft(request, campaign, letter, brand)
    if variant is None:
        return redirect(FORM, campaign.pk)
    written = versions.every(campaign)
    form = VariantForm(campaign, letter, of_brand, _text_now(written, letter, of_brand), request.POST or None)
    home = reverse(FORM, args=[campaign.pk])
    here = reverse(PAGE, args=[campaign.pk, letter])
    if request.method == "POST" and text_pages.saved(
        request, form, _("The text of variant %(letter)s is saved.") % {"letter": letter}
    ):
        if (chosen := request.POST.get(ALSO, "")) and chosen.isdecimal():
            return redirect(PAGE_OF_BRAND, campaign.pk, letter, int(chosen))
        return redirect(request.path if "_back" not in request.POST else here if of_brand else home)
    own = any((each.variant, each.brand) == (letter, of_brand) for each in written)
    title = _("Variant %(variant)s") % {"variant": variant}
    return text_pages.page(
        request, campaign, form,
        title=f"{title}, {of_brand}" if of_brand else title,
        version=of_brand, letter=letter,
        back=here if of_brand else home, back_word=title if of_brand else _("To the campaign"),
        borrowed="" if own else _("It has no text of its own yet: below is what it sends now. Save, and it has one."),
        brands=_brands(written, letter) if of_brand is None else [],
        removal=_removal(campaign, letter, of_brand) if own or of_brand is None else None,
    )  # fmt: skip


@require_POST
def remove(request: HttpRequest, campaign: Campaign, letter: str, brand: int | None = None) -> HttpResponse:
    variant, of_brand = _of_draft(request, campaign, letter, brand)
    if variant is None:
        return redirect(FORM, campaign.pk)
    try:
        with transaction.atomic():
            text_pages.lock_draft(campaign)
            if of_brand:
                writing.drop(campaign, of_brand, variant=letter)
            else:
                variants.remove(campaign, letter)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Removed."))
    return redirect(PAGE, campaign.pk, letter) if of_brand else redirect(FORM, campaign.pk)


def asked(request: HttpRequest, campaign: Campaign) -> str:
    """The letter of the variant that a saved form leads on to; a new one begins as a copy of the main text. '' for none."""
    wanted = request.POST.get("_variant", "")
    if wanted != "new":
        return wanted if wanted in variants.letters(campaign)[1:] else ""
    try:
        new = variants.add(campaign)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return ""
    if not hasattr(campaign, "experiment"):
        sizing.keep(campaign, {})
    if main := writing.current(campaign):
        writing.write(campaign, variant=new.letter, **main.texts(), author=request.user)
    messages.success(
        request,
        _("Variant %(letter)s is a copy of the main text: change what you want to test.") % {"letter": new.letter},
    )
    return new.letter


def sizing_of_form(request: HttpRequest) -> HttpResponse:
    """How many people the posted settings take, before anything is saved."""
    campaign = Campaign.objects.filter(
        pk=request.POST.get("campaign") if request.POST.get("campaign", "").isdecimal() else 0
    ).first()
    planned = campaign and plan_of(request.POST, campaign)
    if not planned:
        return HttpResponse("")
    experiment, drawn = planned
    found = sizing.of_plan(experiment, drawn, {})
    return HttpResponse(render_to_string("campaigns/sizing.html", {"sizing": found}, request))


def of_form(form: Any) -> dict[str, Any]:
    """What the form of a campaign tells of its variants."""
    written = versions.every(form.instance) if form.variants else []
    return {
        "variant_rows": [
            {
                "variant": variant,
                "text": _shown(_text_now(written, variant.letter)),
                **form.variant_fields(variant.letter),
            }
            for variant in form.variants
        ],
        "may_add_variant": len(form.variants) < variants.MOST,
    }


def of_review(campaign: Campaign, people: Mapping[str, int]) -> dict[str, Any]:
    """Each variant with the people who will be written to with it; and what it takes."""
    drawn = variants.every(campaign)
    written = versions.every(campaign) if drawn else []
    rows = [
        {"variant": each, "people": people.get(each.letter, 0), "text": _shown(_text_now(written, each.letter))}
        for each in drawn
    ]
    return {"variants": rows, "sizing": sizing.of(campaign, people)}


def of_results(campaign: Campaign) -> dict[str, Any]:
    """What became of each, a row for each step."""
    found = variant_results.of(campaign)
    if found is None:
        return {}
    rows = [(label, [line.people.get(step, 0) for line in found.lines]) for step, label in STEPS.items()]
    return {"experiment": found, "experiment_rows": rows}


def looks(written: Sequence[Content]) -> list[tuple[str, str]]:
    """(key, words) of each text of a campaign (`versions.every`), where there are several; `text_pages.key_of` makes the keys."""
    return [(text_pages.key_of(each), _words(each)) for each in written] if len(written) > 1 else []


def _words(content: Content) -> str:
    brand = str(content.brand) if content.brand else _("main version")
    if not content.variant:
        return brand
    letter = _("variant %(letter)s") % {"letter": content.variant}
    return f"{letter}, {brand}" if content.brand else letter


def _shown(content: Content | None) -> str:
    return text_pages.beginning_of(content) if content else ""


def _text_now(written: Sequence[Content], letter: str, brand: Brand | None = None) -> Content | None:
    """What the people of a variant get of what is written, for a brand too: the order of `versions.choice`."""
    own = "" if letter == Variant.MAIN else letter
    asked_for = [(brand, own), (None, own)] if own else []
    asked_for += [(brand, ""), (None, "")]
    found = {(each.brand, each.variant): each for each in written}
    return next((found[key] for key in asked_for if key in found), None)


def _brands(written: Sequence[Content], letter: str) -> list[dict[str, Any]]:
    """The brands that the campaign has versions for, and whether this variant has a text of its own for each."""
    own = {each.brand_id for each in written if each.variant == letter}
    rows = (each.brand for each in written if each.brand and not each.variant)
    return [{"brand": brand, "is_own": brand.pk in own} for brand in rows]


def _removal(campaign: Campaign, letter: str, brand: Brand | None) -> dict[str, str]:
    if brand:
        return {
            "url": reverse("admin:campaigns_campaign_remove_variant_brand", args=[campaign.pk, letter, brand.pk]),
            "word": _("Remove the text"),
            "title": _("Remove the text for “%(brand)s”?") % {"brand": brand},
            "note": _("These people of the variant will get its main text."),
        }
    return {
        "url": reverse("admin:campaigns_campaign_remove_variant", args=[campaign.pk, letter]),
        "word": _("Remove the variant"),
        "title": _("Remove variant %(letter)s?") % {"letter": letter},
        "note": _("Its texts are deleted, and its share goes to variant A."),
    }


def _of_draft(
    request: HttpRequest, campaign: Campaign, letter: str, brand: int | None
) -> tuple[Variant | None, Brand | None]:
    """The variant, and the brand; no variant, with a word why, when the campaign is no draft any more."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    variant = next((each for each in variants.every(campaign)[1:] if each.letter == letter), None)
    brands = {each.brand_id: each.brand for each in versions.of_brands(campaign)}
    if variant is None or (brand is not None and brand not in brands):
        raise Http404
    if campaign.state != Campaign.State.DRAFT:
        messages.error(request, _("The campaign is no longer a draft: take it back to the draft to edit it."))
        return None, None
    return variant, brands[brand] if brand is not None else None
