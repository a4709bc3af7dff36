"""A folder of its own for the files that a test uploads."""

import tempfile
from pathlib import Path
from unittest import TestCase

from django.test import override_settings


def own_media(test: TestCase) -> Path:
    """MEDIA_ROOT for the length of this test: an empty folder, gone afterwards."""
    folder = tempfile.TemporaryDirectory()
    test.addCleanup(folder.cleanup)
    settings = override_settings(MEDIA_ROOT=folder.name)
    settings.enable()
    test.addCleanup(settings.disable)
    return Path(folder.name)
