"""A provider that is called over HTTP, under a `url` and a `timeout` that its options name."""

from collections.abc import Mapping
from functools import cached_property

from channels.audiences.calling import Api
from tracking.telephony.base import CallTracking


class HttpCallTracking(CallTracking):
    def __exit__(self, *exception: object) -> None:
        if "api" in self.__dict__:
            self.api.close()
            del self.api

    @cached_property
    def api(self) -> Api:
        hidden = tuple(self._secrets.values())
        return Api(
            str(self.option("url")).rstrip("/"),
            headers=self.headers(),
            timeout=int(self.option("timeout")),
            hidden=hidden,
        )

    def headers(self) -> Mapping[str, str]:
        """What goes with every call."""
        return {}
