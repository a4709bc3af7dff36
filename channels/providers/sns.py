"""Messages of Amazon SNS over HTTP (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).

Anybody may have a topic of his own, whose messages Amazon signs as well: the topic must be the account's. Certificates
and confirmations are fetched from hosts of SNS only, by the addresses that Amazon itself makes.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from channels.providers.base import BadSignature

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
HOST = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,80}\.pem")
# What is signed, in this order; a subject only where there is one.
SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
SIGNED_ALIKE = {"UnsubscribeConfirmation": CONFIRMATION}
HASHES: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}
MOST_KEYS = 32

_keys: dict[str, rsa.RSAPublicKey] = {}  # by the address of their certificate, which names it for ever


def read(body: bytes, topic: str, fetch: Callable[[str], bytes]) -> dict[str, Any]:
    """The message of this topic. Raises BadSignature and ValueError, and what `fetch` raises."""
    told = json.loads(body.decode())
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in ("Type", "Message")):
        raise ValueError("not a message of SNS")
    if not topic or told.get("TopicArn") != topic:
        raise BadSignature
    _verify(told, fetch)
    return told


def confirm(told: Mapping[str, Any], fetch: Callable[[str], bytes]) -> None:
    """Say that the topic may send us what it has. Raises BadSignature for an address that is not one of SNS."""
    url = str(told.get("SubscribeURL", ""))
    if not _is_of_sns(url) or parse_qs(urlsplit(url).query).get("Action") != ["ConfirmSubscription"]:
        raise BadSignature
    fetch(url)


def _verify(told: Mapping[str, Any], fetch: Callable[[str], bytes]) -> None:
    kind = SIGNED_ALIKE.get(told["Type"], told["Type"])
    algorithm = HASHES.get(str(told.get("SignatureVersion")))
    if kind not in SIGNED or algorithm is None:
        raise BadSignature
    signed = "".join(f"{name}\n{told[name]}\n" for name in SIGNED[kind] if name in told)
    key = _key(str(told.get("SigningCertURL", "")), fetch)
    try:
        signature = base64.b64decode(str(told.get("Signature", "")), validate=True)
        key.verify(signature, signed.encode(), padding.PKCS1v15(), algorithm())
    except (ValueError, InvalidSignature) as error:
        raise BadSignature from error


def _key(url: str, fetch: Callable[[str], bytes]) -> rsa.RSAPublicKey:
    if url in _keys:
        return _keys[url]
    if not _is_of_sns(url) or not CERTIFICATE.fullmatch(urlsplit(url).path):
        raise BadSignature
    key = load_pem_x509_certificate(fetch(url)).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadSignature
    if len(_keys) >= MOST_KEYS:
        _keys.clear()
    _keys[url] = key
    return key


def _is_of_sns(url: str) -> bool:
    split = urlsplit(url)
    return split.scheme == "https" and HOST.fullmatch(split.netloc) is not None
