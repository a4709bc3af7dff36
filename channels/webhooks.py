"""Calls of providers to us: found by the account's address, read and verified by its provider, stored before we answer.

What a provider reads from our answer: 200 that it is kept, 4xx that telling it again is of no use, 500 that it should.
A log says which account it was about, and nothing of what was in the call.
"""

import logging

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channels import gathering
from channels.complaints import Complaints
from channels.doors import account_at
from channels.models import Account
from channels.providers import provider_for
from channels.providers.base import BadSignature, Request, Told
from channels.reporting import Call

complaints = Complaints(logging.getLogger(__name__))


class TooLarge(Exception):
    """The body is over settings.WEBHOOK_BODY_LIMIT."""


# What is wrong with a call: how it is answered, and what the log says.
REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (TooLarge, 413, "a body over the limit"),
    (BadSignature, 400, "a bad signature"),
    (UnreadablePostError, 400, "a body that broke off"),
    (SuspiciousOperation, 400, "a query that cannot be read"),
    (ValueError, 400, "a body that cannot be read"),
    (RecursionError, 400, "a body that is nested too deep"),
)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def hook(request: HttpRequest, path: str) -> HttpResponse:
    """The one door: no session, no login; the address is the right to knock, the signature the right to be heard."""
    account = account_at(path)
    if account is None:
        return answered(404)
    try:
        call = request_of(request)
        told = provider_for(account).reports(call)
    except Exception as error:
        if refusal := refusal_of(error):
            complaints.warning(account.pk, refusal[1])
            return answered(refusal[0])
        complaints.error(account.pk, error)  # the boundary: the provider is to try again
        return answered(500)
    return _kept(account, call, told, query=request.META.get("QUERY_STRING", ""))


def refusal_of(error: Exception) -> tuple[int, str] | None:
    """How a call is answered that fails so, and what the log says; None: the fault is ours."""
    return next(((status, words) for kind, status, words in REFUSALS if isinstance(error, kind)), None)


def _kept(account: Account, call: Request, told: Told, *, query: str) -> HttpResponse:
    """Answered after the commit. A call that only asks whether we are there leaves nothing."""
    if not (call.body or told.reports or told.incoming):
        return answered(200, told)
    try:
        gathering.calls.keep(Call(account, told, call.received_at, query, call.body))
    except Exception as error:
        complaints.error(account.pk, error)
        return answered(500)
    return answered(200, told)


def request_of(request: HttpRequest) -> Request:
    """A call as it came. Raises TooLarge, and what reading a body may raise."""
    return Request(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.GET.dict(),
        body=_body(request),
        received_at=timezone.now(),
    )


def _body(request: HttpRequest) -> bytes:
    """The raw body, of which no more than the limit is ever read. Raises TooLarge."""
    limit = settings.WEBHOOK_BODY_LIMIT
    if request.META.get("CONTENT_LENGTH"):
        if int(request.META["CONTENT_LENGTH"]) > limit:
            raise TooLarge
        return request.body
    if "HTTP_TRANSFER_ENCODING" not in request.META or not request.META.get("wsgi.input_terminated"):
        return b""
    body = request.META["wsgi.input"].read(limit + 1)  # in chunks: nobody knows its length, Django takes it for none
    if len(body) > limit:
        raise TooLarge
    return body


def answered(status: int, told: Told | None = None) -> HttpResponse:
    """What the provider is answered; nobody keeps it, and no log repeats it."""
    response = HttpResponse(status=status, content_type="text/plain; charset=utf-8")
    if told is not None:
        response = HttpResponse(told.answer, content_type=told.content_type)
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # else Django logs every refusal anew
    return response
