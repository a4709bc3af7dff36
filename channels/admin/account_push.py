"""What the page of a push account says: how a site or an application subscribes devices to it, and with which keys."""

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from channels import doors, health
from channels.admin.account_mode import PAGE, AccountVerbs
from channels.models import Account, Device
from channels.providers import takes_browsers, takes_devices
from channels.push_scripts import facts
from channels.push_tokens import person_key
from channels.sealing import seal

LATEST = 3  # devices shown, for whoever wants to send a test to her own


def setup_of(account: Account | None, *, may_change: bool) -> dict[str, Any]:
    """For the template `channels/account_push.html`; {} for an account that is no push account. Keys only for whoever may
    change it."""
    if account is None or not takes_devices(account):
        return {}
    devices = Device.objects.filter(account=account, gone_at=None)
    return {
        **facts(account),
        "is_browser": takes_browsers(account),
        "is_secure": settings.HTTPS,
        "devices": devices.count(),
        "tied": devices.filter(is_tied=True).count(),
        "latest": devices.order_by("-seen_at")[:LATEST] if may_change else (),
        "person_key": person_key(account) if may_change else "",
    }


class PushVerbs(AccountVerbs):
    """New keys of a push account: each closes what was made with the old one, and is logged."""

    def verb_urls(self) -> list[URLPattern]:
        vapid = self.admin_site.admin_view(require_POST(self.vapid_view))
        sign = self.admin_site.admin_view(require_POST(self.sign_view))
        return [
            *super().verb_urls(),
            path("<int:pk>/vapid/", vapid, name="channels_account_vapid"),
            path("<int:pk>/sign/", sign, name="channels_account_sign"),
        ]

    def vapid_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new VAPID pair: browsers subscribe anew with it, by themselves, when they come to the site again."""
        account = self._changeable(request, pk)
        if not takes_browsers(account):
            return self._no_push(request, account)
        account.secret = seal(new_private_key())
        account.save(update_fields=["secret"])
        health.resume(account)
        self.log_change(request, account, _("The VAPID keys are new ones."))
        waiting = Device.objects.filter(account=account, gone_at=None).count()
        if waiting:
            sentence = ngettext(
                "The keys are new. %(count)d device takes nothing until its browser has visited the site again.",
                "The keys are new. %(count)d devices take nothing until their browsers have visited the site again.",
                waiting,
            )
            messages.warning(request, sentence % {"count": waiting})
        else:
            messages.success(request, _("The keys are made: the site may subscribe browsers now."))
        return redirect(PAGE, pk)

    def sign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new key for the site's backend, which says who is logged in."""
        account = self._changeable(request, pk)
        if not takes_devices(account):
            return self._no_push(request, account)
        doors.rotate(account)
        self.log_change(request, account, _("The key that the site signs people with is a new one."))
        messages.warning(request, _("The site signs with the old key: give its backend the new one."))
        return redirect(PAGE, pk)

    def _no_push(self, request: HttpRequest, account: Account) -> HttpResponse:
        messages.error(request, _("This account has no such key."))
        return redirect(PAGE, account.pk)


def new_private_key() -> str:
    """A key on P-256, as `web_push` reads it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
