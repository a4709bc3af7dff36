"""Dovecot: an IMAP server that nobody here wrote, over a Maildir of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import SkipTest

from tests.peers.process import free_ports, wait_for

PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin"
PASSWORD = "hunter-2"
CONFIGURATION = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:{folder}/home/Maildir
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/home
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {plain}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {encrypted}
  }}
}}
"""


class Ports(NamedTuple):
    plain: int  # with STARTTLS
    encrypted: int


@contextmanager
def dovecot(folder: Path, *letters: bytes) -> Iterator[Ports]:
    """Serve these letters as unread; `folder` holds `cert.pem` and `key.pem`. Raises SkipTest where it cannot run."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path=PLACES)
    if program is None or os.geteuid() != 0:
        raise SkipTest("Dovecot is not installed, or not started by root (Debian: apt-get install dovecot-imapd)")
    ports = Ports(*free_ports(2))
    _fill(folder, letters)
    settings = folder / "dovecot.conf"
    settings.write_text(CONFIGURATION.format(folder=folder, password=PASSWORD, **ports._asdict()))
    process = subprocess.Popen([program, "-F", "-c", str(settings)], stdout=subprocess.DEVNULL)
    try:
        wait_for(ports.plain, process)
        yield ports
    finally:
        process.terminate()
        process.wait()


@contextmanager
def short_folder() -> Iterator[Path]:
    """A temporary folder that Dovecot's children may enter; its sockets lie there, whose paths must be short."""
    with tempfile.TemporaryDirectory(prefix="dove", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _fill(folder: Path, letters: tuple[bytes, ...]) -> None:
    (folder / "run").mkdir()
    box = folder / "home" / "Maildir"
    for part in ("new", "cur", "tmp"):
        (box / part).mkdir(parents=True)
    for number, letter in enumerate(letters):
        (box / "new" / f"17000000{number:02}.M{number}.host").write_bytes(letter.replace(b"\r\n", b"\n"))
    for path in (folder / "home", *(folder / "home").rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
