"""Invitations of friends: the programme with what it brought, and the requests."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from campaigns.models import Referral, ReferralProgramme
from campaigns.referrals import report
from segments.admin.big_lists import ReadOnlyList
from segments.masking import mask_phone

# What people who follow a link were promised.
PROMISED = ("condition", "days", "points", "welcome", "points_days", "ceiling")
TEXTS = ("invitation", "thanks", "terms")
CONSENT = gettext_lazy(
    "I agree to the processing of my name and phone, so that I am called back about my request, and to a call."
)
ADVERTISING = gettext_lazy("I agree to receive offers by SMS and telephone.")


class ProgrammeForm(forms.ModelForm):
    class Meta:
        model = ReferralProgramme
        fields = (
            "name", "is_active", *PROMISED, "point_cost", "sender", "brand", "centre", "title", *TEXTS, "consent", "advertising",
        )  # fmt: skip
        widgets = {
            **{name: UnfoldAdminTextareaWidget({"rows": 3}) for name in TEXTS},
            **{name: UnfoldAdminTextInputWidget({"maxlength": 300}) for name in ("consent", "advertising")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial = {"consent": CONSENT, "advertising": ADVERTISING} | (self.initial or {})

    def clean(self) -> dict[str, Any]:
        """A request that was left was left by these terms."""
        cleaned = super().clean() or {}
        changed = [name for name in PROMISED if name in self.changed_data and name in cleaned]
        if changed and self.instance.pk and self.instance.referrals.exists():
            for name in changed:
                self.add_error(
                    name, _("People have come by these terms: take the programme out of use and make another one.")
                )
        if cleaned.get("condition") == ReferralProgramme.Condition.REQUEST and not cleaned.get("ceiling", 1):
            raise ValidationError(
                _("Points for a mere request need a ceiling: write how many friends of one person are rewarded.")
            )
        return cleaned


@admin.register(ReferralProgramme)
class ReferralProgrammeAdmin(ModelAdmin):
    form = ProgrammeForm
    list_display = ("name", "condition", "points", "welcome", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    list_fullwidth = True
    list_per_page = 30
    show_full_result_count = False
    actions = None
    change_form_template = "campaigns/referrals/programme.html"
    nothing_yet = gettext_lazy(
        "Every customer has a link of her own: whoever leaves a request by it and is new to us brings her points. Make a programme, "
        "put it in use, and print {{ ссылка_другу }} in letters and SMS."
    )
    fieldsets = (
        (None, {"fields": (("name", "is_active"),)}),
        (gettext_lazy("Points"), {"fields": (("condition", "days"), ("points", "welcome"), ("points_days", "ceiling"), "point_cost")}),
        (gettext_lazy("What people see"), {"fields": (("sender", "brand"), "centre", "title", *TEXTS, "consent", "advertising")}),
    )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: ReferralProgramme | None = None) -> bool:
        # Requests keep pointing at it: it is taken out of use instead.
        return False

    def save_model(self, request: HttpRequest, obj: ReferralProgramme, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        programme = ReferralProgramme.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        more = {"figures": report.of(programme)} if programme else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


@admin.register(Referral)
class ReferralAdmin(ReadOnlyList, ModelAdmin):
    list_display = ("asked", "friend", "shown_phone", "referrer", "became", "visited", "bought", "rewarded")
    list_filter = ("state", "why", "programme")
    list_select_related = ("customer", "referrer", "programme")
    list_fullwidth = True
    fields = (
        "asked", "times", "programme", "friend", "shown_phone", "referrer", "became", "visited", "bought", "rewarded",
        "rewarded_at", "agreed", "advertising",
    )  # fmt: skip
    nothing_yet = gettext_lazy("Requests come from the public page to which customers' own links lead.")

    @display(description=gettext_lazy("request"), ordering="asked_at")
    def asked(self, referral: Referral) -> str:
        return date_format(timezone.localtime(referral.asked_at), "d.m.Y H:i")

    @display(description=gettext_lazy("first visit"), ordering="visited_at")
    def visited(self, referral: Referral) -> str:
        return _day(referral.visited_at)

    @display(description=gettext_lazy("first purchase"), ordering="bought_at")
    def bought(self, referral: Referral) -> str:
        return _day(referral.bought_at)

    @display(description=gettext_lazy("friend"))
    def friend(self, referral: Referral) -> Model | str:
        return referral.customer or referral.name or "—"

    @display(description=gettext_lazy("phone"))
    def shown_phone(self, referral: Referral) -> str:
        return mask_phone(referral.phone) or "—"

    @display(description=gettext_lazy("what became of it"))
    def became(self, referral: Referral) -> str:
        told = str(referral.get_state_display())
        return f"{told}: {referral.get_why_display()}" if referral.why else told

    @display(description=gettext_lazy("points"))
    def rewarded(self, referral: Referral) -> str:
        if not referral.rewarded_at:
            return "—"
        points = str(referral.points) + (f" + {referral.welcome}" if referral.welcome else "")
        return points if referral.met_at else _("%s, to be taken back: they are spent") % points


def _day(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "d.m.Y") if at else "—"
