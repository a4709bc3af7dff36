"""The pages of what went wrong, in plain words and with a way back."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# status: (what happened, what to do)
WORDS = {
    400: (_("This request cannot be read"), _("Go back, reload the page and try once more.")),
    403: (
        _("This page is not for your role"),
        _("If your work needs it, ask an administrator to give you the role."),
    ),
    404: (_("There is no such page"), _("It was moved or deleted, or the address has a slip in it.")),
    429: (
        _("Too many wrong passwords"),
        _("Logging in is closed for 15 minutes. If you have forgotten the password, ask an administrator for a new one."),
    ),
    500: (
        _("Something broke on our side"),
        _("The fault is written to the log. Try again in a minute; if it happens again, tell an administrator."),
    ),
}  # fmt: skip
TOO_LONG = (_("The text is too long for a form"), _("Go back and send it as a file, or in several parts."))
FORM_EXPIRED = (_("The form has expired"), _("Go back, reload the page and send the form once more."))


def page(request: HttpRequest, status: int, words: tuple[Any, Any] | None = None) -> HttpResponse:
    """The error page; it asks nothing of the database, which may be what broke."""
    title, advice = words or WORDS[status]
    office = request.path.startswith(reverse("admin:index"))
    context = {"status": status, "title": title, "advice": advice, "home": reverse("admin:index") if office else ""}
    return render(request, "crmsite/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 400, TOO_LONG if isinstance(exception, RequestDataTooBig) else None)


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    return page(request, 500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, 403, FORM_EXPIRED)


def locked_out(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    return page(request, 429)
