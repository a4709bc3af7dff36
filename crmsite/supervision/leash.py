"""A process that does not outlive its parent, even one that was killed (Linux: PR_SET_PDEATHSIG).

`python -m crmsite.supervision.leash PARENT COMMAND…` binds itself to its parent, then becomes COMMAND.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def die_with_parent(parent: int, sign: signal.Signals) -> None:
    """Called in the child. `parent` is the process id the parent had: it may be gone before we are bound to it."""
    if not _prctl:
        return
    _prctl(PR_SET_PDEATHSIG, sign)
    if os.getppid() != parent:
        os.kill(os.getpid(), sign)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]), signal.SIGTERM)
    os.execv(sys.argv[2], sys.argv[2:])
