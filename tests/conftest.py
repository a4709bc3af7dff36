"""For every test: no socket beyond this machine, and what an installation begins with."""

import ipaddress
import os
import socket
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.db.models.signals import post_migrate

from crmsite.embedded.state import known_urls
from tests import stack

FIRST_REDIS_DATABASE = 1
HERE = {"localhost", "testserver", ""}


def _is_here(address: Any) -> bool:
    """Unix sockets are paths; the rest are (host, port, …)."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in HERE:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file goes to one process; where pytest-django cut it in two, because transactional tests come after all others,
    each part goes on its own: what they empty of what migrations wrote must not be missed by the rest."""
    parts: Counter[Path] = Counter()
    before = None
    for item in items:
        parts[item.path] += item.path != before
        before = item.path
        item.add_marker(pytest.mark.xdist_group(f"{item.nodeid.partition('::')[0]} {parts[item.path]}"))


def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Each process of the suite gets files and a Redis database of its own, as pytest-django gives it a database."""
    urls = known_urls(settings.VAR_DIR)
    for number, spec in enumerate(specs):
        redis = urlsplit(settings.REDIS_URL)._replace(path=f"/{FIRST_REDIS_DATABASE + number}")
        spec.env = {
            "DATABASE_URL": os.environ.get("DATABASE_URL") or urls["DATABASE_URL"],
            "REDIS_URL": urlunsplit(redis),
            "VAR_DIR": str(settings.VAR_DIR / f"process{number}"),
        }


# What migrations put into tables: without it no document is understood, no phone has a zone and nobody a code of RFM.
BEGINNINGS = ("0042_operations", "0064_town_codes", "0067_rfm_begins")


def _begin_again(sender: Any, **_signal: Any) -> None:
    """A transactional test empties every table that Django manages at its end, and says so by this signal."""
    if sender.label == "segments":
        partitioned = [
            model._meta.db_table
            for label in ("channels", "campaigns", "tracking")
            for model in apps.get_app_config(label).get_models()
            if not model._meta.managed
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(partitioned)}")
        for name in BEGINNINGS:
            import_module(f"segments.migrations.{name}").fill(apps, None)


@pytest.fixture(autouse=True, scope="session")
def beginnings() -> None:
    post_migrate.connect(_begin_again)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool, django_db_createdb: bool) -> Iterator[None]:
    """The database of the tests, and a copy as `migrate` left it. There is none of a database that is used again, for it
    was written to, nor where no test asked for a database: what is connected then is somebody's own."""
    reused = django_db_keepdb and not django_db_createdb
    if reused or not connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX):
        yield
        return
    connection.close()
    with stack.kept_copy(connection.settings_dict["NAME"], _copy_of_the_migrated()):
        yield


@pytest.fixture(scope="session")
def migrated(django_db_setup: None) -> str | None:
    """What to copy for a process with a base of its own: to migrate an empty one takes half a minute."""
    copy = _copy_of_the_migrated()
    return copy if stack.exists(copy) else None


def _copy_of_the_migrated() -> str:
    return f"{connection.settings_dict['NAME']}_migrated"


@pytest.fixture(autouse=True, scope="session")
def static_files_by_name() -> None:
    """Each client of a test begins the middleware anew, which would look over every static file of every app; so a file
    is looked up when it is asked for. The web server of the stack is a process of its own and lists them, as always."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """A test that reaches for another machine fails, wherever it would have got to."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        assert _is_here(address), f"a test may use loopback only, not {address!r}"
        return connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]
