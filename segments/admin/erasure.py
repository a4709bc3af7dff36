"""Erasing a customer in the admin: what will go, and a confirmation that has to be typed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments import erasing
from segments.admin.merging import page
from segments.importing import undoing
from segments.models import Card, CardContact, Customer, Interaction

ERASE = "segments.erase_customer"


class ErasureForm(forms.Form):
    """The number of the customer, typed: nobody erases by one click too many."""

    number = forms.CharField(label=gettext_lazy("Type the number of the customer to confirm"), max_length=20)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer

    def clean_number(self) -> str:
        number = self.cleaned_data["number"].strip().removeprefix("№").strip()
        if number != str(self.customer.pk):
            raise forms.ValidationError(_("This is not the number of this customer."))
        return number


def erase_view(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm(ERASE):
        raise PermissionDenied
    customer = model_admin.customer(request, pk)
    if customer.merged_into_id is not None:
        return redirect("admin:segments_customer_erase", customer.merged_into_id)
    form = ErasureForm(request.POST or None, customer=customer)
    if form.is_valid() and _erased(request, customer):
        return redirect("admin:segments_customer_changelist")
    context = {
        "title": _("Erase for ever"),
        "customer": customer,
        "original": customer,
        "form": form,
        "cards": Card.objects.filter(customer=customer).count(),
        "addresses": CardContact.objects.filter(customer=customer).values("contact_point").distinct().count(),
        "interactions": Interaction.objects.filter(customer=customer).count(),
        "kept_days": undoing.DAYS,
    }
    return page(model_admin, request, "segments/customer_erase.html", context)


def _erased(request: HttpRequest, customer: Customer) -> bool:
    number = customer.pk
    try:
        cards = erasing.erase([number])
    except erasing.Refused as refused:
        messages.error(request, str(refused))
        return False
    LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(Customer),
        object_id=str(number),
        object_repr="",
        action_flag=DELETION,
        change_message=_("Erased for ever, with %(cards)s cards") % {"cards": cards},
    )
    messages.success(
        request, _("Customer № %(number)s is erased. The next imports will not bring them back.") % {"number": number}
    )
    return True
