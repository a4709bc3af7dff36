#!/usr/bin/env python3
"""Django's command line for Krug."""

import contextlib
import ctypes
import os
import sys

ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def give_memory_back() -> None:
    """Three allocators keep what Python, Polars and Arrow let go of, each for every thread that ever asked it: an import
    of half a million cards with their documents would hold 320 MB more, and be no faster for it."""
    # Within a tenth of a second; at once, Polars would fetch each page anew, which costs a tenth of the import's CPU.
    # Set, not offered: a parent that has imported Polars leaves its own setting here.
    os.environ["_RJEM_MALLOC_CONF"] = "dirty_decay_ms:100,muzzy_decay_ms:0"
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
    with contextlib.suppress(AttributeError):  # glibc alone has arenas; it reads its environment before we are here
        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmsite.settings")
    give_memory_back()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
