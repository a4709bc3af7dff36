"""Pages that links of our messages lead to: for anybody, without login, cookies and scripts.

A wrong token gets one and the same page whatever is wrong with it. No CSRF token: there is no session to abuse, the token in
the address is the right to answer.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from limits import RateLimitItemPerMinute

from channels import throttle

GUESSES = RateLimitItemPerMinute(60, namespace="krug-guesses")  # wrong tokens of one address
CHOICES = RateLimitItemPerMinute(60, namespace="krug-choices")  # uses of one right token that changes something
POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}

View = Callable[..., HttpResponse]
Policy = dict[str, list[str]]


def public(*methods: str, policy: Callable[[], Policy] | None = None) -> Callable[[View], View]:
    """A page for anybody: these methods, a strict policy, nothing kept by the browser or indexed. `policy`: what is not as
    strict of this page, asked with every answer; where it names who may frame the page, old browsers are not told DENY."""

    def decorate(view: View) -> View:
        guarded = require_http_methods(methods)(view)

        @wraps(view)
        def wrapped(request: HttpRequest, **of_address: Any) -> HttpResponse:
            own = policy() if policy else {}
            response = csp_replace(POLICY | own)(guarded)(request, **of_address)
            for name, value in HEADERS.items():
                response.headers[name] = value
            if own.get("frame-ancestors", [NONE]) != [NONE]:
                del response.headers["X-Frame-Options"]
                response.xframe_options_exempt = True  # type: ignore[attr-defined]
            return response

        return csrf_exempt(wrapped)

    return decorate


def wrong_token(request: HttpRequest) -> HttpResponse:
    """The one answer to whatever is no token of ours; past the limit of guesses the same page as 429."""
    is_first = throttle.allowed(GUESSES, throttle.address(request) or "")
    response = render(request, "campaigns/public/not_found.html", status=404 if is_first else 429)
    if not is_first:
        response.headers["Retry-After"] = "60"
    return response
