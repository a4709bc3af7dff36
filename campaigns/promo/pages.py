"""The public pages of a promo code: what it is, how it is used, what is wrong with it; and a word of whoever holds it."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from campaigns.models import PromoPicture, PromoTrouble
from campaigns.promo import placeholders, trouble
from campaigns.public_pages import CHOICES, public, wrong_token
from channels import throttle


class WordForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What happens?"), choices=PromoTrouble.Reason, widget=forms.RadioSelect,
        error_messages={"required": _("Choose what happens.")},
    )  # fmt: skip
    comment = forms.CharField(
        label=_("In your own words"), max_length=500, required=False, widget=forms.Textarea({"rows": 3})
    )


@public("GET", "HEAD", "POST")
def page(request: HttpRequest, token: str) -> HttpResponse:
    """GET: the code and how it is used. POST: what goes wrong is kept, and the true cause told."""
    subject = trouble.find(token)
    if subject is None:
        return wrong_token(request)
    form = WordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and throttle.allowed(CHOICES, f"promo {subject.message.pk}"):
        trouble.report(subject, form.cleaned_data["reason"], form.cleaned_data["comment"])
        return redirect("campaigns:promo_told", token=token)
    return _page(request, subject, "page", form=form, token=token)


@public("GET", "HEAD")
def told(request: HttpRequest, token: str) -> HttpResponse:
    subject = trouble.find(token)
    return _page(request, subject, "told", token=token) if subject else wrong_token(request)


@public("GET", "HEAD")
def picture(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """Of the instruction of this link's pool only."""
    subject = trouble.find(token)
    found = PromoPicture.objects.filter(pk=number, pool=subject.pool).first() if subject else None
    return HttpResponse(bytes(found.content), content_type=found.kind) if found else wrong_token(request)


def _page(request: HttpRequest, subject: trouble.Subject, name: str, **context: object) -> HttpResponse:
    context |= {
        "subject": subject,
        "sender": subject.campaign.account.sender_name,
        "until": placeholders.day(
            subject.code.valid_until if subject.code and subject.pool.is_personal else subject.pool.valid_to
        ),
        "cause": trouble.cause(subject),
        "conditions": trouble.conditions(subject.pool),
        "pictures": subject.pool.pictures.defer("content"),
    }
    form = context.get("form")
    status = 400 if isinstance(form, WordForm) and form.is_bound else 200
    return render(request, f"campaigns/public/promo_{name}.html", context, status=status)
