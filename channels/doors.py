"""Which account an address of a webhook belongs to.

A busy provider calls hundreds of times a second: an account that was found is remembered for a moment, so that a changed
address, secret or option acts after at most `SECONDS`. Addresses that are nobody's are never remembered.
"""

import time

from channels.models import Account

SECONDS = 2.0
_known: dict[str, tuple[float, Account]] = {}


def account_at(hook: str) -> Account | None:
    """The account of this address, None when there is none."""
    now = time.monotonic()
    found_at, account = _known.get(hook, (-SECONDS, None))
    if account is not None and now - found_at < SECONDS:
        return account
    account = Account.objects.filter(hook=hook).first()
    if account is None:
        _known.pop(hook, None)
    else:
        _known[hook] = (now, account)
    return account


def forget() -> None:
    """Ask the database again; in this process alone."""
    _known.clear()
