"""Notifications of call-tracking providers: found by the account's address, verified by its provider, kept before we answer.

A provider reads from our answer what it reads from that of `channels.webhooks`.
"""

import logging
import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channels import webhooks
from channels.complaints import Complaints
from channels.models import new_hook
from channels.remembering import Remembered
from channels.throttle import address
from tracking.telephony import REGISTRY, notices, provider_class, provider_for
from tracking.telephony.base import CallTracking
from tracking.telephony_models import CallTrackingAccount

complaints = Complaints(logging.getLogger(__name__))
POSSIBLE = re.compile(r"[\w-]{1,32}", re.ASCII)
_known: Remembered[CallTracking] = Remembered()
forget = _known.forget


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def hook(request: HttpRequest, path: str, event: str = "") -> HttpResponse:
    """No session, no login; the address is the right to knock. `event`: what some providers add to the address."""
    provider = _provider_at(path)
    if provider is None:
        return webhooks.answered(404)
    account_id = provider.account.pk
    try:
        call = webhooks.request_of(request)
        call_key = provider.hear(call, event=event.strip("/"), address=address(request))
    except Exception as error:
        if refusal := webhooks.refusal_of(error):
            complaints.warning(account_id, refusal[1])
            return webhooks.answered(refusal[0])
        complaints.error(account_id, error)  # the boundary: the provider is to try again
        return webhooks.answered(500)
    if not call_key:
        return webhooks.answered(200)
    try:
        notices.gathering.keep(notices.Knock(account_id, call_key, provider.kept(call), call.received_at))
    except Exception as error:
        complaints.error(account_id, error)
        return webhooks.answered(500)
    return webhooks.answered(200)


def _provider_at(path: str) -> CallTracking | None:
    if not POSSIBLE.fullmatch(path):
        return None
    return _known.found(path, lambda: _found(path))


def _found(path: str) -> CallTracking | None:
    account = CallTrackingAccount.objects.filter(hook=path, is_active=True, provider__in=REGISTRY).first()
    return provider_for(account) if account and provider_class(account.provider).hears else None


def rotate(account: CallTrackingAccount) -> None:
    """Give the account a new address; the old one closes here at once, elsewhere within `remembering.SECONDS`."""
    account.hook = new_hook()
    account.save(update_fields=["hook"])
    forget()


def address_of(account: CallTrackingAccount) -> str:
    """The address to paste at the provider; empty where it tells nothing so."""
    if account.provider not in REGISTRY or not provider_class(account.provider).hears:
        return ""
    return settings.PUBLIC_URL + reverse("tracking:call_hook", args=[account.hook])
