"""All of Krug on one machine; Ctrl-C stops all it started."""

import fcntl
import http.client
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from crmsite import demo, preparing
from crmsite.embedded import lifecycle
from crmsite.embedded.ports import LOOPBACK, is_free
from crmsite.embedded.refusals import EmbeddedError
from crmsite.embedded.state import NOT_STARTED, known_urls
from crmsite.supervision.child import spawn
from crmsite.supervision.programs import background, environment, manage, web
from crmsite.supervision.supervisor import Supervisor

PORT_SECONDS = 3  # the web server of an `up` that was just killed may take that long to go
READY_SECONDS = 60


class Command(BaseCommand):
    help = "Start the servers (unless DATABASE_URL and REDIS_URL name others), the web, the workers, the scheduler."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="fill an empty base with invented people")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, port: int, **options: Any) -> None:
        self._settings_read = _addresses(known_urls(settings.VAR_DIR))
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a shell may have told us to ignore the first
            signal.signal(sign, _interrupt)
        try:
            with _only_one():
                _require_port(port)
                with _servers() as urls:
                    self._run(environment(urls, port), port, options["demo"])
        except (EmbeddedError, preparing.Unreachable) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self._say(_("Krug is stopped."))

    def _run(self, variables: dict[str, str], port: int, with_demo: bool) -> None:
        self._prepare(variables, with_demo)
        supervisor = Supervisor(variables, settings.VAR_DIR / "logs", self._say)
        try:
            supervisor.add(web(port))
            _tend_until_ready(supervisor, port)
            self._greet(variables["PUBLIC_URL"], with_demo)
            supervisor.add(*background())
            supervisor.watch()
        finally:
            supervisor.stop()

    def _prepare(self, variables: dict[str, str], with_demo: bool) -> None:
        """In a process of its own: our own settings may have been read before the servers had an address."""
        if self._settings_read == _addresses(variables) and not preparing.is_needed(with_demo=with_demo):
            return
        process = spawn(manage("prepare", *["--demo"] * with_demo), variables)
        try:
            code = process.wait()
        finally:
            process.kill()
            process.wait()
        if code:
            raise CommandError(_("The database could not be prepared; what is above says why."), returncode=code)

    def _greet(self, url: str, with_demo: bool) -> None:
        self._say(_("Krug is at %(url)s/admin/") % {"url": url})
        if with_demo and (password := demo.password()):
            sentence = _("Log in as %(logins)s; the password of each is %(password)s")
            self._say(sentence % {"logins": ", ".join(demo.STAFF), "password": password})
        self._say(_("Logs are in %(folder)s. Ctrl-C stops everything.") % {"folder": settings.VAR_DIR / "logs"})

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def _interrupt(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _only_one() -> Iterator[None]:
    """One `up` per `$VAR_DIR`; the lock goes with the process, however it ends."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR_DIR / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            sentence = _("Krug already runs from this folder (%(folder)s): stop it first, or set another VAR_DIR.")
            raise CommandError(sentence % {"folder": settings.VAR_DIR}) from error
        yield


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    """The addresses to use. Embedded servers that an `up` started are stopped by it, or by the next one."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield _addresses({})
        return
    try:
        yield _addresses(lifecycle.start(settings.VAR_DIR, by="up").urls)
    finally:
        lifecycle.stop(settings.VAR_DIR, only_by="up")


def _addresses(embedded: dict[str, str]) -> dict[str, str]:
    """What the person set goes before what is embedded."""
    return {name: os.environ.get(name) or embedded[name] for name in NOT_STARTED}


def _require_port(port: int) -> None:
    end = time.monotonic() + PORT_SECONDS
    while not is_free(port):
        if time.monotonic() > end:
            sentence = _("Port %(port)d is taken by another program: stop that program or choose another port, "
                         "for example “make run PORT=%(other)d”.")  # fmt: skip
            raise CommandError(sentence % {"port": port, "other": port + 1})
        time.sleep(0.2)


def _tend_until_ready(supervisor: Supervisor, port: int) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        supervisor.tend()
        if _answers(port):
            return
        time.sleep(0.1)


def _answers(port: int) -> bool:
    """Whether the web server answers anything."""
    web = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        web.request("GET", "/admin/login/")
        return bool(web.getresponse().status)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()
