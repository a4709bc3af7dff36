"""Push through RuStore (https://www.rustore.ru/help/en/sdk/push-notifications/send-push-notifications).

A message's body is as `push` describes it; `to` is the push token of a device. The secret is the service token of the push
project, which the RuStore console shows beside the project's id. RuStore tells nothing of delivery, and its answer
bears no key: a message is known by our own record alone.

Not verified: the words of refusals, which follow FCM's plainer form ({"error": {"code", "message", "status"}}), hence the
option of those that mean a dead token; and that `validate_only`, by which an account is tried, is heeded: the token that
goes with it is nobody's in any case.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Action,
    Addressed,
    Capabilities,
    Option,
    Result,
)
from channels.providers.http_provider import ACCOUNT_AT_FAULT, WIRE_OPTIONS, post_json
from channels.providers.http_wire import Answer, Call
from channels.providers.push import DEVICE_OPTIONS, TokenProvider

NOBODY = "krug-looks-whether-the-account-works"

# error.status: (kind, what it asks for), beside the option `dead_tokens`.
ERRORS: Mapping[str, tuple[str, Action]] = {
    "INVALID_ARGUMENT": (REJECTED, Action.NONE),
    "PERMISSION_DENIED": (DEFERRED, Action.STOP_ACCOUNT),
    "UNAUTHENTICATED": (DEFERRED, Action.STOP_ACCOUNT),
    "INTERNAL": (UNKNOWN, Action.NONE),
}


class RuStoreProvider(TokenProvider):
    title = "RuStore"
    secrets: ClassVar[dict[str, str | Promise | Option]] = {"key": _lazy("Service token")}
    options: ClassVar[dict[str, object]] = {
        "url": "https://vkpns.rustore.ru",
        "project": Option("", label=_lazy("Project ID"), required=True),
        "is_deep_link": Option(False, label=_lazy("A press opens the link without asking the application")),
        "dead_tokens": Option(["NOT_FOUND", "UNREGISTERED"], label=_lazy("Refusals that mean a dead token")),
        **DEVICE_OPTIONS,
        **WIRE_OPTIONS,
    }
    capabilities = Capabilities()

    def call_of(self, message: Addressed) -> Call:
        told = self.message_for(message)
        data: Any = told.get("data", {})
        if self.option("is_deep_link") and "link" in data:
            told["android"] = {"notification": {"click_action": data["link"], "click_action_type": 1}}
        return self._call({"message": told})

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        if answer.status == 200 and "error" not in told:
            return Result(ACCEPTED, provider_key=str(told.get("name", "")))
        error = told["error"]
        code = str(error["status"])
        kind, action = (REJECTED, Action.MARK_CONTACT) if self._is_dead(code) else ERRORS[code]
        reply = str(error.get("message", ""))
        return Result(kind, code=code, reply=reply, permanent=kind == REJECTED, action=action)

    def check(self) -> str:
        """The credentials are good when it is the token of nobody that is refused."""
        body = {"validate_only": True, "message": {"token": NOBODY, "notification": {"title": "Krug", "body": "Krug"}}}
        answer = self.heard(self._call(body))
        results = self.results_for([Addressed(0, NOBODY, b"")], answer)
        if results[0].kind in (ACCEPTED, REJECTED):
            return self.works()
        if answer.status in ACCOUNT_AT_FAULT:
            raise self.refused(f"HTTP {answer.status}")
        raise self.unclear(f"HTTP {answer.status}")

    def _call(self, body: object) -> Call:
        url = self.address(f"/v1/projects/{quote(str(self.option('project')), safe='')}/messages:send")
        return post_json(url, body, {"Authorization": f"Bearer {self.credentials.get('key', '')}"})

    def _is_dead(self, code: str) -> bool:
        dead = self.option("dead_tokens")
        return isinstance(dead, list) and code in dead
