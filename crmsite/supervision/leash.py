"""A process that does not outlive its parent, even one that was killed (Linux: PR_SET_PDEATHSIG)."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def die_with_parent(parent: int, sign: signal.Signals) -> None:
    """Called in the child. `parent` is the process id the parent had: it may be gone before we are bound to it."""
    if not _prctl:
        return
    _prctl(PR_SET_PDEATHSIG, sign)
    if os.getppid() != parent:
        os.kill(os.getpid(), sign)
