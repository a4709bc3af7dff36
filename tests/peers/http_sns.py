"""Amazon SNS, for `tests.peers.http_provider`: it signs what it is told to publish, and has the certificate of its key.

POST /publish with the fields of a message: the message as it would be posted to a subscriber. GET /confirmed: the tokens
that were confirmed. Every host of SNS is this one.
"""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.peers.http_provider import Fake

NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
OTHERS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def certificate(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def routes(fake: Fake) -> Iterable[web.RouteDef]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = certificate(key)
    confirmed: list[str] = []

    async def publish(request: web.Request) -> web.StreamResponse:
        told = await request.json()
        names = NOTIFICATION if told["Type"] == "Notification" else OTHERS
        text = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
        algorithm = hashes.SHA256() if told["SignatureVersion"] == "2" else hashes.SHA1()
        signature = key.sign(text.encode(), padding.PKCS1v15(), algorithm)
        return web.json_response(told | {"Signature": base64.b64encode(signature).decode()})

    async def confirm(request: web.Request) -> web.StreamResponse:
        confirmed.append(request.query["Token"])
        return web.Response(text="<ConfirmSubscriptionResponse/>")

    async def of_key(request: web.Request) -> web.StreamResponse:
        return web.Response(body=pem)

    async def tokens(request: web.Request) -> web.StreamResponse:
        return web.json_response(confirmed)

    return [
        web.post("/publish", publish),
        web.get("/confirmed", tokens),
        web.get("/SimpleNotificationService-krug.pem", of_key),
        web.get("/", confirm),
    ]
