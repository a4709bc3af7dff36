"""The built-in inbox: what the default e-mail account sent, as it looks on a phone and on a desktop."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.admin import ModelAdmin

from channels.letters import Letter, masked, take_apart
from channels.models import InboxLetter

# The letter is a stranger's HTML: no scripts, no forms, nothing but pictures and styles.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src {images} data:; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"


def sees_addresses(request: HttpRequest) -> bool:
    return request.user.has_perm("channels.view_letter_addresses")


def letter_body(parts: Letter) -> HttpResponse:
    """A letter for a frame of its own, under a policy stricter than the admin's."""
    html = parts.html or f"<pre>{escape(parts.text)}</pre>"
    response = HttpResponse('<base target="_blank">' + html)
    response._csp_exempt = True
    response["Content-Security-Policy"] = LETTER_POLICY.format(images=settings.PUBLIC_URL)
    response["Referrer-Policy"] = "no-referrer"
    return response


@admin.register(InboxLetter)
class InboxLetterAdmin(ModelAdmin):
    list_display_links = ("subject_line",)
    search_fields = ("recipient__startswith",)
    search_help_text = _("The beginning of the address")
    show_full_result_count = False
    list_per_page = 50
    nothing_yet = _("Letters of the account “Built-in inbox” come here instead of going out.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxLetter]:
        return super().get_queryset(request).defer("raw")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("subject_line", "recipient" if sees_addresses(request) else "masked_recipient", "received_at")

    @admin.display(description=_("to"))
    def masked_recipient(self, letter: InboxLetter) -> str:
        return masked(letter.recipient)

    @admin.display(description=_("subject"))
    def subject_line(self, letter: InboxLetter) -> str:
        return letter.subject or "—"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: InboxLetter | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/body/", self.admin_site.admin_view(self.body_view), name="channels_inboxletter_body"),
            path("<int:pk>/source/", self.admin_site.admin_view(self.source_view), name="channels_inboxletter_source"),
        ]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        letter = self._letter(request, object_id)
        is_open = sees_addresses(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": letter.subject or "—",
            "letter": letter,
            "recipient": letter.recipient if is_open else masked(letter.recipient),
            "parts": take_apart(bytes(letter.raw)),
            "is_open": is_open,
        }
        return TemplateResponse(request, "channels/letter.html", context)

    def body_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return require_safe(self._body)(request, pk)

    def _body(self, request: HttpRequest, pk: int) -> HttpResponse:
        return letter_body(take_apart(bytes(self._letter(request, pk).raw)))

    def source_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not sees_addresses(request):  # the headers name the person's address
            raise PermissionDenied
        letter = self._letter(request, pk)
        response = HttpResponse(bytes(letter.raw), content_type="message/rfc822")
        response["Content-Disposition"] = f'attachment; filename="letter-{letter.pk}.eml"'
        return response

    def _letter(self, request: HttpRequest, pk: int | str) -> InboxLetter:
        if not self.has_view_permission(request):
            raise PermissionDenied
        letter = InboxLetter.objects.filter(pk=pk).first() if str(pk).isdecimal() else None
        if letter is None:
            raise Http404
        return letter
