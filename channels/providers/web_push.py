"""Push to browsers (RFC 8030), encrypted (RFC 8291) and signed under a VAPID key (RFC 8292).

A message's body is as `push` describes it, and is handed to the site's service worker as {"title", "body", "link",
"data"}. A device's address is the subscription as the browser gave it: {"endpoint": "https://…", "keys": {"p256dh": "…",
"auth": "…"}}.
The secret is the VAPID private key, in PEM or as the 43 characters that generators print; `check` tells the public key,
with which the site makes subscriptions.

An endpoint is an address that came from outside, and whoever answers there could stop the account or make it wait. So
only the push services of browsers are called, which are an option of the account; no redirect is followed, and a name
that leads into a private network is not found.

Not verified: what each service means by 403. By RFC 8292 it is a subscription made with another public key.
"""

import base64
import ipaddress
import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from py_vapid import Vapid, VapidException
from pywebpush import WebPusher

from channels.devices import Introduced
from channels.providers.base import ACCEPTED, REJECTED, Action, Addressed, Capabilities, Option, ProviderError, Result
from channels.providers.http_provider import BOUNDS, WIRE_OPTIONS
from channels.providers.http_wire import Answer, Call
from channels.providers.public_resolver import PublicResolver
from channels.providers.push import DEVICE_OPTIONS, PushProvider, check_size, notice_of

# RFC 8291 4: of the 4096 bytes that every service takes, the header, the tag and a delimiter are 103.
LARGEST = 4096 - 103
LONGEST_ENDPOINT = 2048
KEY_LENGTH = 120  # of `DeliveryReport.provider_key`
SIGNED_FOR = 12 * 3600  # seconds; RFC 8292 allows a day
SERVICES = [
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
]
CONTACT = re.compile(r"mailto:[^@\s]+@[\w-]+(\.[\w-]+)+|https://[\w-]+(\.[\w-]+)+")

# What is not here goes by the status alone.
REFUSALS: Mapping[int, tuple[str, Action]] = {
    403: ("another_key", Action.NEXT_CHANNEL),
    404: ("gone", Action.MARK_CONTACT),
    410: ("gone", Action.MARK_CONTACT),
    413: ("content", Action.NONE),
}


class WebPushProvider(PushProvider):
    title: ClassVar[str | Promise] = _lazy("Web push")
    bounds: ClassVar[dict[str, tuple[float, float]]] = BOUNDS | {"ttl": (0, 28 * 86400)}
    resolver: ClassVar[type[AbstractResolver] | None] = PublicResolver
    allows_loopback: ClassVar[bool] = False  # for tests: then also without TLS
    secrets: ClassVar[dict[str, str | Promise | Option]] = {
        "key": Option(label=_lazy("VAPID private key"), is_long=True),
    }
    options: ClassVar[dict[str, object]] = {
        "contact": Option(
            "",
            label=_lazy("Contact for push services"),
            help=_lazy("An address like mailto:it@example.com, at which a push service may reach you."),
            required=True,
        ),
        "ttl": Option(86400, label=_lazy("Keep for a browser that is off, seconds")),
        "services": Option(
            SERVICES,
            label=_lazy("Push services"),
            help=_lazy("Hosts, one a line; subscriptions elsewhere are refused."),
        ),
        "worker": Option(
            "/krug-worker.js",
            label=_lazy("Path of the service worker on the site"),
            help=_lazy(
                "The file of one line that the page of this account shows. At the root of the site it serves all of it."
            ),
        ),
        **DEVICE_OPTIONS,
        **WIRE_OPTIONS,
    }
    capabilities = Capabilities()

    def open(self) -> None:
        """Raises ProviderError also for a secret that is no VAPID key."""
        self.vapid  # noqa: B018
        super().open()

    @cached_property
    def vapid(self) -> Vapid:
        """Raises ProviderError."""
        try:
            return vapid_of(self.credentials.get("key", ""))
        except ValueError as error:
            raise ProviderError(_("This is not a VAPID private key."), permanent=True) from error

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        found = super().faults(options)
        if not CONTACT.fullmatch(str(options.get("contact", ""))):
            found["contact"] = _("An address that begins with mailto: or https:// is needed.")
        return found

    def read_device(self, told: Mapping[str, Any]) -> Introduced:
        subscription = Subscription.read(json.dumps(told.get("subscription")))
        self._endpoint(subscription.endpoint)
        if len(subscription.endpoint) > LONGEST_ENDPOINT:
            raise ValueError(_("this is not the subscription of a browser"))
        return Introduced(json.dumps(asdict(subscription)), subscription.endpoint)

    def call_of(self, message: Addressed) -> Call:
        subscription = Subscription.read(message.to)
        endpoint = self._endpoint(subscription.endpoint)
        notice = notice_of(message)
        told = {"title": notice.title, "body": notice.body, "link": notice.link, "data": notice.data}
        content = json.dumps({name: part for name, part in told.items() if part}, ensure_ascii=False).encode()
        check_size(content, LARGEST)
        return Call("POST", subscription.endpoint, self._headers(endpoint), subscription.encrypted(content))

    def result_of(self, answer: Answer) -> Result:
        """Raises LookupError for a status that push services do not use."""
        if answer.status in (201, 202):
            return Result(ACCEPTED, provider_key=_key_of(answer))
        code, action = REFUSALS[answer.status]
        return Result(REJECTED, code=code, reply=answer.text(), permanent=True, action=action)

    def check(self) -> str:
        """Nobody can be asked; the key must sign."""
        with self.borrowed():
            self._headers(urlsplit("https://push.example"))
        sentence = _("The VAPID key is good. The site subscribes with this public key: %(key)s")
        return sentence % {"key": self.public_key()}

    def public_key(self) -> str:
        """`applicationServerKey` of the site's subscriptions. Raises ProviderError."""
        form = serialization.PublicFormat.UncompressedPoint
        point = self.vapid.public_key.public_bytes(serialization.Encoding.X962, form)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def _headers(self, endpoint: SplitResult) -> dict[str, str]:
        claims = {
            "aud": f"{endpoint.scheme}://{endpoint.netloc}",
            "exp": int(time.time()) + SIGNED_FOR,
            "sub": str(self.option("contact")),
        }
        try:
            signed = self.vapid.sign(claims)
        except VapidException as error:  # an audience that it takes for none
            raise ValueError(_("the endpoint of the subscription is not that of a push service")) from error
        encrypted = {"Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream"}
        return {**signed, **encrypted, "TTL": str(self.option("ttl"))}

    def _endpoint(self, told: str) -> SplitResult:
        """Raises ValueError for what is not the endpoint of a push service."""
        split = urlsplit(told)
        if not (self._is_service(split) or (self.allows_loopback and split.hostname == "127.0.0.1")):
            raise ValueError(_("the endpoint of the subscription is not that of a push service"))
        return split

    def _is_service(self, split: SplitResult) -> bool:
        host = split.hostname or ""
        if split.scheme != "https" or split.netloc.lower() != host or _is_numeric(host):  # no port, nobody's name
            return False
        services = self.option("services")
        known = services if isinstance(services, list) else []
        return any(host == service or host.endswith(f".{service}") for service in known)


@dataclass(frozen=True, slots=True)
class Subscription:
    endpoint: str
    keys: Mapping[str, str]

    @classmethod
    def read(cls, told: str) -> "Subscription":
        """Raises ValueError for what is no subscription."""
        try:
            found = json.loads(told)
            keys = {name: str(found["keys"][name]) for name in ("p256dh", "auth")}
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(keys["p256dh"]))
            if len(_decoded(keys["auth"])) != 16:
                raise ValueError("auth")
            return cls(str(found["endpoint"]), keys)
        except (ValueError, LookupError, TypeError) as error:
            raise ValueError(_("this is not the subscription of a browser")) from error

    def encrypted(self, content: bytes) -> bytes:
        """Only the browser that subscribed can read it."""
        pusher = WebPusher({"endpoint": self.endpoint, "keys": dict(self.keys)})
        return bytes(pusher.encode(content, "aes128gcm")["body"])


def vapid_of(told: str) -> Vapid:
    """Raises ValueError for what is no private key on P-256."""
    text = told.strip()
    try:
        vapid = Vapid.from_pem(text.encode()) if "-----BEGIN" in text else Vapid.from_string(text)
        curve = vapid.private_key.curve.name
    except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm, VapidException) as error:
        raise ValueError("not a private key") from error
    if curve != ec.SECP256R1.name:
        raise ValueError("another curve")
    return vapid


def _decoded(told: str) -> bytes:
    """Base64 of either alphabet, without its padding as browsers give it."""
    return base64.urlsafe_b64decode(told.rstrip("=") + "=" * (-len(told.rstrip("=")) % 4))


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _key_of(answer: Answer) -> str:
    """The message's own address at the service, of which the last part tells it from others; Mozilla's are longer than
    what is kept of a key, and nobody is asked by it."""
    return urlsplit(answer.headers.get("location", "")).path.rpartition("/")[2][:KEY_LENGTH]
