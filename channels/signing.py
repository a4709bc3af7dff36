"""DKIM (RFC 6376): a signature of the account's own domain over a letter.

rsa-sha256 with relaxed headers and body, so that a server on the way that folds lines anew spoils nothing. It costs
some milliseconds a letter: where the mail server can sign, leave it to the mail server.
"""

import base64
import binascii
import re

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

# RFC 8058 asks that both List-Unsubscribe headers are signed. Those that a letter lacks are left out.
HEADERS = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"feedback-id",
    b"list-unsubscribe", b"list-unsubscribe-post", b"reply-to",
)  # fmt: skip


class Signer:
    """Signs for `selector._domainkey.domain`; `key` is an RSA private key in PEM. Raises ValueError for another."""

    def __init__(self, *, selector: str, domain: str, key: str) -> None:
        try:
            private = load_der_private_key(_der(key), password=None)
            self._domain, self._selector = domain.encode("idna"), selector.encode("ascii")
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("no private key in PEM") from error
        if not isinstance(private, RSAPrivateKey) or not domain or not selector:
            raise ValueError("an RSA key, a selector and a domain are needed")
        # PKCS#1: the only form that dkimpy reads in all its versions.
        self._key = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    def signed(self, letter: bytes) -> bytes:
        """The letter (CRLF line ends) with its signature on top; as it is when it has no From, or headers that cannot
        be read: nobody could verify that."""
        policy = (b"relaxed", b"relaxed")
        try:
            signing = dkim.DKIM(letter)
            present = {name.lower() for name, _value in signing.headers}
            headers = [name for name in HEADERS if name in present]
            top = signing.sign(self._selector, self._domain, self._key, canonicalize=policy, include_headers=headers)
        except dkim.DKIMException:
            return letter
        return top + letter


def _der(key: str) -> bytes:
    """A key in PEM; one that lost its line breaks in a form is read too. Raises ValueError."""
    found = re.search(r"-----BEGIN [A-Z ]+-----(.+?)-----END", key, re.S)
    try:
        return base64.b64decode("".join((found[1] if found else "").split()), validate=True)
    except binascii.Error as error:
        raise ValueError("not in base64") from error
