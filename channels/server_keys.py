"""Secret keys of servers that call us: shown once, kept as a hash, replaced without a gap.

A model that has a door of this kind has `secret_hash`, `secret_made_at`, `old_secret_hash` and `old_secret_until`.
"""

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

GRACE = timedelta(days=1)  # that the key before the last one opens
POSSIBLE = re.compile(r"[\w-]{1,64}", re.ASCII)
IN_HEADER = re.compile(r"(?:Bearer|SecretKey)\s+(\S+)|Mindbox\s+secretKey=\"([^\"]+)\"", re.IGNORECASE)
FIELDS = ("old_secret_hash", "old_secret_until", "secret_hash", "secret_made_at")


def in_header(request: HttpRequest) -> str:
    """The key that a call brings; '' for none."""
    found = IN_HEADER.fullmatch(request.headers.get("Authorization", "").strip())
    return (found[1] or found[2]) if found else ""


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


def opened_by(secret: str) -> Q:
    """Whose key it is, or was until a day ago. Of what can be no key nobody's."""
    if not POSSIBLE.fullmatch(secret):
        return Q(pk__in=())
    kept = digest(secret)
    return Q(secret_hash=kept) | Q(old_secret_hash=kept, old_secret_until__gt=timezone.now())


def renew(door: Any) -> str:
    """Make a key and return it: it is never seen again. The one before is good for a day, the one before that is not."""
    secret = secrets.token_urlsafe(32)
    door.old_secret_hash, door.old_secret_until = door.secret_hash, timezone.now() + GRACE
    door.secret_hash, door.secret_made_at = digest(secret), timezone.now()
    door.save(update_fields=FIELDS)
    return secret
