"""Where the embedded servers live and as whom they run.

PostgreSQL refuses to run as root, and root's own folders are closed to anyone else. So for root an ordinary
system account is made, and programs and data go to `/var/lib/krug/<hash of $VAR_DIR>`, which that account can
reach. For an ordinary user everything is in `$VAR_DIR/embedded`. No folder that we did not make is changed.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from crmsite.embedded.refusals import EmbeddedError

ACCOUNT = "krug-embedded"
SHARED_ROOT = Path("/var/lib/krug")
LOG_LIMIT = 20 * 2**20


@dataclass(frozen=True)
class Home:
    """`account` is None when the servers run as the user who started them."""

    root: Path
    account: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        return self.root / "postgres"

    def give(self, path: Path) -> None:
        """Let the servers' account own a file or folder we made."""
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def write(self, name: str, text: str) -> Path:
        """A file of the servers' own, mode 0600: it may hold passwords."""
        path = self.root / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        self.give(path)
        return path

    def log(self, name: str) -> Path:
        """The log of a server; a log that grew large is set aside once."""
        path = self.root / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        path.touch(mode=0o600)
        self.give(path)
        return path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run a program of a server as its account. Nothing of ours is inherited: a daemon would hold it open."""
        account = self.account
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    def claim(self, cluster: str) -> Path | None:
        """Make the folder and name it after `cluster`.

        A folder of another name belonged to a `$VAR_DIR` that was deleted, passwords and all: it is set aside
        under the returned path, never opened and never removed.
        """
        name = self.root / "cluster"
        if not self.data.exists() or (name.exists() and name.read_text() == cluster):
            self._make()
            self.write("cluster", cluster)
            return None
        aside = self.root.with_name(f"{self.root.name}-{time.strftime('%Y%m%d-%H%M%S')}")
        self.root.rename(aside)
        self.claim(cluster)
        return aside

    def _make(self) -> None:
        if self.account:
            with contextlib.suppress(FileExistsError):
                SHARED_ROOT.mkdir()
                SHARED_ROOT.chmod(0o755)
        self.root.mkdir(mode=0o700, parents=not self.account, exist_ok=True)
        self.give(self.root)

    def require_space(self, megabytes: int) -> None:
        free = shutil.disk_usage(self.root).free // 2**20
        if free < megabytes:
            raise EmbeddedError(
                _("Only %(free)d MB are free in %(folder)s and PostgreSQL needs %(needed)d: free some disk space.")
                % {"free": free, "folder": self.root, "needed": megabytes}
            )


def home_of(var_dir: Path) -> Home:
    """The home that belongs to `var_dir` for whoever asks; nothing is made yet but root's system account."""
    if os.geteuid() != 0:
        return Home(var_dir / "embedded", None)
    name = hashlib.sha256(str(var_dir).encode()).hexdigest()[:16]
    return Home(SHARED_ROOT / name, _system_account())


def _system_account() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    shell = "/usr/sbin/nologin" if Path("/usr/sbin/nologin").exists() else "/bin/false"
    command = ["useradd", "--system", "--no-create-home", "--home-dir", str(SHARED_ROOT), "--shell", shell, ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        return pwd.getpwnam(ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise EmbeddedError(
            _("PostgreSQL does not run as root, and the system account %(name)s could not be made: start Krug as an "
              "ordinary user, or set DATABASE_URL and REDIS_URL.")
            % {"name": ACCOUNT}
        ) from error  # fmt: skip
