"""Letting an account send for real, and back: each time a person's act, with a page that says what will happen."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels import doors, health, sandbox
from channels.admin import account_words
from channels.models import Account
from channels.providers import REGISTRY, provider_class
from channels.providers.base import ProviderError

PAGE = "admin:channels_account_change"


class AccountVerbs:
    """The buttons of an account's page; mixed into its admin."""

    admin_site: Any
    opts: Any
    has_change_permission: Callable[..., bool]

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
            self._log(request, account, _("The pause of the account is ended."))
            messages.success(request, _("The account sends again. If it fails anew, it is paused anew."))
        return redirect(PAGE, pk)

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new address of the webhook; the old one is nobody's from now on."""
        account = self._changeable(request, pk)
        doors.rotate(account)
        self._log(request, account, _("The address of the webhook is a new one."))
        messages.warning(request, _("The webhook has a new address: paste it at the provider, the old one is closed."))
        return redirect(PAGE, pk)

    def live_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will happen; and, when it is confirmed, that."""
        account = self._switchable(request, pk)
        if request.method == "POST":
            if sandbox.go_live(account):
                self._log(request, account, _("Sends for real from now on."))
                messages.warning(request, _("The account sends for real from now on."))
            return redirect(PAGE, pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Send for real: “%(name)s”") % {"name": account},
            "account": account,
            "provider": REGISTRY[account.provider][1],
            "recorded": sandbox.recorded_today(account),
            "health": account_words.health_of(account),
        }
        return TemplateResponse(request, "channels/account_live.html", context)

    def journal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self._switchable(request, pk)
        if sandbox.into_journal(account):
            self._log(request, account, _("Back in the journal: nothing leaves."))
            messages.success(request, _("The account keeps a journal again: nothing leaves."))
        return redirect(PAGE, pk)

    def _changeable(self, request: HttpRequest, pk: int) -> Account:
        account = get_object_or_404(Account, pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        return account

    def _switchable(self, request: HttpRequest, pk: int) -> Account:
        if not request.user.has_perm(sandbox.SWITCH_MODE):
            raise PermissionDenied
        account = get_object_or_404(Account.objects.select_related("health"), pk=pk)
        if account.provider not in REGISTRY or sandbox.is_local(account):
            raise Http404  # it never sends for real
        return account

    def _log(self, request: HttpRequest, account: Account, done: str) -> None:
        LogEntry.objects.log_actions(
            user_id=request.user.pk, queryset=[account], action_flag=CHANGE, change_message=done, single_object=True
        )
