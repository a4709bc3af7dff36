"""Start a peer in its own process; it says its port on the first line."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
