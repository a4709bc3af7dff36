"""Postfix's `smtp-sink`: a mail server that nobody here wrote, and that keeps nothing."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import SkipTest

from crmsite.embedded.ports import free_port
from tests.peers.process import wait_for

PLACES = "/usr/local/sbin:/usr/sbin:/usr/bin:/bin"


def tool(name: str) -> str:
    """Where a tool of Postfix is. Raises SkipTest where it is not installed."""
    path = shutil.which(name) or shutil.which(name, path=PLACES)
    if path is None:
        raise SkipTest(f"{name} is not installed (Debian: apt-get install postfix)")
    return path


@contextmanager
def sink(*options: str) -> Iterator[int]:
    """`sink("-p")` (no PIPELINING) yields the port; the process ends with the block."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it does not run as root
    command = [tool("smtp-sink"), *user, *options, "-h", "sink.local", f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.kill()
        process.wait()
