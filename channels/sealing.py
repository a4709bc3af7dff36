"""Secrets of accounts at rest: Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from CHANNELS_KEY.

A dump of the database alone therefore shows no password. Without CHANNELS_KEY it is SECRET_KEY, which is tried
afterwards in any case: an installation that sets a key of its own goes on, and `rotate_channel_keys` seals all anew.
`segments.feeding.sealing` repeats this under a label of its own: neither app may know the other.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from channels.models import Account, ListAccount
from channels.providers.base import ProviderError

# Every model with a `secret` that is sealed here and a `name`; upper apps add theirs in `AppConfig.ready`.
SEALED: list[Any] = [Account, ListAccount]


def _fernet() -> MultiFernet:
    own = (settings.CHANNELS_KEY, *settings.CHANNELS_KEY_FALLBACKS)
    keys = [key for key in (*own, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS) if key]
    digests = (hashlib.sha256(b"krug.channels.sealing:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(secret: str) -> str:
    """Encrypt for storing; an empty secret stays empty."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret itself. Raises ProviderError when it was sealed under a key that is gone."""
    if not sealed:
        return ""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        sentence = _("The account's password cannot be read (the key it was sealed under is gone): enter it again.")
        raise ProviderError(sentence, permanent=True) from error


def unseal_named(sealed: str, *, first: str) -> dict[str, str]:
    """Several secrets by name, as the account's form stores them; {} for none. One that was stored alone, before there
    were several, is the `first`. Raises ProviderError."""
    secret = unseal(sealed)
    try:
        found = json.loads(secret or "{}")
    except json.JSONDecodeError:
        found = None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {first: secret}


def seal_named(secrets: Mapping[str, str]) -> str:
    """Encrypt several secrets for storing; names without a value are left out."""
    kept = {name: value for name, value in secrets.items() if value}
    return seal(json.dumps(kept, ensure_ascii=False)) if kept else ""


@transaction.atomic
def rotate() -> int:
    """Seal every account's secret anew under the present key, of whatever kind; returns how many there are.

    All or none: raises ProviderError, naming the account, when one cannot be read with any key that is known.
    """
    return sum(_rotate_all(model) for model in SEALED)


def _rotate_all(model: Any) -> int:
    accounts = list(model.objects.select_for_update().exclude(secret="").order_by("pk"))
    for account in accounts:
        try:
            account.secret = seal(unseal(account.secret))
        except ProviderError as error:
            raise ProviderError(f"{account.name}: {error}", permanent=True) from error
    model.objects.bulk_update(accounts, ["secret"])
    return len(accounts)
