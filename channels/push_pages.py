"""What the scripts on a site, and applications, ask about devices. No login and no cookies: there is no session to abuse.

Addresses carry the id of an account, which is no secret. Scripts of other sites than the account names are refused; what is
read or changed of a device needs its token, or one that the site has signed for the person (`channels.push_tokens`).
Refusals are JSON: {"error": "a sentence"}.
"""

import json
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from limits import RateLimitItem, RateLimitItemPerMinute

from channels import devices, notices, throttle
from channels.devices import Saying
from channels.models import Account, Channel, Notice
from channels.providers import provider_class, takes_devices
from channels.push_tokens import device_token, read_device, read_person

LARGEST = 8192  # bytes of a body: a subscription has some 500
MOST_IDS = 200


class Refused(Exception):
    """What is wrong with a request, for the developer of the site."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


def push_account(pk: int) -> Account:
    """Raises Http404 for what is no push account in use."""
    return get_object_or_404(Account, pk=pk, channel=Channel.PUSH, is_active=True)


@method_decorator(csrf_exempt, name="dispatch")
class SitePage(View):
    """One that scripts of the account's sites may call (CORS), so often from one address of a visitor."""

    limit: ClassVar[RateLimitItem]
    account: Account
    provider: Any  # a PushProvider

    def dispatch(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        self.account, origin = push_account(pk), request.headers.get("Origin", "")
        provider: Any = provider_class(self.account.provider)(self.account) if takes_devices(self.account) else None
        if provider is None or not provider.allows(origin):
            return _refusal(Refused(_("The account does not name this site."), 403))
        self.provider = provider
        try:
            if not throttle.allowed(self.limit, str(pk), throttle.address(request) or ""):
                raise Refused(_("Too many requests: try again in a minute."), 429)
            response = super().dispatch(request)
        except Refused as refused:
            response = _refusal(refused)
        if origin:
            response["Access-Control-Allow-Origin"] = origin
        response["Vary"], response["Cache-Control"] = "Origin", "no-store"
        return response

    def options(self, request: HttpRequest) -> HttpResponse:
        """What a browser asks before it lets a script of another site call."""
        response = HttpResponse(status=204)
        response["Access-Control-Allow-Methods"] = ", ".join(self._allowed_methods())
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response["Access-Control-Max-Age"] = "7200"
        return response

    def _device(self) -> str:
        """The key of the device that asks. Raises Refused."""
        key = read_device(_token(self.request))
        if key is None:
            raise Refused(_("The token is not valid."), 401)
        return key


class Devices(SitePage):
    """A device subscribes, or says that it is still there (POST), or wants no more (DELETE, with its token)."""

    limit = RateLimitItemPerMinute(240, namespace="krug-devices")  # mobile operators put many behind one

    def post(self, request: HttpRequest) -> HttpResponse:
        """{"subscription": …} of a browser, or {"token": "…"} of an application; with "person", the token of the site's
        backend, "replaces", the device's own token, where there are such, and "agreed": true when the person has just asked
        for it. Answers {"device": its token}."""
        told = _body(request)
        try:
            introduced = self.provider.read_device(told)
        except ValueError as error:
            raise Refused(str(error)) from error
        saying = Saying(
            person=self._person(told.get("person")),
            origin=request.headers.get("Origin", ""),
            replaces=read_device(str(told.get("replaces") or "")) or "",
            agreed=told.get("agreed") is True,
        )
        device = devices.register(self.account, introduced, saying, text=str(self.provider.option("consent")))
        return JsonResponse({"device": device_token(device.key)})

    def delete(self, request: HttpRequest) -> HttpResponse:
        devices.unsubscribe(self.account, self._device())
        return HttpResponse(status=204)

    def _person(self, signed: object) -> str:
        """Raises Refused: a site that signs wrongly should learn it."""
        if not signed:
            return ""
        person = read_person(self.account, str(signed))
        if person is None:
            raise Refused(_("The token of the person is not valid, or is over."), 401)
        return person


class Notices(SitePage):
    """The notification centre: what was sent last (GET), and what has been read (POST)."""

    limit = RateLimitItemPerMinute(1200, namespace="krug-notices")

    def get(self, request: HttpRequest) -> HttpResponse:
        """{"unread": 2, "notices": [{"id", "title", "body", "link", "sent_at", "read"}]}, the newest first."""
        found = self._notices()
        shown = [
            {
                "id": notice.pk,
                "title": notice.title,
                "body": notice.body,
                "link": notice.link,
                "sent_at": notice.sent_at.isoformat(),
                "read": notice.read_at is not None,
            }
            for notice in found[: notices.SHOWN]
        ]
        return JsonResponse({"unread": _unread(found), "notices": shown}, json_dumps_params={"ensure_ascii": False})

    def post(self, request: HttpRequest) -> HttpResponse:
        """{"read": [ids]}, or {"read": "all"}. Answers {"unread": how many are left}."""
        found, read = self._notices(), _body(request).get("read")
        is_ids = isinstance(read, list) and all(isinstance(pk, int) and 0 < pk < 2**63 for pk in read[:MOST_IDS])
        if not (read == "all" or is_ids):
            raise Refused(_("“read” is a list of ids, or “all”."))
        notices.mark_read(found, None if read == "all" else read[:MOST_IDS])
        return JsonResponse({"unread": _unread(found)})

    def _notices(self) -> QuerySet[Notice]:
        """Of whoever's token came. Raises Refused."""
        token = _token(self.request)
        if token.startswith("p."):
            person = read_person(self.account, token)
            if person is None:
                raise Refused(_("The token of the person is not valid, or is over."), 401)
            return notices.of_person(self.account, person)
        return notices.of_device(self.account, self._device())


def _unread(found: QuerySet[Notice]) -> int:
    return found.filter(read_at=None).count()


def _token(request: HttpRequest) -> str:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent. Raises Refused."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise Refused(_("The request is too large."), 413)
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError, UnreadablePostError, RequestDataTooBig):
        told = None
    if not isinstance(told, dict):
        raise Refused(_("A JSON object is needed."))
    return told


def _refusal(refused: Refused) -> JsonResponse:
    return JsonResponse({"error": str(refused)}, status=refused.status, json_dumps_params={"ensure_ascii": False})
