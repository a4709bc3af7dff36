"""What an advertising platform is given in place of an address: each normalises and hashes in its own way.

Yandex took MD5 until January 2025 and takes SHA-256 since; VK names no algorithm in its documentation.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

ALGORITHMS = ("sha256", "md5")
NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Hashing:
    """Phones as digits alone with the country's code, e-mail trimmed and in lower case, then the hash in hexadecimal."""

    algorithm: str = "sha256"

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise ValueError(f"no hash of addresses is called {self.algorithm!r}")

    def of(self, kind: str, value: str) -> str:
        """Raises ValueError for what is no address of this kind: it must not leave as the hash of nothing."""
        return self._hash(NORMAL[kind](value))

    def decoy(self) -> str:
        """The hash of nobody: 256 random bits in the place of an address."""
        return self._hash(secrets.token_hex(32))

    def _hash(self, plain: str) -> str:
        return hashlib.new(self.algorithm, plain.encode(), usedforsecurity=False).hexdigest()


def _digits(phone: str) -> str:
    digits = NOT_DIGIT.sub("", phone)
    if not 7 <= len(digits) <= 15:  # E.164
        raise ValueError("not a phone number")
    return digits


def _lowered(email: str) -> str:
    address = email.strip().lower()
    if "@" not in address:
        raise ValueError("not an e-mail address")
    return address


NORMAL = {"phone": _digits, "email": _lowered}
