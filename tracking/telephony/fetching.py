"""A recording over HTTP: asked for where it may be, and after each redirection only there."""

from urllib.parse import urljoin

from django.utils.translation import gettext as _

from channels.audiences.calling import CONNECTING, words_of
from channels.audiences.errors import ServiceError
from channels.providers.http_wire import Answer, Unanswered, Unsent, Wire
from channels.providers.http_wire import Call as HttpCall
from tracking.telephony.base import CallTracking, Recorded
from tracking.telephony.recordings import Sound, is_allowed

HOPS = 3  # redirections
MOVED = (301, 302, 303, 307, 308)
UNNAMED = ("application/octet-stream", "binary/octet-stream", "application/ogg")
USUAL = "audio/mpeg"


def fetch(provider: CallTracking, told: Recorded, name: str) -> Sound:
    """Raises ServiceError with a sentence."""
    answer = _answer(provider, provider.recording(told, name))
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or not (kind.startswith("audio/") or kind in UNNAMED) or not answer.body:
        said = words_of(answer.body)[:100] if kind == "application/json" else f"HTTP {answer.status}, {kind or '—'}"
        raise ServiceError(
            _("The provider does not give the recording (%(said)s): it may be deleted, or need a login.")
            % {"said": said}
        )
    return Sound(answer.body, kind if kind.startswith("audio/") else USUAL)


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
