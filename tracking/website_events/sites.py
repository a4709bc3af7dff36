"""Which site calls: by its public key (a browser) or by the secret of its server, of which only a hash is kept.

What was found is remembered, so that a site that was switched off or given a new key is heard for at most
`remembering.SECONDS` more.
"""

import re
from collections.abc import Callable

from django.db.models import Q

from channels import server_keys
from channels.remembering import Remembered
from tracking.models import Site

ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,100}(:\d{1,5})?", re.ASCII)
_known: Remembered[Site] = Remembered()
forget = _known.forget


def of_browser(public_key: str) -> Site | None:
    """The site in use with this public key."""
    return _found("browser", public_key, lambda: Q(public_key=public_key))


def of_server(secret: str) -> Site | None:
    """The site in use whose server has this secret; the one before opens for a day after a new one was made."""
    return _found("server", server_keys.digest(secret), lambda: server_keys.opened_by(secret))


def new_secret(site: Site) -> str:
    """Make a secret and return it: it is never seen again."""
    secret = server_keys.renew(site)
    forget()
    return secret


def allows(site: Site, origin: str) -> bool:
    """Whether scripts of pages of this origin may call."""
    return origin.lower() in site.origins


def origins() -> list[str]:
    """Of all sites in use."""
    return [
        origin for found in Site.objects.filter(is_active=True).values_list("origins", flat=True) for origin in found
    ]


def _found(door: str, key: str, which: Callable[[], Q]) -> Site | None:
    """Remembered by the door too: a public key opens none but its own."""
    if not server_keys.POSSIBLE.fullmatch(key):
        return None
    return _known.found(f"{door}:{key}", lambda: Site.objects.filter(which(), is_active=True).first())
