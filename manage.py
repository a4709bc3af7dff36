#!/usr/bin/env python3
"""Django's command line for Krug."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmsite.settings")
    # Polars' allocator gives freed memory back within a tenth of a second: an import of half a million rows holds
    # 240 MB less. At once, it would fetch each page anew, which costs a tenth of the import's CPU. Set, not offered: a
    # parent that has imported Polars leaves its own setting here.
    os.environ["_RJEM_MALLOC_CONF"] = "dirty_decay_ms:100,muzzy_decay_ms:0"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
