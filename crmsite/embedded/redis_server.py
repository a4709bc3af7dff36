"""Redis as a daemon. It is a bell, not a store: nothing is written to disk."""

import time

import redis
from django.utils.translation import gettext as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from crmsite.embedded.home import Home
from crmsite.embedded.ports import LOOPBACK, free_port
from crmsite.embedded.programs import Programs
from crmsite.embedded.refusals import EmbeddedError
from crmsite.embedded.state import State

ATTEMPTS = 3
READY_SECONDS = 5
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
daemonize yes
save ""
appendonly no
maxmemory-policy noeviction
dir "{folder}"
logfile "{log}"
"""


def answers(port: int, password: str) -> bool:
    """Whether *our* Redis listens there: another one does not know the password."""
    if not port:
        return False
    try:
        with _client(port, password) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def start(home: Home, programs: Programs, state: State) -> int:
    """Start the server, or take over ours that runs. Returns the port it listens on."""
    if answers(state.redis_port, state.redis_password):
        return state.redis_port
    log = home.log("redis")
    for attempt in range(ATTEMPTS):
        port = free_port(0 if attempt else state.redis_port)
        text = CONFIGURATION.format(
            host=LOOPBACK, port=port, password=state.redis_password, folder=_quoted(home.root), log=_quoted(log)
        )
        home.run(programs.redis_server, home.write("redis.conf", text))
        if _answers_within(READY_SECONDS, port, state.redis_password):
            return port
    raise EmbeddedError(_("Redis did not start: see %(log)s.") % {"log": log})


def stop(state: State) -> None:
    if not answers(state.redis_port, state.redis_password):
        return
    with _client(state.redis_port, state.redis_password) as client:
        client.shutdown(nosave=True)


def _client(port: int, password: str) -> redis.Redis:
    """Asks once: the library's own retries would take seconds to learn that nobody is there."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis(host=LOOPBACK, port=port, password=password, socket_timeout=2, retry=once)


def _answers_within(seconds: float, port: int, password: str) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answers(port, password):
            return True
        time.sleep(0.02)
    return False


def _quoted(path: object) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
