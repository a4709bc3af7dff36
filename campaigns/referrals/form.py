"""What a friend fills in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import ReferralProgramme
from campaigns.referrals.asking import Request
from segments.cleaning.phones import parse_phone


class RequestForm(forms.Form):
    """`website` is seen by programs alone: whoever fills it in is one."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, error_messages={"required": gettext_lazy("Write your name.")},
        widget=forms.TextInput(attrs={"class": "line", "autocomplete": "name"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=gettext_lazy("Your phone"), max_length=40, error_messages={"required": gettext_lazy("Write your phone.")},
        widget=forms.TextInput(attrs={"class": "line", "type": "tel", "autocomplete": "tel", "placeholder": "+7 900 000-00-00"}),
    )  # fmt: skip
    consent = forms.BooleanField(
        error_messages={"required": gettext_lazy("Without your consent we may not call you back: set the tick.")}
    )
    advertising = forms.BooleanField(required=False)
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}))

    def __init__(self, *args: Any, programme: ReferralProgramme, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["consent"].label = programme.consent
        if programme.advertising:
            self.fields["advertising"].label = programme.advertising
        else:
            del self.fields["advertising"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(letter.isalpha() for letter in name):
            raise ValidationError(_("Write your name."))
        return name

    def clean_phone(self) -> str:
        phone = parse_phone(self.cleaned_data["phone"])
        if phone is None:
            raise ValidationError(_("This is no phone number: write all its digits, such as +7 912 345-67-89."))
        return phone

    @property
    def is_of_machine(self) -> bool:
        return bool(self.data.get("website"))

    @property
    def request(self) -> Request:
        return Request(
            self.cleaned_data["name"], self.cleaned_data["phone"], self.cleaned_data.get("advertising", False)
        )
