"""Start a peer in its own process; it says its port on the first line. A program of somebody else's is given one."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def peer(module: str, *arguments: str) -> Iterator[int]:
    """`peer("odata_1c", STATE)` yields the port; the process ends with the block."""
    command = [sys.executable, "-m", f"tests.peers.{module}", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"{module} did not start"
        yield int(line)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def scripted_mail_server(*words: str) -> Iterator[tuple[int, Path]]:
    """`smtp_scripted` with these words: its port and its journal."""
    [port] = free_ports(1)
    with TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        command = [sys.executable, "-m", "tests.peers.smtp_scripted", str(port), str(journal), *words]
        process = subprocess.Popen(command, cwd=ROOT)
        try:
            wait_for(port, process)
            yield port, journal
        finally:
            process.kill()
            process.wait()


def free_ports(count: int) -> list[int]:
    """As many different ones."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _number in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def wait_for(port: int, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Until somebody listens there. Raises AssertionError after ten seconds, or when the process is dead."""
    for _try in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")
