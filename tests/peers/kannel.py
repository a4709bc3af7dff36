"""Kannel, a gateway nobody here wrote: smsbox takes messages over HTTP, bearerbox routes them, fakesmsc is the operator.

Debian's kannel and kannel-extras bring the three; `is_here()` says whether they are installed.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.peers.process import free_ports, wait_for

PATHS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/lib/kannel/test"
PROGRAMS = ("bearerbox", "smsbox", "fakesmsc")
USER, PASSWORD = "krug", "a-word-of-kannel-7"
GOT = re.compile(r"Got message \d+: <(\S+) (\S+) (\S+) (.*)>")

CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = {password}
smsbox-port = {boxes}
box-allow-ip = 127.0.0.1

group = smsc
smsc = fake
smsc-id = FAKE
host = 127.0.0.1
port = {operator}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {user}
password = {password}
"""


def is_here() -> bool:
    return all(shutil.which(name, path=PATHS) for name in PROGRAMS)


class Kannel:
    def __init__(self, folder: Path, port: int) -> None:
        self.port, self.log = port, folder / "fakesmsc.log"

    def arrived(self, number: int) -> list[tuple[str, str, str]]:
        """(from, to, text) of `number` messages that the operator has been given, waited for."""
        for _try in range(100):
            found = GOT.findall(self.log.read_text())
            if len(found) >= number:
                break
            time.sleep(0.05)
        return [(sender, to, _text(coding, raw)) for sender, to, coding, raw in found]


def _text(coding: str, raw: str) -> str:
    return unquote_to_bytes(raw.replace("+", " ")).decode("utf-16-be") if coding == "ucs-2" else raw


@contextmanager
def kannel(folder: Path) -> Iterator[Kannel]:
    """The three programs; their files and logs are in `folder`."""
    names = ("admin", "boxes", "operator", "sendsms")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    configuration = folder / "kannel.conf"
    configuration.write_text(CONFIGURATION.format(user=USER, password=PASSWORD, **ports))
    with ExitStack() as stack:
        stack.enter_context(_running(folder, "bearerbox", str(configuration)))
        wait_for(ports["boxes"])
        wait_for(ports["operator"])
        stack.enter_context(_running(folder, "smsbox", str(configuration)))
        operator = ("-H", "127.0.0.1", "-r", str(ports["operator"]), "-m", "0", "1 2 text none")
        stack.enter_context(_running(folder, "fakesmsc", *operator))
        wait_for(ports["sendsms"])
        yield Kannel(folder, ports["sendsms"])


@contextmanager
def _running(folder: Path, name: str, *arguments: str) -> Iterator[None]:
    program = shutil.which(name, path=PATHS)
    assert program, name
    with (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen([program, *arguments], cwd=folder, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()
