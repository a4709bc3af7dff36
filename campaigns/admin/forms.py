"""The form of a draft: its plan, the fields of upper apps, and its texts, which are those of the account's channel."""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns import launch_gate, plan_fields, starter, versions, whom, writing
from campaigns.admin import addresses, rationale
from campaigns.admin.sender_fields import INPUT
from campaigns.admin.texts import TextFields, faults_of, initial_of, texts_of
from campaigns.admin.variant_fields import VariantFields
from campaigns.contacts import CONTACTS
from campaigns.models import Campaign, FollowUp
from campaigns.readiness import NO_HOUR
from campaigns.rendering import MEDIA
from campaigns.rendering.media import TEMPLATE
from channels.models import Account
from channels.providers import REGISTRY, provider_class
from segments.models import Brand, Segment
from segments.models.people import Purpose

# What a step of a scenario has not: it is launched by nobody.
OF_A_LAUNCH = (
    "segments_in", "segments_out", "starts_at", "on_local_clock", "lateness_hours", "spread_hours", "ceiling",
    "ceiling_roubles",
)  # fmt: skip
PLAN = "plan_"  # before the names of upper apps' fields, so that they cannot meet ours


class SegmentChoice(forms.ModelMultipleChoiceField):
    """Segments as a list of boxes; the template prints the size of each beside it."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(Segment.objects.filter(is_archived=False), **options)

    def label_from_instance(self, segment: Segment) -> str:
        return segment.name


def writable() -> QuerySet[Account]:
    """Accounts that a campaign can be written for."""
    return Account.objects.filter(channel__in=MEDIA, is_active=True).exclude(provider__in=_without_templates())


def _without_templates() -> list[str]:
    """Providers of channels that are written for by templates, which cannot send one: they only answer people."""
    return [
        name
        for name, (channel, _label, _path) in REGISTRY.items()
        if channel in MEDIA and MEDIA[channel] is TEMPLATE and not provider_class(name).capabilities.needs_template
    ]


def usual_account() -> Account | None:
    """The one that a new campaign begins with: the default of its channel, e-mail before the others."""
    return writable().order_by("-is_default", "channel", "name").first()


class AccountSelect(forms.Select):
    """Each option carries its channel: the page shows the texts of the chosen one."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        account = getattr(option["value"], "instance", None)
        if account:
            option["attrs"]["data-channel"] = account.channel
            option["attrs"]["data-medium"] = MEDIA[account.channel].name
            option["attrs"]["data-test"] = str(addresses.ASKED[CONTACTS[account.channel]])
            option["label"] = f"{account.name} · {account.get_channel_display()}"
        return option


class WrittenForm(TextFields):
    """A form that keeps texts, and the fields of upper apps beside them; `plan` are those by their names in the form."""

    plan: dict[str, plan_fields.PlanField]

    def add_plan(self, campaign: Campaign, brand: Brand | None = None) -> None:
        self.plan = {PLAN + field.name: field for field in plan_fields.every(brand)}
        for name, field in self.plan.items():
            self.fields[name] = field.form_field(campaign)
            self.fields[name].widget.attrs.setdefault("class", "kb-input")
            self.initial[name] = field.load(campaign) if campaign.pk else None

    def plan_bound_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.plan]

    def check_texts(self, account: Account, cleaned: dict[str, Any]) -> None:
        for name, sentences in list(faults_of(account, cleaned)):
            if sentences:
                self.add_error(name, sentences)

    def keep_texts(self, campaign: Campaign, author: Any, brand: Brand | None = None, variant: str = "") -> None:
        """In the caller's transaction. Raises ValidationError: a field of the plan (a number) was taken meanwhile."""
        for name, field in self.plan.items():
            field.save(campaign, self.cleaned_data.get(name))
        texts = texts_of(campaign.channel, self.cleaned_data)
        writing.write(campaign, brand, variant=variant, **texts, author=author)


def refuse_both(form: forms.BaseForm, cleaned: dict[str, Any]) -> None:
    """A segment stands on one side only."""
    both = set(cleaned.get("segments_in") or ()) & set(cleaned.get("segments_out") or ())
    if both:
        names = ", ".join(sorted(segment.name for segment in both))
        form.add_error("segments_out", _("A segment cannot be both included and excluded: %s.") % names)


def lock_draft(campaign: Campaign) -> None:
    """In a transaction. Raises ValidationError with a sentence: somebody else moved the campaign on."""
    state = Campaign.objects.select_for_update().values_list("state", flat=True).get(pk=campaign.pk)
    if state != Campaign.State.DRAFT:
        raise ValidationError(_("The campaign is no longer a draft: it was sent for approval meanwhile."))


class CampaignForm(forms.ModelForm, WrittenForm, VariantFields, rationale.RationaleFields):
    segments_in = SegmentChoice(label=_("Send to segments"))
    segments_out = SegmentChoice(label=_("Except segments"), required=False)

    class Meta:
        model = Campaign
        fields = ["name", "purpose", "brand", "account", "starts_at", "on_local_clock", "lateness_hours", "priority", "spread_hours", "ceiling", "ceiling_roubles",
                  "needs_version", "control_percent", "segments_in", "segments_out"]  # fmt: skip
        widgets = {
            "name": forms.TextInput(INPUT),
            "purpose": forms.Select(INPUT),
            "brand": forms.Select(INPUT),
            "account": AccountSelect(INPUT),
            "starts_at": forms.DateTimeInput({**INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "on_local_clock": forms.Select(INPUT),
            "lateness_hours": forms.NumberInput({**INPUT, "min": 1, "max": 240}),
            "priority": forms.Select(INPUT),
            "spread_hours": forms.NumberInput({**INPUT, "min": 1, "max": 48}),
            "ceiling": forms.NumberInput({**INPUT, "min": 1}),
            "ceiling_roubles": forms.NumberInput({**INPUT, "min": 1}),
            "needs_version": forms.Select(INPUT),
            "control_percent": forms.NumberInput({**INPUT, "min": 0, "max": 50}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = writable()
        self.fields["brand"].empty_label = _("the whole holding")
        content = writing.current(self.instance) if self.instance.pk else None
        self.initial |= initial_of(content) if content else {}
        self.initial |= rationale.initial_of(self.instance) if self.instance.pk else {}
        self.add_places()
        beginnings = starter.CORRECTION if whom.is_correction(self.instance) else starter.TEXTS
        for name, beginning in beginnings.items():  # whoever began the campaign elsewhere may have brought a text
            self.initial.setdefault(name, beginning)
        if not self.instance.pk:
            self.initial.setdefault("account", usual_account())
        self.add_plan(self.instance)
        for name in ("needs_version", "on_local_clock"):
            self.fields[name].required, self.fields[name].empty_value = False, False
        self.versions = [content for content in versions.of_brands(self.instance) if content.brand]
        self.add_variants(self.instance)
        if follow_up := whom.followed(self.instance):
            self._narrow(follow_up)
        if self.instance.is_step:
            self._narrow_to_step()

    def _narrow(self, follow_up: FollowUp) -> None:
        """What follows a run is for people of that run: nothing else of the audience is to be chosen."""
        # A correction waits for nobody, and all of its people get it.
        for name in (
            "segments_in",
            *(("segments_out", "control_percent", "priority", "ceiling", "ceiling_roubles") * follow_up.is_correction),
        ):
            del self.fields[name]
        self.fields["account"].queryset = writable().filter(channel=follow_up.run.campaign.channel)
        self.fields["purpose"].disabled = self.fields["brand"].disabled = True

    def _narrow_to_step(self) -> None:
        """Its scenario says to whom a step goes, and when; purpose and brand are the scenario's."""
        for name in OF_A_LAUNCH:
            del self.fields[name]
        self.fields["purpose"].disabled = self.fields["brand"].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        refuse_both(self, cleaned)
        if cleaned.get("on_local_clock") and not cleaned.get("starts_at") and "starts_at" not in self.errors:
            self.add_error("starts_at", NO_HOUR)
        if account := cleaned.get("account"):
            self.check_texts(account, cleaned)
            if (self.versions or self.variants) and account.channel != self.instance.channel:
                sentence = _(
                    "The versions and variants are written for “%(channel)s”: remove them before you change the channel."
                )
                self.add_error("account", sentence % {"channel": self.instance.get_channel_display()})
        self.check_variants(cleaned)
        return cleaned

    @transaction.atomic
    def keep(self, author: Any) -> Campaign:
        """Save the plan, the upper apps' fields and a new version of the texts, all or nothing.

        Raises ValidationError with a sentence: somebody else moved the campaign on, or a field of the plan
        (a number) was taken meanwhile.
        """
        campaign = self.instance
        if campaign.pk:
            lock_draft(campaign)
        else:
            campaign.author, campaign.salt = author, secrets.token_hex(8)
        campaign.channel = campaign.account.channel
        self.save()
        self.keep_texts(campaign, author)
        self.keep_variants(campaign)
        for content in self.versions:
            plan_fields.follow(campaign, content.brand)
        if launch_gate.is_asked(campaign):
            launch_gate.answer(campaign, rationale.answers_of(self.cleaned_data))
        return campaign


class TrialForm(TextFields):
    """What previews and test letters read of a form that may be half-filled and is not saved."""

    campaign = forms.ModelChoiceField(Campaign.objects.all(), required=False)
    account = forms.ModelChoiceField(Account.objects.filter(channel__in=MEDIA), required=False)
    segments_in = forms.ModelMultipleChoiceField(Segment.objects.all(), required=False)
    segments_out = forms.ModelMultipleChoiceField(Segment.objects.all(), required=False)
    purpose = forms.ChoiceField(choices=Purpose.choices, required=False)
    starts_at = forms.DateTimeField(required=False)
    version = forms.ModelChoiceField(Brand.objects.all(), required=False)
    variant = forms.CharField(required=False, max_length=1)
    who = forms.CharField(required=False)
    test_addresses = forms.CharField(required=False)
