"""Webhooks of e-mail services: django-anymail's own views check them and read them, outside of any URL of theirs.

An account without a key of webhooks believes none.
"""

import base64
import hashlib
import hmac
import io
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.core.handlers.wsgi import WSGIRequest
from django.utils.module_loading import import_string

from channels.freshness import require_fresh
from channels.providers.anymail_services import Service
from channels.providers.base import BadSignature, Report, Request
from channels.providers.esp_letter import METADATA

SVIX = "svix"  # Resend's way of signing (https://docs.svix.com/receiving/verifying-payloads/how-manual)

STATUSES: Mapping[str, str] = {
    EventType.QUEUED: "queued",
    EventType.SENT: "sent",
    EventType.DEFERRED: "deferred",
    EventType.DELIVERED: "delivered",
    EventType.OPENED: "opened",
    EventType.CLICKED: "clicked",
    EventType.REJECTED: "failed",
    EventType.FAILED: "failed",
    EventType.BOUNCED: "failed",
    EventType.COMPLAINED: "complained",
    EventType.UNSUBSCRIBED: "unsubscribed",
}
# The service did not even try, because of what it knows of the address.
KNOWN: Mapping[str | None, str] = {
    RejectReason.INVALID: "bounced",
    RejectReason.BOUNCED: "bounced",
    RejectReason.UNSUBSCRIBED: "unsubscribed",
}


def reports_of(service: Service, settings: Mapping[str, str], request: Request) -> Sequence[Report]:
    """`settings` are those of anymail's view, the key by `service.hook` among them. Raises BadSignature and ValueError."""
    if request.method not in ("POST", "PUT"):
        return []
    if not settings.get(service.hook):
        raise BadSignature
    try:
        return [report for event in _events(service, settings, request) if (report := _report(service, event, request))]
    except AnymailWebhookValidationFailure as error:
        raise BadSignature from error
    except (AnymailError, AnymailConfigurationError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise ValueError(f"not an event of {service.title}") from error


def _events(service: Service, settings: Mapping[str, str], request: Request) -> Sequence[AnymailTrackingEvent]:
    if service.hook == SVIX:
        verify_svix(request, settings[SVIX])
        settings = {}
    with warnings.catch_warnings():  # that there is no basic auth besides the signature
        warnings.simplefilter("ignore")
        view = import_string(f"anymail.webhooks.{service.view}")(**settings)
    call = django_request(request)
    view.run_validators(call)
    if service.stamp:
        require_fresh(_second(request.headers.get(service.stamp, "")), request.received_at)
    return view.parse_events(call)


def _second(told: str) -> datetime:
    """Unix time. Raises BadSignature."""
    try:
        return datetime.fromtimestamp(int(told), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignature from error


def django_request(request: Request) -> WSGIRequest:
    """The call as Django would have had it from the server."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(request.body),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
    }
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    return WSGIRequest({name: value for name, value in named.items() if name != "HTTP_HOST"} | environ)


def verify_svix(request: Request, key: str) -> None:
    """Raises BadSignature. The header holds one signature or several ("v1,… v1,…"), while keys are being changed."""
    try:
        secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
        number, at, told = (request.headers[f"svix-{name}"] for name in ("id", "timestamp", "signature"))
    except (KeyError, ValueError) as error:
        raise BadSignature from error
    signed = f"{number}.{at}.".encode() + request.body
    expected = b"v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256))
    if not any(hmac.compare_digest(expected, one.encode()) for one in told.split()):
        raise BadSignature


def _report(service: Service, event: AnymailTrackingEvent, request: Request) -> Report | None:
    """None for news that we have no word for."""
    status = STATUSES.get(event.event_type)
    if status is None:
        return None
    if event.event_type == EventType.REJECTED:
        status = KNOWN.get(event.reject_reason, status)
    if event.event_type == EventType.BOUNCED and _is_hard(service, event.esp_event):
        status = "bounced"
    return Report(
        str((event.metadata or {}).get(METADATA) or event.message_id or ""),
        status,
        event.timestamp or request.received_at,
        reason=str(event.reject_reason or event.description or ""),
        raw={"event": event.event_type, "id": event.message_id, "reason": event.reject_reason},
    )


def _is_hard(service: Service, esp_event: object) -> bool:
    path, words = service.hard
    told = esp_event
    for name in path.split("."):
        told = told.get(name) if isinstance(told, dict) else None
    return str(told) in words
