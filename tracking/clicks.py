"""Opens and clicks: every raw hit is stored; those of people move the message's delivery state, once it is known that
they are (`hits.classing`).

There is no open redirect: an address is looked up by the message's own content, never taken from the request.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest
from django.utils import timezone

from campaigns import links
from campaigns.models import Link, Message
from tracking import throttle
from tracking.hits.signs import Visitor
from tracking.models import Hit
from tracking.website_events.linking import introduced


def visitor(request: HttpRequest) -> Visitor:
    purpose = (
        request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "") + request.headers.get("X-Moz", "")
    )
    return Visitor(
        method=(request.method or "")[:4],
        address=throttle.address(request),
        user_agent=request.headers.get("User-Agent", "").replace("\x00", "")[:300],
        is_prefetch="prefetch" in purpose.lower() or "preview" in purpose.lower(),
    )


def click(token: str, who: Visitor) -> str | None:
    """Where the click goes (http or https; UTM, and for a person to a site of ours its token, added); '' for the trap,
    which leads nowhere; None for a token or a link that is not ours."""
    found = links.read_click(token)
    message = _sent(found[0]) if found else None
    if found is None or message is None:
        return None
    number = found[1]
    if number == Hit.TRAP:
        _store(Hit(kind=Hit.Kind.CLICK, run_id=message["run_id"], message_id=message["id"], link=number), who)
        return ""
    content = message["content_id"] or message["run__content_id"]
    url = Link.objects.filter(content_id=content, number=number).values_list("url", flat=True).first()
    if not url or not links.is_web_address(url):
        return None
    _store(Hit(kind=Hit.Kind.CLICK, run_id=message["run_id"], message_id=message["id"], link=number), who)
    marked = with_utm(url, message, number)
    return introduced(marked, message["id"]) if who.seems_human else marked


def opened(token: str, who: Visitor) -> bool:
    """Store an open; False for a token that is not ours."""
    message_id = links.read_track(token)
    message = _sent(message_id) if message_id else None
    if message is None:
        return False
    _store(Hit(kind=Hit.Kind.OPEN, run_id=message["run_id"], message_id=message["id"]), who)
    return True


def with_utm(url: str, message: dict, number: int) -> str:
    """The address with those UTM marks that its author did not set; the rest of the query stays byte for byte."""
    parts = urlsplit(url)
    present = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    marks = {
        "utm_source": "krug",
        "utm_medium": message["channel"],
        "utm_campaign": str(message["run__campaign_id"]),
        "utm_content": str(number),
    }
    added = urlencode({name: value for name, value in marks.items() if name not in present})
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, added)))))


def _sent(message_id: int) -> dict | None:
    return (
        Message.objects.filter(id=message_id, left_out="")
        .values("id", "run_id", "channel", "content_id", "run__content_id", "run__campaign_id")
        .first()
    )


def _store(hit: Hit, who: Visitor) -> None:
    """One INSERT. A flood of one address is not stored for ever."""
    if not throttle.allowed(throttle.HITS, str(hit.message_id), who.address or ""):
        return
    hit.at, hit.address, hit.user_agent, hit.method = timezone.now(), who.address, who.user_agent, who.method
    hit.reasons = who.signs(is_open=hit.kind == Hit.Kind.OPEN)
    hit.save(force_insert=True)
