"""The cashier's page: a code, the sum and the receipt; what it gives or why it is not good; taken once, and taken back."""

from datetime import timedelta
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from limits import RateLimitItemPerMinute

from campaigns.models import PromoRedemption
from campaigns.promo import redeeming, spelling
from campaigns.promo.redeeming import Answer, By, Purchase
from campaigns.refusals import Refused
from channels import throttle
from segments.models import Centre, Customer

MAY = "campaigns.redeem_promocode"
GUESSES = RateLimitItemPerMinute(20, namespace="krug-promo-cashier")  # wrong codes of one person
CENTRE = "promo_centre"  # of the session: a cashier stays where she is
LATEST = 10
UNDONE_WITHIN = timedelta(days=1)  # by whoever took it
HOME = "admin:campaigns_promoredemption_cashier"


class Till(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("promo code"), max_length=80,
        widget=forms.TextInput({"class": "pr-input pr-code", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True}),
    )  # fmt: skip
    amount = forms.DecimalField(
        label=gettext_lazy("sum of the purchase, ₽"), min_value=Decimal(0), max_value=redeeming.LARGEST - 1, max_digits=12,
        decimal_places=2, localize=True, widget=forms.TextInput({"class": "pr-input", "inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    receipt = forms.CharField(
        label=gettext_lazy("number of the receipt"), max_length=80,
        widget=forms.TextInput({"class": "pr-input", "autocomplete": "off"}),
    )  # fmt: skip
    centre = forms.ModelChoiceField(
        Centre.objects.all(), label=gettext_lazy("dealer centre"), required=False, empty_label=gettext_lazy("not chosen"),
        widget=forms.Select({"class": "pr-input"}),
    )  # fmt: skip

    def purchase(self) -> Purchase:
        told = self.cleaned_data
        return Purchase(told["code"], told["receipt"], told["amount"], told["centre"])


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: what the code gives; with the button “take” it is taken."""
    _require(request)
    begun = {"centre": request.session.get(CENTRE)}
    form = Till(request.POST or None, initial=begun)
    answer = None
    if request.method == "POST" and form.is_valid():
        request.session[CENTRE] = form.cleaned_data["centre"].pk if form.cleaned_data["centre"] else None
        answer = _answer(request, form.purchase())
        if answer and answer.redemption and not answer.is_repeated:
            messages.success(
                request,
                _("The code is taken. Discount: %s ₽.") % answer.discount
                if answer.discount
                else _("The code is taken."),
            )
            return redirect(HOME)
    own = PromoRedemption.objects.filter(author=request.user, recorded_at__gte=timezone.now() - UNDONE_WITHIN)
    context = {
        **site.each_context(request),
        "title": _("Take a promo code"),
        "opts": PromoRedemption._meta,
        "form": form,
        "answer": answer,
        "code": spelling.shown(answer.code.code) if answer and answer.code else "",
        "whose": _whose(answer),
        "latest": own.select_related("code__pool")[:LATEST],
    }
    return TemplateResponse(request, "campaigns/promo/cashier.html", context, status=400 if form.errors else 200)


def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own purchase of the last day."""
    _require(request)
    redemption = get_object_or_404(PromoRedemption, pk=pk)
    if redemption.author_id != request.user.pk or redemption.recorded_at < timezone.now() - UNDONE_WITHIN:
        messages.error(request, _("Only what you took yourself within a day can be undone here."))
    else:
        _undo(request, redemption)
    return redirect(HOME)


def _undo(request: HttpRequest, redemption: PromoRedemption) -> None:
    try:
        if redeeming.take_back(redemption):
            messages.success(request, _("Taken back: the code is good again."))
        else:
            messages.info(request, _("It was taken back already."))
    except Refused as refusal:
        messages.error(request, refusal.sentence)


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(MAY):
        raise PermissionDenied


def _answer(request: HttpRequest, purchase: Purchase) -> Answer | None:
    take = "take" in request.POST
    answer = redeeming.redeem(purchase, By("cashier", request.user)) if take else redeeming.look(purchase)
    if answer.code is None and not throttle.allowed(GUESSES, str(request.user.pk)):
        messages.error(request, _("Too many wrong codes: wait a minute."))
        return None
    return answer


def _whose(answer: Answer | None) -> str:
    """The first name and a letter: enough to ask whether it is she."""
    if not (answer and answer.code and answer.code.customer_id):
        return ""
    person = Customer.objects.filter(pk=answer.code.customer_id).first()
    if person and person.merged_into_id:
        person = Customer.objects.filter(pk=person.merged_into_id).first()
    return (
        " ".join(filter(None, (person.first_name, person.last_name[:1] and f"{person.last_name[:1]}.")))
        if person
        else ""
    )
