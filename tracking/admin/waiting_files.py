"""Files between two steps of a page: looked at, not yet loaded. They wait in MEDIA_ROOT under names of ours."""

import secrets
import time
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

WAITS = 24 * 3600  # seconds
GONE = _("The file waited too long or is loaded already: choose it again.")


class Gone(Exception):
    """The file waited too long, or was loaded already."""


def file_field(label: Any, accept: str, *, empty: Any) -> forms.FileField:
    """The field of the first step; `empty` says what to do about an empty file."""
    widget = UnfoldAdminFileFieldWidget(attrs={"accept": accept})
    return forms.FileField(label=label, widget=widget, error_messages={"required": _("Choose a file."), "empty": empty})


def keep(data: bytes, folder: str) -> str:
    """Store the file for the second step and return its sealed name. Names are ours, never the visitor's.

    Files that nobody loaded in time go: they may hold people's numbers.
    """
    place = _place(folder)
    place.mkdir(parents=True, exist_ok=True)
    for old in place.iterdir():
        if old.stat().st_mtime < time.time() - WAITS:
            old.unlink(missing_ok=True)
    name = secrets.token_hex(16)
    (place / name).write_bytes(data)
    return signing.dumps(name, salt=_salt(folder))


def find(sealed: str, folder: str) -> Path:
    """Raises `Gone`."""
    try:
        path = _place(folder) / signing.loads(sealed, salt=_salt(folder), max_age=WAITS)
    except signing.BadSignature as error:
        raise Gone from error
    if not path.is_file():
        raise Gone
    return path


def _place(folder: str) -> Path:
    return Path(settings.MEDIA_ROOT) / folder


def _salt(folder: str) -> str:
    return f"tracking.waiting.{folder}"
