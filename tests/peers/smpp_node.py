"""The server of npm's package `smpp`: a message centre that nobody here wrote, which brings receipts and throttles.

`make test` installs the package into `var/peers` where npm is.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import SkipTest

from tests.peers.process import ROOT

MODULES = ROOT / "var" / "peers" / "node_modules"


@contextmanager
def centre(journal: Path) -> Iterator[int]:
    """Yields the port; the process ends with the block."""
    node = shutil.which("node")
    if node is None or not (MODULES / "smpp").exists():
        raise SkipTest("npm's package smpp is not installed (make test installs it where npm is)")
    command = [node, str(Path(__file__).with_suffix(".js")), str(journal)]
    environment = os.environ | {"NODE_PATH": str(MODULES)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the centre of npm's smpp did not start"
        yield int(line)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def taken(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
