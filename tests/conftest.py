"""For every test: no socket beyond this machine, and what an installation begins with."""

import ipaddress
import socket
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db.models.signals import post_migrate

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


# What migrations put into tables: without it no document is understood, no phone has a zone and nobody a code of RFM.
BEGINNINGS = ("0042_operations", "0064_town_codes", "0067_rfm_begins")


def _begin_again(sender: Any, **_signal: Any) -> None:
    """A transactional test empties every table at its end; Django says so by this signal."""
    if sender.label == "segments":
        for name in BEGINNINGS:
            import_module(f"segments.migrations.{name}").fill(apps, None)


@pytest.fixture(autouse=True, scope="session")
def beginnings() -> None:
    post_migrate.connect(_begin_again)


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
