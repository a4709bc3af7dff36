"""«Отказ по телефону»: a member of staff writes down that a customer does not want to be written to or called."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.admin.customer_log import log
from segments.admin.customer_page import CHANNEL_LABELS
from segments.admin.merging import page
from segments.consents import ADS, CHANNELS
from segments.models import Brand, Customer
from segments.refusing import refuse

REFUSAL = "segments.record_refusal"
_NAMES = dict.fromkeys(name for channels in CHANNELS.values() for name in channels)
CHOICES = [(name, CHANNEL_LABELS.get(name, name)) for name in [*_NAMES, ADS]]
REASONS = [
    ("asked", gettext_lazy("asked not to be called or written to")),
    ("complained", gettext_lazy("complained")),
    ("wrong_number", gettext_lazy("the number or address is not theirs")),
    ("sold", gettext_lazy("sold the car")),
    ("other", gettext_lazy("another reason")),
]


class RefusalForm(forms.Form):
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("What the customer refused"), choices=CHOICES, widget=forms.CheckboxSelectMultiple
    )
    brand = forms.ModelChoiceField(
        Brand.objects.all(), label=gettext_lazy("Brand"), required=False, empty_label=gettext_lazy("all brands")
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=REASONS)
    note = forms.CharField(label=gettext_lazy("In their own words"), max_length=200, required=False)
    confirmed = forms.BooleanField(label=gettext_lazy("I spoke with the customer, this is what they said"))


def refusal_view(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what was refused; on POST withdraw it for every address of hers."""
    if not request.user.has_perm(REFUSAL):
        raise PermissionDenied
    customer = model_admin.customer(request, pk)
    everything = {"channels": [channel for channel, _label in CHOICES]}
    form = RefusalForm(request.POST) if request.method == "POST" else RefusalForm(initial=everything)
    if request.method == "POST" and form.is_valid():
        _record(request, customer, form.cleaned_data)
        return redirect("admin:segments_customer_change", customer.pk)
    context = {"title": _("Refusal on the phone"), "customer": customer, "original": customer, "form": form}
    return page(model_admin, request, "segments/customer_refusal.html", context)


def _record(request: HttpRequest, customer: Customer, said: dict[str, Any]) -> None:
    reason = str(dict(REASONS)[said["reason"]])
    text = ": ".join(filter(None, (reason, said["note"])))
    if not refuse(customer, said["channels"], text=text, by=request.user, brand=said["brand"]):
        messages.error(request, _("There is no address to withdraw a consent from."))
        return
    log(request, customer, _("Recorded a refusal: %(reason)s") % {"reason": reason})
    messages.success(request, _("The refusal is recorded. It holds for these addresses whoever else has them."))
