"""PgBouncer in front of the database of the tests, a session for a client: what locks of sessions need."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import SkipTest

from crmsite.embedded.ports import free_port
from tests.peers.process import wait_for

CONFIGURATION = """[databases]
* = host={HOST} port={PORT}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = plain
auth_file = {folder}/users
pool_mode = session
default_pool_size = 60
ignore_startup_parameters = extra_float_digits, options
"""


class Bouncer:
    def __init__(self, database: Mapping[str, Any], folder: Path) -> None:
        self.port, self._configuration = free_port(), folder / "pgbouncer.ini"
        self._configuration.write_text(CONFIGURATION.format(**database, port=self.port, folder=folder))
        (folder / "users").write_text(f'"{database["USER"]}" "{database["PASSWORD"]}"\n')
        self.start()

    def start(self) -> None:
        user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it does not run as root
        words = [_program(), "-q", *user, str(self._configuration)]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.port, self._process)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@contextmanager
def bouncer(database: Mapping[str, Any]) -> Iterator[Bouncer]:
    """`database` as Django's settings have it. Raises SkipTest where PgBouncer is not installed."""
    _program()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103 it is read by whom the pooler runs as
        one = Bouncer(database, Path(folder))
        try:
            yield one
        finally:
            one.kill()


def _program() -> str:
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if found is None:
        raise SkipTest("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    return found
