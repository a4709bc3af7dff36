"""The log of exports: who took whose data when. It is only read."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from segments.admin.big_lists import ReadOnlyList
from segments.admin.rule_builder import grouped
from segments.models import DataExport


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyList, ModelAdmin):
    list_display = ["happened_at", "who", "kind", "about_shown", "recipient", "rows_shown", "digest_shown"]
    list_display_links = None
    list_filter = ["kind"]
    list_select_related = ["user"]
    search_fields = ["about", "recipient"]
    list_per_page = 50
    fields = ["happened_at", "who", "kind", "about_shown", "recipient", "rows_shown", "digest"]
    readonly_fields = ["who", "about_shown", "rows_shown"]
    nothing_yet = _("Every export of people's data leaves a line here: external lists, files of cards, refused rows.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataExport]:
        return super().get_queryset(request).defer("contact_ids")  # thousands in a row, shown nowhere

    @display(description=_("who"))
    def who(self, entry: DataExport) -> str:
        return (entry.user.get_full_name() or entry.user.get_username()) if entry.user else str(_("the machine"))

    @display(description=_("of what"))
    def about_shown(self, entry: DataExport) -> str:
        return entry.about or "—"

    @display(description=_("rows"))
    def rows_shown(self, entry: DataExport) -> str:
        return grouped(entry.rows)

    @display(description=_("hash of the file"))
    def digest_shown(self, entry: DataExport) -> str:
        return f"{entry.digest[:12]}…" if entry.digest else "—"
