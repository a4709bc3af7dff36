"""The journal: what accounts in journal mode would have sent, as the person would see it on a phone."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.admin import ModelAdmin

from channels.admin.inbox import letter_body, sees_addresses
from channels.letters import masked, readable_subject, take_apart
from channels.models import Channel, JournalEntry
from channels.showing import excerpt, show

BUBBLES = 20  # of one conversation, as many as a phone shows at once and a little more
DIGITS_SHOWN = 2


def masked_recipient(entry: JournalEntry) -> str:
    """An address by its first letter and host; a number or id by its last two digits."""
    if entry.channel == Channel.EMAIL:
        return masked(entry.recipient)
    return "•••" + entry.recipient[-DIGITS_SHOWN:] if len(entry.recipient) > 2 * DIGITS_SHOWN else "•••"


@admin.register(JournalEntry)
class JournalEntryAdmin(ModelAdmin):
    list_display_links = ("what",)
    list_filter = ("channel", "account")
    list_select_related = ("account",)
    search_fields = ("recipient__startswith",)
    search_help_text = _("The beginning of the address or number")
    show_full_result_count = False
    list_per_page = 50
    nothing_yet = _("What accounts in journal mode would have sent comes here, as the person would see it.")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("what", "recipient" if sees_addresses(request) else "to", "channel", "account", "when")

    @admin.display(description=_("message"))
    def what(self, entry: JournalEntry) -> str:
        line = readable_subject(bytes(entry.body)) if entry.channel == Channel.EMAIL else excerpt(entry)
        return line or "—"

    @admin.display(description=_("to"))
    def to(self, entry: JournalEntry) -> str:
        return masked_recipient(entry)

    @admin.display(description=_("recorded"), ordering="at")
    def when(self, entry: JournalEntry) -> str:
        return date_format(timezone.localtime(entry.at), "SHORT_DATETIME_FORMAT")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: JournalEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: JournalEntry | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        body = self.admin_site.admin_view(self.body_view)
        return [path("<int:pk>/body/", body, name="channels_journalentry_body"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        entry = self._entry(request, object_id)
        is_letter = entry.channel == Channel.EMAIL
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "entry": entry,
            "recipient": entry.recipient if sees_addresses(request) else masked_recipient(entry),
            "is_letter": is_letter,
            "title": (readable_subject(bytes(entry.body)) if is_letter else excerpt(entry)) or "—",
            "bubbles": [] if is_letter else [(one, show(one)) for one in conversation(entry)],
        }
        return TemplateResponse(request, "channels/journal_entry.html", context)

    def body_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return require_safe(self._body)(request, pk)

    def _body(self, request: HttpRequest, pk: int) -> HttpResponse:
        return letter_body(take_apart(bytes(self._entry(request, pk).body)))

    def _entry(self, request: HttpRequest, pk: int | str) -> JournalEntry:
        if not self.has_view_permission(request):
            raise PermissionDenied
        entry = JournalEntry.objects.select_related("account").filter(pk=pk).first() if str(pk).isdecimal() else None
        if entry is None:
            raise Http404
        return entry


def conversation(entry: JournalEntry) -> list[JournalEntry]:
    """What this person got over this channel up to the entry, the oldest first."""
    earlier: QuerySet[JournalEntry] = JournalEntry.objects.filter(
        recipient=entry.recipient, channel=entry.channel, pk__lte=entry.pk
    )
    return list(reversed(earlier.order_by("-pk")[:BUBBLES]))
