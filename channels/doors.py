"""Which account an address of a webhook belongs to.

An account that was found is remembered, so that a changed address, secret or option acts after at most
`remembering.SECONDS`.
"""

import re

from django.conf import settings
from django.urls import reverse

from channels.models import Account, new_hook
from channels.providers import REGISTRY, provider_class
from channels.providers.base import Provider
from channels.remembering import Remembered

POSSIBLE = re.compile(r"[\w-]{1,32}", re.ASCII)
_known: Remembered[Account] = Remembered()
forget = _known.forget


def account_at(hook: str) -> Account | None:
    """The account of this address, None when there is none."""
    if not POSSIBLE.fullmatch(hook):
        return None
    return _known.found(hook, lambda: Account.objects.filter(hook=hook).first())


def rotate(account: Account) -> None:
    """Give the account a new address; the old one closes here at once, in other processes within `remembering.SECONDS`."""
    account.hook = new_hook()
    account.save(update_fields=["hook"])
    forget()


def address_of(account: Account) -> str:
    """The whole address to paste at the provider; empty where its provider tells nothing by a webhook."""
    if account.provider not in REGISTRY or provider_class(account.provider).reports is Provider.reports:
        return ""
    return settings.PUBLIC_URL + reverse("channels:hook", args=[account.hook])
