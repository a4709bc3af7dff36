"""A ward for each test, and an installation of its own that may send."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from campaigns import permission
from tests.campaigns.launches import be_permitted
from tests.campaigns.room import empty_outbox
from tests.faults.ward import Ward


@pytest.fixture(autouse=True)
def own_installation(settings: Any, tmp_path: Path) -> None:
    settings.JOURNAL_DIR = tmp_path / "journals"
    settings.INSTALLATION_FILE = tmp_path / "installation_id"


@pytest.fixture
def permitted(own_installation: None, db: None) -> None:
    be_permitted()


@pytest.fixture
def ward(own_installation: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ward]:
    monkeypatch.setenv("SECRET_KEY", django_settings.SECRET_KEY)  # sessions and sealed keys are read by the processes
    permission.turn_on(None)
    ward = Ward(tmp_path)
    yield ward
    ward.close()
    empty_outbox()
