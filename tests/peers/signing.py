"""How the provider of `tests.peers.signed` signs, for clients without Django."""

import hashlib
import hmac
import time

KEY = "a-secret-that-must-not-be-logged"


def signature(key: str, moment: str, body: bytes) -> str:
    return hmac.new(key.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed(body: bytes, moment: int | None = None, key: str = KEY) -> dict[str, str]:
    """The headers of a call, as Django's test client takes them."""
    stamp = str(int(time.time()) if moment is None else moment)
    return {"X-Time": stamp, "X-Signature": signature(key, stamp, body)}
