"""Every test of campaigns has an installation and journals of its own."""

from pathlib import Path
from typing import Any

import pytest

from tests.campaigns.launches import be_permitted


@pytest.fixture(autouse=True)
def own_installation(settings: Any, tmp_path: Path) -> None:
    settings.JOURNAL_DIR = tmp_path / "journals"
    settings.INSTALLATION_FILE = tmp_path / "installation_id"


@pytest.fixture
def permitted(own_installation: None, db: None) -> None:
    be_permitted()
