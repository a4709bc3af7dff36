"""The scripts that a site takes from us: subscribing (`krug.js`), the service worker (`worker.js`) and the notification
centre (`centre.js`). Each is one of our files, called with what it must know of the account: `krug`.

A service worker must come from the site's own address, so that the site keeps a file of one line there, which imports ours.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from channels.models import Account
from channels.providers import provider_class, takes_browsers, takes_devices
from channels.providers.base import ProviderError
from channels.push_pages import push_account

FOLDER = Path(__file__).parent / "static" / "channels" / "push"
SECONDS = 600  # that a browser may keep a script: an account's new key acts after at most so long
NAMES = ("krug", "worker", "centre")


@require_safe
def script(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    if name not in NAMES:
        raise Http404
    account = push_account(pk)
    told = json.dumps(facts(account), ensure_ascii=False)
    response = HttpResponse(f"(function (krug) {{\n{_text(name)}\n}})({told});\n", content_type="text/javascript")
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    response["Access-Control-Allow-Origin"] = "*"  # so that a site may pin it or read its errors
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def facts(account: Account) -> dict[str, Any]:
    """What the scripts know; all of it is public. `key` is empty while the account has none, or is no browser's."""
    provider = provider_class(account.provider)(account)
    with translation.override(settings.LANGUAGE_CODE):
        return {
            "account": account.pk,
            "base": settings.PUBLIC_URL + base_of(account),
            "key": _public_key(account),
            "worker": str(provider.option("worker")) if takes_browsers(account) else "",
            "consent": str(provider.option("consent")) if takes_devices(account) else "",
            "words": words(),
        }


def words() -> dict[str, str]:
    """What the scripts say by themselves."""
    return {
        "subscribe": _("Get notifications"),
        "unsubscribe": _("Turn notifications off"),
        "denied": _("The browser blocks notifications of this site: allow them in its settings."),
        "failed": _("It did not work. Try again later."),
        "centre": _("Notifications"),
        "unread": _("unread: "),
        "empty": _("Nothing here yet."),
        "close": _("Close"),
        "new": pgettext("notification", "new"),
    }


def base_of(account: Account) -> str:
    """The path before "krug.js", "devices" and the others, without its slash."""
    return reverse("channels:push_devices", args=[account.pk]).removesuffix("/devices")


def _public_key(account: Account) -> str:
    if not takes_browsers(account):
        return ""
    try:
        return provider_class(account.provider)(account).public_key()
    except ProviderError:
        return ""


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.js").read_text(encoding="utf-8")
