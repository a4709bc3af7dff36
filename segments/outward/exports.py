"""The log of who took whose data when: one line before the data leave, also where the taking then fails."""

import logging
from collections.abc import Sequence
from typing import Any

from segments.models import DataExport

logger = logging.getLogger("krug.exports")


def record(kind: str, *, about: str, recipient: str, rows: int, user: Any = None) -> DataExport:
    """`kind` of `DataExport.Kind`; `user` None: the machine, or somebody at the console."""
    logger.warning("data export: %s, %s, %s rows, to %s, by %s", kind, about, rows, recipient, user or "the machine")
    return DataExport.objects.create(
        kind=kind, about=about[:200], recipient=recipient[:200], rows=rows, user=user if user and user.pk else None
    )


def record_contacts(kind: str, contact_ids: Sequence[int], *, about: str, recipient: str) -> DataExport:
    """The same for addresses that are known one by one."""
    entry = record(kind, about=about, recipient=recipient, rows=len(contact_ids))
    entry.contact_ids = list(contact_ids)
    entry.save(update_fields=["contact_ids"])
    return entry
