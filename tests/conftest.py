"""For every test: no socket beyond this machine."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

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
