"""Letting an account send for real, and back: each time a person's act, with a page that says what will happen."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from channels import sandbox


class ModePages:
    """Mixed into the admin of accounts of any kind. `live_words`: the title of the page, with its %(name)s, what goes into
    the account's history, and what is said when it is done."""

    admin_site: Any
    opts: Any
    model: Any
    log_change: Callable[..., Any]
    page: ClassVar[str]
    live_template: ClassVar[str]
    live_words: ClassVar[tuple[Promise, Promise, Promise]]

    def live_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will happen; and, when it is confirmed, that."""
        account = self.switchable(request, pk)
        title, done, said = self.live_words
        if request.method == "POST":
            if sandbox.go_live(account):
                self.log_change(request, account, str(done))
                messages.warning(request, said)
            return redirect(self.page, pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(title) % {"name": account},
            "account": account,
            "page": self.page,
            **self.live_context(account),
        }
        return TemplateResponse(request, self.live_template, context)

    def live_context(self, account: Any) -> dict[str, Any]:
        """What else the page says: the last check of the connection at least."""
        return {"health": account}

    def journal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self.switchable(request, pk)
        if sandbox.into_journal(account):
            self.log_change(request, account, _("Back in the journal: nothing leaves."))
            messages.success(request, _("The account keeps a journal again: nothing leaves."))
        return redirect(self.page, pk)

    def switchable(self, request: HttpRequest, pk: int) -> Any:
        """The account. Raises PermissionDenied, and Http404."""
        if not request.user.has_perm(sandbox.SWITCH_MODE):
            raise PermissionDenied
        return get_object_or_404(self.model, pk=pk)
