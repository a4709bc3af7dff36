"""The public page of an invitation: GET shows, POST leaves a request. It works without scripts, and says the same to everybody:
whether a phone is in the base is nobody's business."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from limits import RateLimitItemPerDay, RateLimitItemPerHour

from campaigns.public_pages import public, wrong_token
from campaigns.referrals import asking
from campaigns.referrals.asking import Invitation
from campaigns.referrals.form import RequestForm
from channels import throttle

TEMPLATE = "campaigns/public/referral.html"
OF_ADDRESS = RateLimitItemPerHour(20, namespace="krug-friends-of-address")  # requests of one IP: an office, a stand
OF_LINK = RateLimitItemPerDay(100, namespace="krug-friends-of-link")
LOOK = RateLimitItemPerHour(1, namespace="krug-friends-look")  # one link and address are counted once


@public("GET", "HEAD", "POST")
def page(request: HttpRequest, token: str) -> HttpResponse:
    invitation = asking.find(token)
    if invitation is None:
        return wrong_token(request)
    if invitation.programme is None:
        return render(request, TEMPLATE, {"state": "over"})
    if request.method == "POST":
        return _ask(request, invitation, token)
    if (
        request.method == "GET"
        and _is_browser(request)
        and throttle.allowed(LOOK, token, throttle.address(request) or "")
    ):
        asking.followed(invitation.programme)
    return render(request, TEMPLATE, _shown(invitation, RequestForm(programme=invitation.programme), token))


@public("GET", "HEAD")
def done(request: HttpRequest, token: str) -> HttpResponse:
    invitation = asking.find(token)
    if invitation is None:
        return wrong_token(request)
    return render(request, TEMPLATE, {"state": "done", "programme": invitation.programme} | _sender(invitation))


def _ask(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    programme = invitation.programme
    assert programme is not None  # asked by the caller
    form = RequestForm(request.POST, programme=programme)
    if not form.is_valid():
        return render(request, TEMPLATE, _shown(invitation, form, token), status=400)
    if not form.is_of_machine:
        if not (throttle.allowed(OF_ADDRESS, throttle.address(request) or "") and throttle.allowed(OF_LINK, token)):
            shown = _shown(invitation, form, token) | {"is_too_often": True}
            response = render(request, TEMPLATE, shown, status=429)
            response.headers["Retry-After"] = "3600"
            return response
        asking.ask(invitation.referrer, programme, form.request)
    return redirect("campaigns:referral_done", token=token)


def _is_browser(request: HttpRequest) -> bool:
    """Not a preview of a messenger: where a browser says what it asks for, it is a page to be shown."""
    return (
        request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and "bot" not in request.headers.get("User-Agent", "").lower()
    )


def _shown(invitation: Invitation, form: RequestForm, token: str) -> dict[str, Any]:
    return {"state": "open", "programme": invitation.programme, "form": form, "token": token} | _sender(invitation)


def _sender(invitation: Invitation) -> dict[str, Any]:
    return {"sender": invitation.programme.sender} if invitation.programme else {}
