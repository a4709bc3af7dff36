"""For every test: no socket beyond this machine, and the words that an installation begins with."""

import ipaddress
import socket
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
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


def _words_of_operations(sender: Any, **_signal: Any) -> None:
    """A transactional test empties every table at its end, also what migrations had put there; Django says so by this
    signal. Without these words no document is understood."""
    if sender.label == "segments":
        model, kinds = sender.get_model("OperationSpelling"), sender.get_model("Interaction").Kind
        words = import_module("segments.importing.documents").KINDS
        model.objects.bulk_create([model(spelling=w, kind=kinds(k)) for w, k in words.items()], ignore_conflicts=True)


@pytest.fixture(autouse=True, scope="session")
def words_to_begin_with() -> None:
    post_migrate.connect(_words_of_operations)


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
