"""The form of an audience export: whom, into which ad account, for how long, for how much."""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import launch_gate
from campaigns.ad_audiences import checks
from campaigns.admin import rationale
from campaigns.admin.forms import SegmentChoice, lock_draft, refuse_both
from campaigns.admin.sender_fields import INPUT
from campaigns.models import AdAudience, Campaign
from channels.audiences.base import ADVERTISING_PLATFORMS
from channels.models import ListAccount


class AudienceForm(forms.ModelForm, rationale.RationaleFields):
    segments_in = SegmentChoice(label=_("Show to segments"))
    segments_out = SegmentChoice(label=_("Except segments"), required=False)
    cabinet = forms.ChoiceField(label=_("Ad account"), widget=forms.Select(INPUT))
    list_name = forms.CharField(
        label=_("List in the ad account"), required=False, max_length=120, widget=forms.TextInput(INPUT),
        help_text=_("Empty: a new list, named after the number of this campaign."),
    )  # fmt: skip
    budget = forms.IntegerField(
        label=_("Budget, ₽"), min_value=1, max_value=2_000_000_000, widget=forms.NumberInput({**INPUT, "min": 1, "inputmode": "numeric"})
    )  # fmt: skip
    ends_on = forms.DateField(
        label=_("Last day"), widget=forms.DateInput({**INPUT, "type": "date"}, format="%Y-%m-%d"),
        help_text=_("In the night after it the people are taken off the list."),
    )  # fmt: skip

    class Meta:
        model = Campaign
        fields = ["name", "brand", "starts_at", "lateness_hours", "control_percent", "segments_in", "segments_out"]
        widgets = {
            "name": forms.TextInput(INPUT),
            "brand": forms.Select(INPUT),
            "starts_at": forms.DateTimeInput({**INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "lateness_hours": forms.NumberInput({**INPUT, "min": 1, "max": 240}),
            "control_percent": forms.NumberInput({**INPUT, "min": 0, "max": 50}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brand"].empty_label = _("the whole holding")
        audience = checks.of(self.instance)
        offered = checks.cabinets()
        if audience and (audience.account, audience.kind) not in offered:  # its own stays, also once it is off
            offered.append((audience.account, audience.kind))
        self.fields["cabinet"].choices = [(_key(*each), _label(*each)) for each in offered]
        if not offered:
            self.fields["cabinet"].help_text = _("No ad account is connected yet: ask the administrator for one.")
        if audience:
            self.initial |= {name: getattr(audience, name) for name in ("list_name", "budget", "ends_on")}
            self.initial |= {"cabinet": _key(audience.account, audience.kind)} | rationale.initial_of(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        refuse_both(self, cleaned)
        begins = timezone.localdate(max(cleaned.get("starts_at") or timezone.now(), timezone.now()))
        if (ends := cleaned.get("ends_on")) and ends < begins:
            self.add_error("ends_on", _("The last day is before the start: choose a later one."))
        return cleaned

    @transaction.atomic
    def keep(self, author: Any) -> Campaign:
        """Raises ValidationError with a sentence: somebody else moved the campaign on."""
        campaign = self.instance
        if campaign.pk:
            lock_draft(campaign)
        else:
            campaign.author, campaign.salt, campaign.kind = author, secrets.token_hex(8), Campaign.Kind.AUDIENCE
            campaign.channel = ADVERTISING_PLATFORMS
        self.save()
        account, kind = self.cleaned_data["cabinet"].split("-")
        told = {name: self.cleaned_data[name] for name in ("list_name", "budget", "ends_on")}
        AdAudience.objects.update_or_create(campaign=campaign, defaults={"account_id": account, "kind": kind, **told})
        launch_gate.answer(campaign, rationale.answers_of(self.cleaned_data))
        return campaign


class SpentForm(forms.Form):
    """What the ad account has charged so far, told by a person."""

    spent = forms.IntegerField(min_value=0, max_value=2_000_000_000)

    def keep(self, campaign: Campaign) -> None:
        """Raises ValidationError with a sentence."""
        if not self.is_valid():
            raise ValidationError(_("Write a whole number of roubles."))
        AdAudience.objects.filter(campaign=campaign).update(spent=self.cleaned_data["spent"])


def _key(account: ListAccount, kind: str) -> str:
    return f"{account.pk}-{kind}"


def _label(account: ListAccount, kind: str) -> str:
    return f"{account.name}: {AdAudience.Kind(kind).label}"
