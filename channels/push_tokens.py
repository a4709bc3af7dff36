"""Two tokens of the push pages, each known by its first letter.

- *device* `d.<key>.<mac>`: we give it to a device that has subscribed; with it the device reads its notices and unsubscribes.
  128 bits of HMAC-SHA256 under a key derived from `SECRET_KEY`.
- *person* `p.<until>.<address>.<mac>`: the backend of a site signs it for whoever is logged in there, so that we know whose a
  device is. `until` is a Unix time, `address` the base64url of a phone in E.164 or an e-mail, `mac` the base64url of
  HMAC-SHA256 over all before the last dot, under the account's key (`person_key`), which never reaches a browser.

A link in a letter carries no such token: a letter is passed on, and the reader's device would be taken for the addressee's.
"""

import binascii
import hmac
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.conf import settings

from channels.models import Account

PERSON = re.compile(r"\+[1-9]\d{7,14}|[^@\s\x00-\x1f\x7f]{1,100}@[^@\s\x00-\x1f\x7f]{1,150}")
MAC_BYTES = 16
LONGEST_LIFE = 400 * 86400  # seconds: one that never ends was not meant


def device_token(key: str) -> str:
    said = f"d.{key}"
    mac = hmac.digest(_secret(), said.encode(), "sha256")[:MAC_BYTES]
    return f"{said}.{_encoded(mac)}"


def read_device(token: str) -> str | None:
    """The key of the device; None for what is not ours."""
    said, _dot, _mac = token.rpartition(".")
    key = said.removeprefix("d.")
    if not said.startswith("d.") or not key.isascii():
        return None
    return key if hmac.compare_digest(token.encode(), device_token(key).encode()) else None


def person_key(account: Account) -> str:
    """What the site's backend signs with, in 64 characters. It goes with the account's `hook`: a new one closes the old."""
    return hmac.digest(account.hook.encode(), b"krug.channels.persons.v1", "sha256").hex()


def person_token(account: Account, address: str, until: int) -> str:
    """As the site's backend makes it."""
    said = f"p.{until}.{_encoded(address.encode())}"
    return f"{said}.{_encoded(hmac.digest(person_key(account).encode(), said.encode(), 'sha256'))}"


def read_person(account: Account, token: str) -> str | None:
    """The phone or e-mail that was signed; None for a token that is not the site's, is over, or names neither."""
    said, _dot, mac = token.rpartition(".")
    expected = _encoded(hmac.digest(person_key(account).encode(), said.encode(), "sha256"))
    if not hmac.compare_digest(mac.rstrip("=").encode(), expected.encode()):
        return None
    _letter, until, address = [*said.split("."), "", "", ""][:3]
    now = time.time()
    if not (until.isascii() and until.isdecimal() and now < int(until[:12]) < now + LONGEST_LIFE):
        return None
    return _address(address)


def _address(encoded: str) -> str | None:
    try:
        told = urlsafe_b64decode(encoded.encode("ascii") + b"=" * (-len(encoded) % 4)).decode().strip().lower()
    except (binascii.Error, UnicodeError):
        return None
    return told if PERSON.fullmatch(told) else None


def _secret() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"krug.channels.devices.v1", "sha256")


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
