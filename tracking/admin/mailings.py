"""Reports by e-mail: what, when and to whom; what became of every letter. Whoever saves one lends it his rights."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from campaigns.staff import person_name
from tracking.mailing import schedule, sending
from tracking.models import ReportAddress, ReportMailing
from tracking.report_pages import asking
from tracking.report_pages.reading_rights import READ, may_read
from tracking.report_pages.registry import REPORTS

PAGE = "admin:tracking_reportmailing_change"
BACKEND = "django.contrib.auth.backends.ModelBackend"
SHOWN_LETTERS = 50


def readers() -> Any:
    """Members of staff who may see reports and have an e-mail address."""
    people = get_user_model().objects.with_perm(READ, backend=BACKEND).filter(is_staff=True).exclude(email="")
    return people.order_by("last_name", "username").distinct()


class StaffField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, user: Any) -> str:
        return f"{person_name(user)} · {user.email}"


class MailingForm(forms.ModelForm):
    report = forms.ChoiceField(label=_("Report"), widget=UnfoldAdminSelectWidget)
    staff = StaffField(
        queryset=None, required=False, label=_("To members of staff"), widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Those who may see reports and have an e-mail address."),
    )  # fmt: skip
    addresses = forms.ModelMultipleChoiceField(
        queryset=ReportAddress.objects.all(), required=False, label=_("To other addresses"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("The administrator says which addresses reports may go to: Results → Addresses for reports."),
    )  # fmt: skip
    query = forms.CharField(label=_("Filters of the report"), widget=forms.HiddenInput, required=False, max_length=500)
    user: Any = None  # who fills it in

    class Meta:
        model = ReportMailing
        fields = (
            "name", "report", "query", "period", "every", "weekday", "day", "hour", "pdf", "xlsx", "staff", "addresses", "is_active",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staff"].queryset = readers()
        self.fields["report"].choices = [
            (each.slug, each.title) for each in REPORTS.values() if may_read(self.user, each)
        ]

    def clean_query(self) -> str:
        return schedule.kept_query(QueryDict(self.cleaned_data["query"]))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("pdf") and not data.get("xlsx"):
            self.add_error("pdf", ValidationError(_("Choose PDF, XLSX or both.")))
        if not data.get("staff") and not data.get("addresses"):
            self.add_error("staff", ValidationError(_("Say at least one recipient.")))
        return data


@admin.register(ReportMailing)
class ReportMailingAdmin(ModelAdmin):
    form = MailingForm
    list_display = ("name", "report_shown", "when", "recipients", "next_shown", "state")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    actions = None
    compressed_fields = True
    conditional_fields = {"weekday": "every == 'week'", "day": "every == 'month'"}
    change_form_template = "tracking/admin/mailing.html"
    nothing_yet = _("Open a summary report, choose its filters and press “Send by e-mail”.")

    def get_fieldsets(self, request: HttpRequest, obj: ReportMailing | None = None) -> Any:
        return (
            (None, {"fields": ("name", "report", "query", "period")}),
            (_("When"), {"fields": ("every", "weekday", "day", "hour", "is_active")}),
            (_("What and to whom"), {"fields": (("pdf", "xlsx"), "staff", "addresses")}),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type("MailingForm", (form,), {"user": request.user})

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("owner").prefetch_related("staff", "addresses")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Out of the address of a report's page."""
        report = REPORTS.get(request.GET.get("report", ""))
        if report is None:
            return {}
        me = [request.user.pk] if request.user.email else []
        return {"report": report.slug, "name": report.title, "query": schedule.kept_query(request.GET), "staff": me}

    def save_model(self, request: HttpRequest, obj: ReportMailing, form: Any, change: bool) -> None:
        """What it shows is what he may see who saved it last."""
        obj.owner = request.user
        obj.next_at = schedule.next_after(obj, timezone.now())
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            view = self.admin_site.admin_view(require_POST(view))
            return path(f"<int:pk>/{name}/", view, name=f"tracking_reportmailing_{name}")

        return [own("now", self.now_view), own("pause", self.pause_view), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        mailing = ReportMailing.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        more = self._more(mailing) if mailing else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Above the form stands with which filters the report was left."""
        told = request.GET if request.method == "GET" else request.POST
        query = request.GET if request.method == "GET" else QueryDict(request.POST.get("query", ""))
        new = ReportMailing(
            report=told.get("report", ""), query=schedule.kept_query(query), period=ReportMailing.Period.SAVED
        )
        report = REPORTS.get(new.report)
        more = self._chosen(new) if report and may_read(request.user, report) else {}
        return super().add_view(request, form_url, {**more, **(extra_context or {})})

    def _chosen(self, mailing: ReportMailing) -> dict[str, Any]:
        """The report with its filters in words, and where they are chosen."""
        report = REPORTS.get(mailing.report)
        shown = list(asking.filters(schedule.asked(mailing), report.filters)) if report else []
        return {
            "report": report, "said": [(each.label, dict(each.choices).get(each.value, each.value)) for each in shown],
            "report_link": f"{reverse('admin:tracking_report', args=[mailing.report])}?{schedule.kept_query(schedule.address(mailing))}",
        }  # fmt: skip

    def _more(self, mailing: ReportMailing) -> dict[str, Any]:
        return {
            **self._chosen(mailing), "words": schedule.in_words(mailing), "owner": person_name(mailing.owner),
            "letters": mailing.letters.select_related("user").order_by("-occasion", "-pk")[:SHOWN_LETTERS],
            "has_account": sending.account_for_reports() is not None,
        }  # fmt: skip

    def now_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One letter, to whoever pressed the button."""
        mailing = self._mine(request, pk)
        if not request.user.email:
            messages.error(request, gettext("You have no e-mail address: the administrator writes it on your page."))
        elif sending.send_to(mailing, request.user, request.user.email):
            messages.success(
                request,
                gettext("The letter goes to %(address)s: what becomes of it stands below.")
                % {"address": request.user.email},
            )
        else:
            messages.warning(request, gettext("You asked for it a moment ago: the letter is below."))
        return redirect(PAGE, pk)

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self._mine(request, pk)
        mailing.is_active = not mailing.is_active
        mailing.next_at = schedule.next_after(mailing, timezone.now())
        mailing.save(update_fields=["is_active", "next_at"])
        self.log_change(request, mailing, gettext("Goes again") if mailing.is_active else gettext("Paused"))
        return redirect(PAGE, pk)

    def _mine(self, request: HttpRequest, pk: int) -> ReportMailing:
        mailing = get_object_or_404(ReportMailing, pk=pk)
        if not self.has_change_permission(request, mailing):
            raise PermissionDenied
        return mailing

    @display(description=_("report"))
    def report_shown(self, mailing: ReportMailing) -> Any:
        report = REPORTS.get(mailing.report)
        return report.title if report else "—"

    @display(description=_("when"))
    def when(self, mailing: ReportMailing) -> str:
        return schedule.in_words(mailing)

    @display(description=_("recipients"))
    def recipients(self, mailing: ReportMailing) -> str:
        count = len(mailing.staff.all()) + len(mailing.addresses.all())
        return ngettext("%(count)d recipient", "%(count)d recipients", count) % {"count": count}

    @display(description=_("goes next"), ordering="next_at")
    def next_shown(self, mailing: ReportMailing) -> str:
        if not mailing.is_active:
            return "—"
        return date_format(timezone.localtime(mailing.next_at, timezone.get_default_timezone()), "j E Y, H:i")

    @display(description=_("state"), label={"on": "success", "off": "warning"})
    def state(self, mailing: ReportMailing) -> tuple[str, Any]:
        return ("on", _("goes")) if mailing.is_active else ("off", _("paused"))


@admin.register(ReportAddress)
class ReportAddressAdmin(ModelAdmin):
    """Whoever is not of the staff gets reports only when an administrator has written the address down here."""

    list_display = ("address", "note", "since")
    search_fields = ("address", "note")
    ordering = ("address",)
    fields = ("address", "note")
    actions = None
    nothing_yet = _("Write down an address, and reports may be sent to it.")

    def save_model(self, request: HttpRequest, obj: ReportAddress, form: Any, change: bool) -> None:
        obj.author = obj.author or request.user
        super().save_model(request, obj, form, change)

    @display(description=_("allowed"))
    def since(self, address: ReportAddress) -> str:
        who = person_name(address.author) if address.author else "—"
        return format_html("{} · {}", date_format(timezone.localtime(address.made_at), "d.m.Y"), who)
