"""`smsc.pl` of Net::SMPP (Debian: libnet-smpp-perl): a message centre that nobody here wrote. It takes any password,
answers every submit with the id 123456789, prints each command, and brings no receipts."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import SkipTest

from crmsite.embedded.ports import free_port

SCRIPT = Path("/usr/share/doc/libnet-smpp-perl/examples/smsc.pl")
MESSAGE_ID = "123456789"


@contextmanager
def centre(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yields the port and the file of what it received; the process ends with the block."""
    perl = shutil.which("perl")
    if perl is None or not SCRIPT.exists():
        raise SkipTest("smsc.pl is not installed (Debian: apt-get install libnet-smpp-perl)")
    port, log = free_port(), folder / "smsc.log"
    script = folder / "smsc.pl"  # the port is written in the script, and its output would wait in a buffer
    text = SCRIPT.read_text().replace("$port = 9900;", f"$port = {port};").replace("$trace = 0;", "$trace = 1;", 1)
    script.write_text("$| = 1;\n" + text)
    with log.open("wb") as output:
        process = subprocess.Popen([perl, str(script)], stdout=output, stderr=output, start_new_session=True)
    try:
        _wait(log, process)
        yield port, log
    finally:
        process.kill()
        process.wait()


def _wait(log: Path, process: "subprocess.Popen[bytes]") -> None:
    for _try in range(200):
        if "accept loop" in log.read_text("latin-1"):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"smsc.pl did not start: {log.read_text('latin-1')}")
