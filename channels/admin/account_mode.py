"""The buttons of an account's page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from channels import doors, health, sandbox
from channels.admin import account_words
from channels.admin.mode import ModePages
from channels.models import Account
from channels.providers import REGISTRY, provider_class
from channels.providers.base import ProviderError

PAGE = "admin:channels_account_change"


class AccountVerbs(ModePages):
    """Mixed into the admin of accounts."""

    has_change_permission: Callable[..., bool]
    page = PAGE
    live_template = "channels/account_live.html"
    live_words = (
        _lazy("Send for real: “%(name)s”"),
        _lazy("Sends for real from now on."),
        _lazy("The account sends for real from now on."),
    )

    def verb_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"channels_account_{name}")

        return [
            own("check", require_POST(self.check_view)),
            own("resume", require_POST(self.resume_view)),
            own("rotate", require_POST(self.rotate_view)),
            own("live", require_http_methods(["GET", "HEAD", "POST"])(self.live_view)),
            own("journal", require_POST(self.journal_view)),
        ]

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try the account without sending anything; the answer comes as a message, and stays."""
        account = self._changeable(request, pk)
        try:
            answer = provider_class(account.provider)(account).check()
            messages.success(request, answer)
        except ProviderError as error:
            answer = str(error)
            messages.error(request, answer)
        health.checked(account, answer)
        return redirect(PAGE, pk)

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self._changeable(request, pk)
        if health.resume(account):
            self.log_change(request, account, _("The pause of the account is ended."))
            messages.success(request, _("The account sends again. If it fails anew, it is paused anew."))
        return redirect(PAGE, pk)

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new address of the webhook; the old one is nobody's from now on."""
        account = self._changeable(request, pk)
        doors.rotate(account)
        self.log_change(request, account, _("The address of the webhook is a new one."))
        messages.warning(request, _("The webhook has a new address: paste it at the provider, the old one is closed."))
        return redirect(PAGE, pk)

    def live_context(self, account: Account) -> dict[str, Any]:
        return {
            "provider": REGISTRY[account.provider][1],
            "recorded": sandbox.recorded_today(account),
            "health": account_words.health_of(account),
        }

    def _changeable(self, request: HttpRequest, pk: int) -> Account:
        account = get_object_or_404(Account, pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        return account

    def switchable(self, request: HttpRequest, pk: int) -> Account:
        account: Account = super().switchable(request, pk)
        if account.provider not in REGISTRY or sandbox.is_local(account):
            raise Http404  # it never sends for real
        return account
