"""For the contract of push providers: a book of devices in memory, in which each key is the address itself."""

from collections.abc import Collection, Mapping, Sequence
from unittest import mock

from channels import devices, notices
from channels.devices import Known
from channels.models import Account


class KnownDevices:
    """Mixed into a test class before the contract; `gone` and `kept` are what the provider had written down."""

    def setUp(self) -> None:
        super().setUp()
        self.gone: dict[str, str] = {}
        self.kept: list[notices.Sent] = []
        self.enterContext(mock.patch.object(devices, "addresses", self._addresses))
        self.enterContext(mock.patch.object(devices, "mark_gone", self._mark_gone))
        self.enterContext(mock.patch.object(notices, "keep", self._keep))

    def _addresses(self, account: Account, keys: Collection[str]) -> dict[str, Known]:
        return {key: Known(key, True) for key in keys}

    def _mark_gone(self, tried: Mapping[str, str]) -> int:
        self.gone.update(tried)
        return len(tried)

    def _keep(self, sent: Sequence[notices.Sent]) -> None:
        self.kept += sent
