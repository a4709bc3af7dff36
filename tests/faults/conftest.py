"""A ward for each test, and an installation of its own that may send."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from campaigns import permission
from tests.campaigns.conftest import own_installation as own_installation  # noqa: PLC0414
from tests.campaigns.conftest import permitted as permitted  # noqa: PLC0414
from tests.campaigns.room import empty_outbox
from tests.faults.ward import Ward


@pytest.fixture
def ward(own_installation: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ward]:
    monkeypatch.setenv("SECRET_KEY", django_settings.SECRET_KEY)  # sessions and sealed keys are read by the processes
    permission.turn_on(None)
    ward = Ward(tmp_path)
    yield ward
    ward.close()
    empty_outbox()
