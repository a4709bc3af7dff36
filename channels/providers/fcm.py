"""Firebase Cloud Messaging, HTTP v1 (https://firebase.google.com/docs/cloud-messaging/send/v1-api).

A message's body is as `push` describes it; `to` is the registration token of a device. The secret is the JSON file of a
service account of the Firebase project, as the console hands it out. FCM takes the message over and tells nothing
of delivery to a server. The same token serves Android, browsers and, where the project has an APNs key, iPhones.

Not verified: that every UNAVAILABLE that FCM names itself means that nothing was accepted (its documents ask to repeat
the request); a bare 503, which may come from a gateway, proves nothing.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.models import Account
from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Action,
    Addressed,
    Capabilities,
    Option,
    ProviderError,
    Result,
)
from channels.providers.google_token import ServiceAccount, Token
from channels.providers.http_provider import ACCOUNT_AT_FAULT, HIDDEN, WIRE_OPTIONS, post_json
from channels.providers.http_wire import Answer, Call
from channels.providers.push import DEVICE_OPTIONS, TokenProvider
from channels.sealing import unseal_named

# errorCode: (kind, what it asks for). INVALID_ARGUMENT about the token itself is told apart in `_refusal`.
ERRORS: Mapping[str, tuple[str, Action]] = {
    "UNREGISTERED": (REJECTED, Action.MARK_CONTACT),
    "INVALID_ARGUMENT": (REJECTED, Action.NONE),
    "SENDER_ID_MISMATCH": (REJECTED, Action.NEXT_CHANNEL),  # a token of another project's application
    "QUOTA_EXCEEDED": (DEFERRED, Action.NONE),
    "UNAVAILABLE": (DEFERRED, Action.NONE),
    "INTERNAL": (UNKNOWN, Action.NONE),
    "THIRD_PARTY_AUTH_ERROR": (DEFERRED, Action.STOP_ACCOUNT),  # the project's APNs key or VAPID key
}
RESERVED = ("from", "message_type", "collapse_key")  # names that FCM keeps for itself in `data`
RESERVED_BEGINNINGS = ("google.", "gcm.")


class FcmProvider(TokenProvider):
    title = "Firebase Cloud Messaging"
    secrets: ClassVar[dict[str, str | Promise | Option]] = {
        "key": Option(label=_lazy("JSON file of the service account"), is_long=True),
    }
    options: ClassVar[dict[str, object]] = {
        "url": "https://fcm.googleapis.com",
        "token_url": Option("https://oauth2.googleapis.com/token", label=_lazy("Address that hands out tokens")),
        **DEVICE_OPTIONS,
        **WIRE_OPTIONS,
        # FCM asks for a minute where it names no time.
        "pause": Option(
            60, label=_lazy("Pause, seconds"), help=_lazy("When the provider asks for one and names no time.")
        ),
    }
    capabilities = Capabilities()

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._token: Token | None = None

    def open(self) -> None:
        """Raises ProviderError also for a secret that is no service account."""
        self.service_account  # noqa: B018
        super().open()

    @cached_property
    def service_account(self) -> ServiceAccount:
        """Raises ProviderError."""
        try:
            return ServiceAccount.read(self.fields)
        except ValueError as error:
            sentence = _("This is not the JSON file of a service account; wrong or missing: %(fields)s.")
            raise ProviderError(sentence % {"fields": error}, permanent=True) from error

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """The file's fields. Raises ProviderError."""
        return unseal_named(self.account.secret, first="key")

    @cached_property
    def credentials(self) -> Mapping[str, str]:
        """What is secret of them."""
        return {name: value for name, value in self.fields.items() if name in ("key", "private_key")}

    def call_of(self, message: Addressed) -> Call:
        told = self.message_for(message)
        data: Any = told.get("data", {})
        if wrong := [name for name in data if name in RESERVED or name.startswith(RESERVED_BEGINNINGS)]:
            raise ValueError(_("FCM keeps these names for itself: %(names)s") % {"names": ", ".join(wrong)})
        if str(data.get("link", "")).startswith("https://"):
            told["webpush"] = {"fcm_options": {"link": data["link"]}}
        return self._call({"message": told})

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        if answer.status == 200:
            return Result(ACCEPTED, provider_key=str(told["name"]))
        return _refusal(told["error"])

    def pause_after(self, answer: Answer) -> float | None:
        """FCM names a time with 503 as well."""
        if answer.status == 503 and "retry-after" in answer.headers:
            return super().pause_after(Answer(429, answer.headers, answer.body))
        return super().pause_after(answer)

    def check(self) -> str:
        """A message to a topic that is only looked at: the key, the project and the right to send are tried."""
        with self.borrowed():
            answer = self.heard(self._call({"validate_only": True, "message": {"topic": "krug"}}))
        if answer.status in ACCOUNT_AT_FAULT:
            raise self.refused(f"HTTP {answer.status}")
        if answer.status not in (200, 400):  # 400: it did not like the message, which it has looked at
            raise self.unclear(f"HTTP {answer.status}")
        return self.works()

    def _call(self, body: object) -> Call:
        project = quote(self.service_account.project, safe="")
        url = self.address(f"/v1/projects/{project}/messages:send")
        return post_json(url, body, {"Authorization": f"Bearer {self.bearer()}"})

    def bearer(self) -> str:
        """A token that is good for the next call, fetched when there is none. Raises ProviderError."""
        if self._token is None or not self._token.is_fresh():
            self._token = self._fetched()
        return self._token.value

    def _fetched(self) -> Token:
        answer = self.heard(self.service_account.call(str(self.option("token_url"))))
        if answer.status in ACCOUNT_AT_FAULT | {400}:  # 400 "invalid_grant": the key was withdrawn
            raise self.refused(f"HTTP {answer.status}")
        try:
            return Token.read(answer)
        except (ValueError, LookupError, TypeError) as error:
            raise self.unclear(f"HTTP {answer.status}") from error

    def _hidden(self, text: str) -> str:
        known = super()._hidden(text)
        return known.replace(self._token.value, HIDDEN) if self._token else known


def _refusal(error: Mapping[str, Any]) -> Result:
    """Of an "error" object. Raises LookupError for what FCM does not say in its own words."""
    details = error.get("details") or []
    code = next((detail["errorCode"] for detail in details if detail.get("@type", "").endswith("FcmError")), "")
    kind, action = ERRORS[code]
    if code == "INVALID_ARGUMENT" and _is_about_token(error):
        action = Action.MARK_CONTACT
    reply = str(error.get("message", ""))
    return Result(kind, code=code, reply=reply, permanent=kind == REJECTED, action=action)


def _is_about_token(error: Mapping[str, Any]) -> bool:
    """FCM names the field, or says so in a sentence alone."""
    violations = [one for detail in error["details"] for one in detail.get("fieldViolations", ())]
    if violations:
        return any(one.get("field") == "message.token" for one in violations)
    return "registration token" in str(error.get("message", "")).lower()
