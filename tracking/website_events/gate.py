"""Who may tell events, whose words are believed, and how much may be told.

A site's *server* has a secret, and may name people. A *browser* has the public key that stands in the pages, and an origin
that the site's list has: it is believed nothing about who somebody is but a token of our own link.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _
from limits import RateLimitItemPerMinute

from campaigns import links
from channels import server_keys, throttle
from channels.json_calls import Closed
from segments.cleaning.phones import parse_phone
from tracking.models import Site
from tracking.website_events import sites
from tracking.website_events.forms import Person
from tracking.website_events.telling import Claim, Wrong

OF_SITE = RateLimitItemPerMinute(600_000, namespace="krug-events-site")  # events, whoever tells them
OF_ADDRESS = RateLimitItemPerMinute(1_200, namespace="krug-events-address")  # mobile operators put many behind one
OF_DEVICE = RateLimitItemPerMinute(240, namespace="krug-events-device")
GUESSES = RateLimitItemPerMinute(60, namespace="krug-events-guesses")  # wrong keys of one address
EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,100}@[^@\s\x00-\x1f\x7f]{1,150}")


@dataclass(frozen=True, slots=True)
class Caller:
    site: Site
    is_server: bool
    address: str


def caller(request: HttpRequest, public_key: str) -> Caller:
    """Raises Closed."""
    address = throttle.address(request) or ""
    secret = server_keys.in_header(request)
    site = sites.of_server(secret) if secret else sites.of_browser(public_key)
    if site is None:
        raise Closed(*_unknown(address, is_server=bool(secret)))
    if not secret and not sites.allows(site, request.headers.get("Origin", "")):
        raise Closed(403, _("Scripts of this address may not tell events: add it to the site's addresses in Krug."))
    return Caller(site, bool(secret), address)


def origin_of(request: HttpRequest, public_key: str) -> str:
    """The origin to let in by CORS; '' for one that the site does not name."""
    origin = request.headers.get("Origin", "")
    site = sites.of_browser(public_key) if origin else None
    return origin if site and sites.allows(site, origin) else ""


def let_in(who: Caller, devices: Iterable[str], events: int) -> None:
    """Count what is told. Without Redis all is let through. Raises Closed."""
    site = str(who.site.pk)
    counted = [(OF_SITE, (site,))]
    if not who.is_server:
        counted += [(OF_ADDRESS, (site, who.address)), *((OF_DEVICE, (site, device)) for device in devices)]
    for limit, key in counted:
        if not throttle.allowed(limit, *key, cost=events):
            raise Closed(429, _("Too many events: try again in a minute."))


def claims(who: Caller, person: Person | None) -> tuple[Claim, ...]:
    """Whom an event names, the surest first. Raises Wrong for what the caller may not say, or what is not readable."""
    if person is None:
        return ()
    token = _token(person.token)
    if not who.is_server:
        foreign = next((name for name in ("phone", "email", "ids") if getattr(person, name)), None)
        if foreign:
            raise Wrong(f"person.{foreign}", _("Only the site's server may say who somebody is, with the secret key."))
        return token
    cards = tuple(Claim("card", code, about) for about, code in person.ids.items())
    return (*cards, *_phone(person.phone), *_email(person.email), *token)


def _token(token: str) -> tuple[Claim, ...]:
    """One that is over, or not ours, names nobody: the event itself is true."""
    message_id = links.read_site(token, time.time()) if token else None
    return () if message_id is None else (Claim("link", str(message_id)),)


def _phone(written: str) -> tuple[Claim, ...]:
    if not written:
        return ()
    phone = parse_phone(written)
    if phone is None:
        raise Wrong("person.phone", _("This is no phone number: write it as +7 812 000-66-66."))
    return (Claim("phone", phone),)


def _email(written: str) -> tuple[Claim, ...]:
    if not written:
        return ()
    email = written.strip().lower()
    if not EMAIL.fullmatch(email):
        raise Wrong("person.email", _("This is no e-mail address."))
    return (Claim("email", email),)


def _unknown(address: str, *, is_server: bool) -> tuple[int, str]:
    if not throttle.allowed(GUESSES, address):
        return 429, _("Too many wrong keys: try again in a minute.")
    if is_server:
        return 401, _("The secret key is not valid: make a new one on the site's page in Krug.")
    return 401, _("There is no such site in use: give its public key (site=…), or the secret key in Authorization.")
