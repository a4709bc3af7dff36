"""Which site calls: by its public key (a browser) or by the secret of its server, of which only a hash is kept.

What was found is remembered, so that a site that was switched off or given a new key is heard for at most
`remembering.SECONDS` more.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from channels.remembering import Remembered
from tracking.models import Site

GRACE = timedelta(days=1)  # that the key before the last one opens
POSSIBLE = re.compile(r"[\w-]{1,64}", re.ASCII)
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,100}(:\d{1,5})?", re.ASCII)
_known: Remembered[Site] = Remembered()
forget = _known.forget


def of_browser(public_key: str) -> Site | None:
    """The site in use with this public key."""
    return _found("browser", public_key, lambda: Q(public_key=public_key))


def of_server(secret: str) -> Site | None:
    """The site in use whose server has this secret; the one before opens for a day after a new one was made."""
    digest = _digest(secret)

    def which() -> Q:
        return Q(secret_hash=digest) | Q(old_secret_hash=digest, old_secret_until__gt=timezone.now())

    return _found("server", digest, which) if POSSIBLE.fullmatch(secret) else None


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


def _found(door: str, key: str, which: Callable[[], Q]) -> Site | None:
    """Remembered by the door too: a public key opens none but its own."""
    if not POSSIBLE.fullmatch(key):
        return None
    return _known.found(f"{door}:{key}", lambda: Site.objects.filter(which(), is_active=True).first())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()
