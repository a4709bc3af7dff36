"""The log of who took whose data when: one line before the data leave, also where the taking then fails."""

import hashlib
import logging
from collections.abc import Sequence
from typing import Any

from segments.models import DataExport

logger = logging.getLogger("krug.exports")


def record(kind: str, *, about: str, recipient: str, rows: int, user: Any = None) -> DataExport:
    """`kind` of `DataExport.Kind`; `user` None: the machine, or somebody at the console."""
    person = user if user and user.pk else None
    return _kept(DataExport(kind=kind, about=about, recipient=recipient, rows=rows, user=person))


def record_contacts(
    kind: str, contact_ids: Sequence[int], *, about: str, recipient: str, content: bytes = b""
) -> DataExport:
    """The same for addresses that are known one by one; it is the machine that sends them. Of `content`, the file that
    leaves, its SHA-256 is kept."""
    ids = list(contact_ids)
    digest = hashlib.sha256(content).hexdigest() if content else ""
    return _kept(DataExport(kind=kind, about=about, recipient=recipient, rows=len(ids), contact_ids=ids, digest=digest))


def _kept(entry: DataExport) -> DataExport:
    whom = entry.user or "the machine"
    logger.warning(
        "data export: %s, %s, %s rows, to %s, by %s", entry.kind, entry.about, entry.rows, entry.recipient, whom
    )
    entry.about, entry.recipient = entry.about[:200], entry.recipient[:200]
    entry.save(force_insert=True)
    return entry
