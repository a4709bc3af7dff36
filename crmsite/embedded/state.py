"""What the embedded servers wrote of themselves to `$VAR_DIR/embedded.json` (mode 0600)."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE_NAME = "embedded.json"
# An address nobody answers at: lets `check` and `makemigrations` work before the servers were ever started.
NOT_STARTED = {"DATABASE_URL": "postgresql://krug@127.0.0.1:1/krug", "REDIS_URL": "redis://127.0.0.1:1/0"}


def _password() -> str:
    """URL-safe, so that it stands in an address unquoted."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class State:
    """Ports and passwords of one installation. Port 0: never started. `cluster` names the data they open."""

    var_dir: str
    cluster: str = field(default_factory=lambda: secrets.token_hex(8))
    postgres_port: int = 0
    owner_password: str = field(default_factory=_password)
    superuser_password: str = field(default_factory=_password)
    redis_port: int = 0
    redis_password: str = field(default_factory=_password)
    started_by: str = "embedded"  # or "up", which stops what it started

    @property
    def urls(self) -> dict[str, str]:
        return {
            "DATABASE_URL": f"postgresql://krug:{self.owner_password}@127.0.0.1:{self.postgres_port}/krug",
            "REDIS_URL": f"redis://:{self.redis_password}@127.0.0.1:{self.redis_port}/0",
        }

    @property
    def superuser_url(self) -> str:
        return f"postgresql://postgres:{self.superuser_password}@127.0.0.1:{self.postgres_port}/postgres"


def load(var_dir: Path) -> State | None:
    """The state kept in `var_dir`, wherever it was written; None if there is none that can be read."""
    try:
        stored = json.loads((var_dir / FILE_NAME).read_text())
        return State(**{name: stored[name] for name in State.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(var_dir: Path, state: State) -> None:
    """Replace the file at once: a reader sees the old state or the new one, never half of it."""
    new = var_dir / f".{FILE_NAME}.{os.getpid()}"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(state) | state.urls, file, indent=1)
    new.replace(var_dir / FILE_NAME)


def known_urls(var_dir: Path) -> dict[str, str]:
    """`{"DATABASE_URL": …, "REDIS_URL": …}` of the embedded servers, running or not.

    The file of another folder counts for nothing: a copied checkout must not write into the original's base.
    """
    state = load(var_dir)
    return state.urls if state and state.var_dir == str(var_dir) and state.postgres_port else dict(NOT_STARTED)
