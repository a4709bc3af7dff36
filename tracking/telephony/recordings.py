"""Recordings of calls, fetched by us for whoever may listen: neither a key of the account nor a link that anybody could open
leaves here. A request goes to hosts of the call's own provider only, after each of its redirections too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import urlsplit

from tracking.models import Call
from tracking.telephony import REGISTRY, provider_class, provider_for
from tracking.telephony.base import Recorded

LISTEN = "tracking.listen_call"
FETCHING = "tracking.telephony.fetching"  # imported on first use: an HTTP client comes with it


@dataclass(frozen=True, slots=True)
class Sound:
    content: bytes
    content_type: str


def names(call: Call) -> list[str]:
    """What the recordings of a call are called at its provider; none where nobody knows whom to ask. `account` is read."""
    if call.account is None or call.account.provider not in REGISTRY:
        return []
    return provider_class(call.account.provider).recorded(_told(call))


def fetched(call: Call, name: str) -> Sound:
    """Raises ServiceError with a sentence."""
    assert call.account is not None
    with provider_for(call.account) as provider:
        return import_module(FETCHING).fetch(provider, _told(call), name)


def is_allowed(url: str, hosts: Sequence[str], addresses: Sequence[str]) -> bool:
    """Whether a recording may be asked for there: `hosts` over HTTPS with those under them, and the `addresses` that the
    administrator entered as they stand."""
    if any(not sign.isprintable() or sign in " \\" for sign in url):
        return False
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if "@" in parts.netloc:
        return False
    if any((parts.scheme, parts.netloc) == urlsplit(each)[:2] for each in addresses):
        return True
    is_theirs = any(host == each or host.endswith(f".{each}") for each in hosts)
    return parts.scheme == "https" and port in (None, 443) and is_theirs


def _told(call: Call) -> Recorded:
    key = call.external_id.removeprefix(call.account.key_prefix) if call.account else call.external_id
    return Recorded(key, call.communication, call.talk_seconds, call.details or {})
