"""Which installation may send. The permission is bound to this cluster, timeline, database and machine.

A promoted, restored or cloned database has another fingerprint, so that it starts with sending off until a
person turns it on. (A byte-for-byte copy of a whole machine cannot be told from the original.)
"""

import hashlib
import secrets
from typing import Any, TypedDict

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import SendingPermit
from campaigns.refusals import Refused

# The timeline changes when a standby is promoted, the table's oid when a dump is restored in place.
IDENTITY = """
SELECT s.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid, d.datname,
       'campaigns_sendingpermit'::regclass::oid
FROM pg_control_system() AS s, pg_database AS d WHERE d.datname = current_database()
"""

PERMITTED = "SELECT fingerprint FROM campaigns_sendingpermit WHERE is_on"


class Status(TypedDict):
    """`is_on`: this installation may send now. `reason`: why not, a sentence."""

    is_on: bool
    reason: str
    author: Any
    changed_at: Any


def is_allowed() -> bool:
    """Whether this installation may send. Asked with every lease."""
    with connection.cursor() as cursor:
        cursor.execute(PERMITTED)
        permitted = cursor.fetchone()
    return permitted is not None and permitted[0] == fingerprint()


def fingerprint() -> str:
    """SHA-256 of what this installation is; empty when it has no id yet."""
    try:
        installation = settings.INSTALLATION_FILE.read_text().strip()
    except FileNotFoundError:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        facts = [*cursor.fetchone(), installation]
    return hashlib.sha256("\n".join(map(str, facts)).encode()).hexdigest()


def turn_on(user: Any) -> None:
    """Permit this installation, and only this one, to send."""
    _make_installation_id()
    _write(user, is_on=True)


def turn_off(user: Any) -> None:
    """Forbid sending; workers stop within a batch."""
    _write(user, is_on=False)


def status() -> Status:
    permit = SendingPermit.objects.select_related("author").first()
    if permit is None:
        reason = _("Sending was never turned on here.")
    elif not permit.is_on:
        reason = _("Sending is turned off.")
    elif permit.fingerprint != fingerprint():
        reason = _("Sending was permitted to another installation: this database was copied, restored or promoted.")
    else:
        reason = ""
    return Status(
        is_on=not reason,
        reason=reason,
        author=permit.author if permit else None,
        changed_at=permit.changed_at if permit else None,
    )


def require() -> None:
    """Raises `Refused` when this installation may not send."""
    reason = status()["reason"]
    if reason:
        raise Refused(_("%(reason)s An administrator turns it on: “manage.py sending on”.") % {"reason": reason})


@transaction.atomic
def _write(user: Any, *, is_on: bool) -> None:
    SendingPermit.objects.update_or_create(
        pk=1,
        defaults={"fingerprint": fingerprint(), "is_on": is_on, "author": user, "changed_at": timezone.now()},
    )


def _make_installation_id() -> None:
    """Once per machine, outside the database, so that a copy of the database has another one."""
    path = settings.INSTALLATION_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_hex(16))
    except FileExistsError:
        return
