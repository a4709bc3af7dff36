"""A push account, and the browsers of a site that subscribe to it."""

import base64
import json
import os
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import Client

from channels.models import Account
from channels.sealing import seal

SITE = "https://www.example.ru"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/"
VAPID = ec.derive_private_key(7, ec.SECP256R1())


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )  # fmt: skip


def make_account(provider: str = "web_push", **options: object) -> Account:
    known = {"contact": "mailto:it@krug.example", "origins": [SITE]}
    secret = seal(encoded(VAPID.private_numbers().private_value.to_bytes(32, "big")))
    return Account.objects.create(
        name=f"Пуш {provider} {Account.objects.count()}", channel="push", provider=provider, secret=secret, mode="live",
        options=known | options,
    )  # fmt: skip


class Browser:
    """One that took a subscription at an endpoint."""

    def __init__(self, endpoint: str = "") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.endpoint = endpoint or ENDPOINT + encoded(os.urandom(9))

    @property
    def subscription(self) -> dict[str, Any]:
        keys = {"p256dh": encoded(point(self.key)), "auth": encoded(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}


def ask(account: Account, body: object, *, page: str = "devices", method: str = "POST", **headers: str) -> HttpResponse:
    """As a script on the site asks. `headers`: origin, authorization."""
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    known = {"origin": SITE} | headers
    return Client().generic(
        method, f"/push/{account.pk}/{page}", said, "application/json",
        headers={name: value for name, value in known.items() if value},
    )  # fmt: skip


def subscribed(account: Account, browser: Browser, **more: object) -> str:
    """The device's token."""
    answer = ask(account, {"subscription": browser.subscription, "agreed": True} | more)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["device"])
