"""PostgreSQL's settings for the machine it stands on."""

import os
from pathlib import Path

GIGABYTE = 2**30
CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def machine_memory() -> int:
    """Bytes this machine, or the container we are in, may use."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in CGROUP_LIMITS:
        try:
            memory = min(memory, int(Path(path).read_text()))
        except (OSError, ValueError):  # no such control group, or "max"
            continue
    return memory


def settings(port: int, memory: int) -> dict[str, str]:
    """`{name: value}` for postgresql.conf. `synchronous_commit` stays on: an acknowledged commit is kept. Pages in the
    WAL stay as they are: these binaries know no method but pglz, which takes half of the time of building an index."""
    buffers = max(128 * 2**20, min(4 * GIGABYTE, memory // 4))
    return {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",  # a socket's path may hold 107 bytes only
        "password_encryption": "scram-sha-256",
        "max_connections": "100",
        "shared_buffers": _megabytes(buffers),
        "effective_cache_size": _megabytes(max(2 * buffers, memory * 6 // 10)),
        "maintenance_work_mem": _megabytes(max(64 * 2**20, min(GIGABYTE, memory // 16))),
        "work_mem": _megabytes(max(8 * 2**20, min(64 * 2**20, memory // 256))),
        "max_wal_size": "8GB",
        "wal_compression": "off",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }


def as_configuration(values: dict[str, str]) -> str:
    return "".join(f"{name} = '{value}'\n" for name, value in values.items())


def _megabytes(size: int) -> str:
    return f"{size // 2**20}MB"
