"""Rate limits of the public pages, counted in Redis. Without Redis everything is let through.

Nobody's opt-out may wait for a counter: a counter that does not answer within 0.2 s is left alone for 5 s.
"""

import logging
import time
from functools import lru_cache
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE = 5.0  # seconds without Redis after it failed
_silent_until = 0.0


@lru_cache(maxsize=1)
def _limiter(url: str) -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(storage_from_string(url, socket_timeout=0.2, socket_connect_timeout=0.2))


def allowed(limit: RateLimitItem, *key: str, cost: int = 1) -> bool:
    """Count one use of `key`, or `cost` of them; False past the limit."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return True
    try:
        return _limiter(settings.REDIS_URL).hit(limit, *key, cost=cost)
    except RedisError:
        _silent_until = time.monotonic() + PAUSE
        logger.warning("rate limits are off for %s s: Redis does not answer", PAUSE)
        return True


def address(request: HttpRequest) -> str | None:
    """The visitor's IP; behind our own proxy (`BEHIND_PROXY`) the last hop of X-Forwarded-For."""
    said = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER and (hops := request.headers.get("X-Forwarded-For", "")):
        said = hops.rsplit(",", 1)[-1].strip()
    try:
        return str(ip_address(said))
    except ValueError:
        return None
