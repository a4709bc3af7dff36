"""What the embedded servers wrote of themselves to `$VAR_DIR/embedded.json` (mode 0600)."""

import json
from pathlib import Path

FILE_NAME = "embedded.json"
# An address nobody answers at: lets `check` and `makemigrations` work before the servers were ever started.
NOT_STARTED = {"DATABASE_URL": "postgresql://krug@127.0.0.1:1/krug", "REDIS_URL": "redis://127.0.0.1:1/0"}


def known_urls(var_dir: Path) -> dict[str, str]:
    """`{"DATABASE_URL": …, "REDIS_URL": …}` of the embedded servers, running or not."""
    try:
        stored = json.loads((var_dir / FILE_NAME).read_text())
        return {name: str(stored[name]) for name in NOT_STARTED}
    except (OSError, ValueError, KeyError):
        return dict(NOT_STARTED)
