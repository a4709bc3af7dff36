"""Secrets of accounts at rest: Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from SECRET_KEY.

A dump of the database alone therefore shows no password. SECRET_KEY_FALLBACKS are tried too, so that the key
can be rotated. `segments.feeding.sealing` repeats this under a label of its own: neither app may know the other.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _

from channels.providers.base import ProviderError


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"krug.channels.sealing:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(secret: str) -> str:
    """Encrypt for storing; an empty secret stays empty."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret itself. Raises ProviderError when it was sealed under another SECRET_KEY."""
    if not sealed:
        return ""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        sentence = _("The account's password cannot be read (SECRET_KEY was changed): enter it again.")
        raise ProviderError(sentence, permanent=True) from error
