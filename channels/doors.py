"""Which account an address of a webhook belongs to.

A busy provider calls hundreds of times a second: an account that was found is remembered for a moment, so that a changed
address, secret or option acts after at most `SECONDS`. Addresses that are nobody's are never remembered.
"""

import re
import time

from django.conf import settings
from django.urls import reverse

from channels.models import Account, new_hook
from channels.providers import REGISTRY, provider_class
from channels.providers.base import Provider

SECONDS = 2.0
POSSIBLE = re.compile(r"[\w-]{1,32}", re.ASCII)
_known: dict[str, tuple[float, Account]] = {}


def account_at(hook: str) -> Account | None:
    """The account of this address, None when there is none."""
    now = time.monotonic()
    found_at, account = _known.get(hook, (-SECONDS, None))
    if account is not None and now - found_at < SECONDS:
        return account
    account = Account.objects.filter(hook=hook).first() if POSSIBLE.fullmatch(hook) else None
    if account is None:
        _known.pop(hook, None)
    else:
        _known[hook] = (now, account)
    return account


def rotate(account: Account) -> None:
    """Give the account a new address; the old one closes here at once, in other processes within `SECONDS`."""
    account.hook = new_hook()
    account.save(update_fields=["hook"])
    forget()


def address_of(account: Account) -> str:
    """The whole address to paste at the provider; empty where its provider tells nothing by a webhook."""
    if account.provider not in REGISTRY or provider_class(account.provider).reports is Provider.reports:
        return ""
    return settings.PUBLIC_URL + reverse("channels:hook", args=[account.hook])


def forget() -> None:
    """Ask the database again; in this process alone."""
    _known.clear()
