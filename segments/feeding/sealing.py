"""Passwords and keys of feeds at rest: Fernet under a key of their own, derived from SECRET_KEY.

The label differs from that of `channels.sealing`, so that a feed's secret pasted into an account's row (or the other
way round) opens nothing; the code repeats it because neither app may know the other, and each refuses with an error of
its own. SECRET_KEY_FALLBACKS are tried too: the key can be rotated.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError

LABEL = b"krug.segments.feeding:"


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(LABEL + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(secret: str) -> str:
    """Encrypt for storing; an empty secret stays empty."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret itself. Raises FeedError when it was sealed under another SECRET_KEY."""
    if not sealed:
        return ""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise FeedError(_("The feed's password cannot be read (SECRET_KEY was changed): enter it again.")) from error
