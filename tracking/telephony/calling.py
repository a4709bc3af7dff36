"""A provider that is called over HTTP, under a `url` and a `timeout` that its options name."""

from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any

from channels.audiences.calling import Api, part, words_in
from channels.audiences.errors import ServiceError
from channels.providers.http_wire import Call as HttpCall
from tracking.telephony.base import CallTracking, Recorded

STATUS_NAMES = ("status", "code", "errorCode")  # of an error inside 200
STATUSES = range(400, 600)


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

    def recording(self, told: Recorded, name: str) -> HttpCall:
        """A recording is called by its address, unless a provider says otherwise."""
        return HttpCall("GET", name)

    def told_part(self, told: Any, name: str) -> Any:
        """What stands under this name; an answer that has words of an error instead is one. Raises ServiceError."""
        if isinstance(told, dict) and name not in told and (said := words_in(told)):
            raise self.error_inside(told, said)
        return part(told, name)

    def error_inside(self, told: Mapping[str, Any], said: str) -> ServiceError:
        """An error inside 200: by its HTTP status, where it names one; else it may pass by itself."""
        named = (told.get(name) for name in STATUS_NAMES)
        status = next((each for each in named if isinstance(each, int) and each in STATUSES), None)
        return self.api.refused(status or HTTPStatus.SERVICE_UNAVAILABLE, said)
