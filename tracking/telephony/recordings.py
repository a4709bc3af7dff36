"""Recordings of calls, fetched by us for whoever may listen: neither a key of the account nor a link that anybody could open
leaves here. A request goes to hosts of the call's own provider only, after each of its redirections too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext as _

from channels.audiences.calling import CONNECTING, words_of
from channels.audiences.errors import ServiceError
from channels.providers.http_wire import Answer, Unanswered, Unsent, Wire
from channels.providers.http_wire import Call as HttpCall
from tracking.models import Call
from tracking.telephony import REGISTRY, provider_class, provider_for
from tracking.telephony.base import CallTracking, Recorded

LISTEN = "tracking.listen_call"
HOPS = 3  # redirections
MOVED = (301, 302, 303, 307, 308)
UNNAMED = ("application/octet-stream", "binary/octet-stream", "application/ogg")
USUAL = "audio/mpeg"


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
        answer = _answer(provider, provider.recording(_told(call), name))
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or not (kind.startswith("audio/") or kind in UNNAMED) or not answer.body:
        said = words_of(answer.body)[:100] if kind == "application/json" else f"HTTP {answer.status}, {kind or '—'}"
        raise ServiceError(
            _("The provider does not give the recording (%(said)s): it may be deleted, or need a login.")
            % {"said": said}
        )
    return Sound(answer.body, kind if kind.startswith("audio/") else USUAL)


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


def _answer(provider: CallTracking, asked: HttpCall) -> Answer:
    addresses = [str(provider.option(name)) for name in ("url", "records") if name in provider.options]
    wire = Wire(width=1, connect_timeout=CONNECTING, timeout=int(provider.option("timeout")))
    try:
        for _hop in range(HOPS):
            if not is_allowed(asked.url, provider.record_hosts, addresses):
                raise ServiceError(
                    _("The recording is not at an address of this provider: it is not opened."), permanent=True
                )
            answer = wire.ask(asked)
            if answer.status not in MOVED:
                return answer
            asked = HttpCall("GET", urljoin(asked.url, answer.headers.get("location", "")))
    except (Unsent, Unanswered) as fault:
        raise ServiceError(_("The service does not answer: %(reason)s.") % {"reason": fault}) from fault
    finally:
        wire.close()
    raise ServiceError(_("The recording moves from address to address: it is not opened."), permanent=True)


def _told(call: Call) -> Recorded:
    key = call.external_id.removeprefix(call.account.key_prefix) if call.account else call.external_id
    return Recorded(key, call.communication, call.talk_seconds, call.details or {})
