"""Which site calls: by its public key (a browser) or by the secret of its server, of which only a hash is kept.

A busy site calls hundreds of times a second: what was found is remembered for a moment, so that a site that was switched off
or given a new key is heard for at most `SECONDS` more.
"""

import hashlib
import re
import secrets
import time
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from tracking.models import Site

SECONDS = 2.0
GRACE = timedelta(days=1)  # that the key before the last one opens
POSSIBLE = re.compile(r"[\w-]{1,64}", re.ASCII)
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,100}(:\d{1,5})?", re.ASCII)
_known: dict[str, tuple[float, Site]] = {}


def of_browser(public_key: str) -> Site | None:
    """The site in use with this public key."""
    return _found("browser", public_key, Q(public_key=public_key))


def of_server(secret: str) -> Site | None:
    """The site in use whose server has this secret; the one before opens for a day after a new one was made."""
    digest = _digest(secret)
    is_old = Q(old_secret_hash=digest, old_secret_until__gt=timezone.now())
    return _found("server", secret, Q(secret_hash=digest) | is_old)


def new_secret(site: Site) -> str:
    """Make a secret and return it: it is never seen again. The one before is good for a day, the one before that is not."""
    secret = secrets.token_urlsafe(32)
    site.old_secret_hash, site.old_secret_until = site.secret_hash, timezone.now() + GRACE
    site.secret_hash, site.secret_made_at = _digest(secret), timezone.now()
    site.save(update_fields=["old_secret_hash", "old_secret_until", "secret_hash", "secret_made_at"])
    forget()
    return secret


def allows(site: Site, origin: str) -> bool:
    """Whether scripts of pages of this origin may call."""
    return origin.lower() in site.origins


def forget() -> None:
    """Ask the database again; in this process alone."""
    _known.clear()


def _found(door: str, key: str, which: Q) -> Site | None:
    """Remembered by the door too: a public key opens none but its own."""
    now = time.monotonic()
    digest = door + _digest(key)
    found_at, site = _known.get(digest, (-SECONDS, None))
    if site is not None and now - found_at < SECONDS:
        return site
    site = Site.objects.filter(which, is_active=True).first() if POSSIBLE.fullmatch(key) else None
    if site is None:
        _known.pop(digest, None)
    else:
        _known[digest] = (now, site)
    return site


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()
