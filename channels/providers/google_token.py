"""Access tokens of Google for a service account (RFC 7523; https://developers.google.com/identity/protocols/oauth2/service-account).

A JWT signed with the account's own key is exchanged for a token that serves an hour.
"""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.providers.http_wire import Answer, Call

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 3600  # the longest that Google takes
RENEWED_BEFORE = 120  # seconds; longer than a call may take, so that no token ends on the way


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What the file of a service account says, as far as it is needed."""

    project: str
    email: str
    key_id: str
    key: rsa.RSAPrivateKey

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "ServiceAccount":
        """Raises ValueError when this is not the file of a service account."""
        missing = {"project_id", "client_email", "private_key"} - {name for name, value in fields.items() if value}
        if missing:
            raise ValueError(", ".join(sorted(missing)))
        try:
            key = load_pem_private_key(fields["private_key"].encode(), password=None)
        except (ValueError, TypeError) as error:  # TypeError: the key is itself encrypted
            raise ValueError("private_key") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("private_key")
        return cls(fields["project_id"], fields["client_email"], fields.get("private_key_id", ""), key)

    def assertion(self, audience: str, now: int) -> str:
        """The signed JWT; `now` is Unix time."""
        head = {"alg": "RS256", "typ": "JWT", "kid": self.key_id}
        claims = {"iss": self.email, "scope": SCOPE, "aud": audience, "iat": now, "exp": now + ASSERTION_SECONDS}
        signed = b".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
        signature = self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return (signed + b"." + _encoded(signature)).decode()

    def call(self, url: str) -> Call:
        """The request for a token, to the endpoint at `url`."""
        body = urlencode({"grant_type": GRANT, "assertion": self.assertion(url, int(time.time()))})
        return Call("POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, body.encode())


@dataclass(frozen=True, slots=True)
class Token:
    """`ends` on the monotonic clock."""

    value: str
    ends: float

    @classmethod
    def read(cls, answer: Answer) -> "Token":
        """Raises ValueError, LookupError or TypeError for an answer without a token."""
        told = answer.json()
        value, seconds = told["access_token"], float(told["expires_in"])
        if not isinstance(value, str) or not value:
            raise ValueError("no token")
        return cls(value, time.monotonic() + seconds)

    def is_fresh(self) -> bool:
        return time.monotonic() < self.ends - RENEWED_BEFORE


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
