"""Redis for eyes: what pages and the scheduler read and write of it, without waiting long for one that is gone."""

from functools import cache

from django.conf import settings
from redis import Redis

PATIENCE = 2  # seconds: a page that cannot say how the queues are must say that soon


def redis() -> Redis:
    """Workers have connections of their own, which wait for minutes on purpose."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
