"""Limits and quiet hours: the one page of the contact policy."""

import re
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
)

from campaigns.admin import cadence
from campaigns.models import Policy
from channels.models import Channel

PREFIX = "over_"
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?")
_LONGEST_MONTH = 2028  # a leap year: 29.02 may be a day off too
MOST_DAYS = 100
PAIRS = [tuple(PREFIX + channel for channel in Channel.values[at : at + 2]) for at in range(0, len(Channel.values), 2)]
HOW_OFTEN = _("How often")
FAIRNESS = _(
    "Nobody gets two advertising messages on one day, over whatever channel, nor do two people who share an address. "
    "Whoever has had enough waits, and is left out when her turn does not come in time."
)
TRAINING = _(
    "People who get discounts all the time wait for the next one. Whoever has had her share is left out, with the reason."
)
NO_LIMIT = _("Empty: only the limit for all channels together.")
WHOSE_CLOCK = _("By the recipient's clock: her city's, else that of her phone or of her dealer centre.")


class PolicyForm(forms.ModelForm):
    """Limits of channels are fields of their own, days off are lines."""

    quiet_channels = forms.MultipleChoiceField(
        choices=Channel.choices, required=False, label=_("Channels that keep to these hours"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )  # fmt: skip
    days_off = forms.CharField(
        required=False, label=_("Days off"), widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("One a line: 01.01 for every year, 10.05.2027 for one. Channels with hours send nothing on them."),
    )  # fmt: skip

    hours_from = forms.TimeField(label=_("Messages go from"), widget=UnfoldAdminSingleTimeWidget(format="%H:%M"))
    hours_until = forms.TimeField(label=_("Until"), widget=UnfoldAdminSingleTimeWidget(format="%H:%M"))

    class Meta:
        model = Policy
        fields = [
            "per_month",
            "per_month_fewer",
            "wanted_per_month",
            "discounts",
            "discount_days",
            "trained_percent",
            "hours_from",
            "hours_until",
            "quiet_channels",
            "days_off",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["days_off"] = "\n".join(map(_spoken, self.instance.days_off))
        for channel in Channel.values:
            self.initial[PREFIX + channel] = self.instance.per_channel.get(channel)

    def clean_days_off(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["days_off"].splitlines() if line.strip()]
        if len(lines) > MOST_DAYS:
            raise ValidationError(
                _("More than %(most)d days off: a campaign would hardly ever go.") % {"most": MOST_DAYS}
            )
        return list(dict.fromkeys(map(_day, lines)))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        begins, ends, most = data.get("hours_from"), data.get("hours_until"), data.get("per_month")
        if begins and ends and begins >= ends:
            self.add_error("hours_until", _("Messages must end later on the day than they begin."))
        if most is not None and (data.get("per_month_fewer") or 0) > most:
            self.add_error(
                "per_month_fewer", _("Who asked for fewer messages cannot get more of them than the others.")
            )
        return data

    def save(self, commit: bool = True) -> Policy:
        limits = {channel: self.cleaned_data.get(PREFIX + channel) for channel in Channel.values}
        self.instance.per_channel = {channel: most for channel, most in limits.items() if most is not None}
        return super().save(commit)


def _limit(channel: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=Channel(channel).label, required=False, min_value=1, max_value=30, widget=UnfoldAdminIntegerFieldWidget
    )


FORM = type("PolicyForm", (PolicyForm,), {PREFIX + channel: _limit(channel) for channel in Channel.values})


@admin.register(Policy)
class PolicyAdmin(ModelAdmin):
    form = FORM
    readonly_fields = ["channel_limits", "quiet_names", "days_off_named"]

    def get_fieldsets(self, request: HttpRequest, obj: Policy | None = None) -> list[Any]:
        may_change = self.has_change_permission(request, obj)
        limits = PAIRS if may_change else ["channel_limits"]
        quiet = ["quiet_channels", "days_off"] if may_change else ["quiet_names", "days_off_named"]
        return [
            (HOW_OFTEN, {"fields": ["per_month", "per_month_fewer", "wanted_per_month"], "description": FAIRNESS}),
            (_("Of these at most, over one channel"), {"fields": limits, "description": NO_LIMIT}),
            (_("Discounts"), {"fields": [("discounts", "discount_days"), "trained_percent"], "description": TRAINING}),
            (_("Quiet hours"), {"fields": [("hours_from", "hours_until"), *quiet], "description": WHOSE_CLOCK}),
        ]

    @display(description=_("limits of channels"))
    def channel_limits(self, policy: Policy) -> str:
        return ", ".join(f"{Channel(channel).label}: {most}" for channel, most in policy.per_channel.items()) or "—"

    @display(description=_("channels that keep to these hours"))
    def quiet_names(self, policy: Policy) -> str:
        return ", ".join(str(Channel(channel).label) for channel in policy.quiet_channels) or "—"

    @display(description=_("days off"))
    def days_off_named(self, policy: Policy) -> str:
        return ", ".join(map(_spoken, policy.days_off)) or "—"

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(partial(cadence.view, self))
        return [path("cadence/", page, name="campaigns_policy_cadence"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Policy | None:
        """The defaults where nobody has changed anything yet."""
        return Policy.now() if object_id == str(Policy.ONLY) else None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.change_view(request, str(Policy.ONLY), extra_context=extra_context)

    def response_change(self, request: HttpRequest, obj: Policy) -> HttpResponse:
        self.message_user(request, _("Saved. Running campaigns keep to it from their next messages on."))
        return redirect("admin:campaigns_policy_changelist")


def _day(line: str) -> str:
    """As `Policy.days_off` has it. Raises ValidationError."""
    found = _DAY.fullmatch(line)
    if not found:
        raise ValidationError(_now("“%(line)s” is not a day: write 01.01 or 10.05.2027.") % {"line": line[:20]})
    day, month, year = found.groups()
    try:
        date = forms.DateField().clean(f"{year or _LONGEST_MONTH}-{month:0>2}-{day:0>2}")
    except ValidationError:
        raise ValidationError(_now("There is no such day: %(line)s.") % {"line": line}) from None
    return f"{date:%Y-%m-%d}" if year else f"{date:%m-%d}"


def _spoken(day: str) -> str:
    """«05-10» → «10.05»."""
    return ".".join(reversed(day.split("-")))
