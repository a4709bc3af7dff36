"""The field «offers» of a campaign's plan: the line of business of its offer, which reports put beside what people came for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.plan_fields import PlanField
from segments.models import Interaction
from tracking.models import CampaignOffer


class OfferField(forms.ChoiceField):
    """A line of business, or none."""

    def label_from_instance(self, line: str) -> str:
        return str(dict(Interaction.Line.choices).get(line, line))


def form_field(campaign: Campaign) -> OfferField:
    return OfferField(
        choices=[("", _("not said")), *Interaction.Line.choices], required=False, label=_("offers"),
        help_text=_("The line of business of the offer. The report shows beside it what people came for instead."),
    )  # fmt: skip


def load(campaign: Campaign) -> str | None:
    offer = CampaignOffer.objects.filter(campaign=campaign.pk).first() if campaign.pk else None
    return offer.line if offer else None


def save(campaign: Campaign, line: Any) -> None:
    if line:
        CampaignOffer.objects.update_or_create(campaign=campaign, defaults={"line": line})
    else:
        CampaignOffer.objects.filter(campaign=campaign).delete()


FIELD = PlanField(
    "offers", form_field=form_field, load=load, save=save, check=lambda campaign: [], is_approved_empty=False
)
