"""A provider with a webhook, as small as a real one can be: for tests alone, registered only in them.

It signs `time.body` with HMAC-SHA256. The body is JSON: {"events": [{"id", "status", "at", "reason", "ours"}],
"messages": [{"id", "from", "text", "at"}]}; times are seconds since 1970.
"""

import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from channels.freshness import require_fresh
from channels.models import Account, Channel
from channels.providers import REGISTRY
from channels.providers.base import (
    ACCEPTED,
    Addressed,
    After,
    BadSignature,
    Before,
    Incoming,
    Provider,
    Report,
    Request,
    Result,
    Told,
)
from channels.sealing import seal, unseal
from tests.peers.signing import KEY, signature, signed

__all__ = ["KEY", "SignedProvider", "make_account", "registered", "signed"]

WORDS = {
    "sent": "sent",
    "ok": "delivered",
    "seen": "opened",
    "dead": "bounced",
    "late": "expired",
    "spam": "complained",
}


class SignedProvider(Provider):
    """Accepts everything; its keys are "k" and our id."""

    def open(self) -> None:
        unseal(self.account.secret)

    def close(self) -> None:
        pass

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        for message in messages:
            before(message.id)
            after(message.id, Result(ACCEPTED, provider_key=f"k{message.id}"))

    def check(self) -> str:
        return "ok"

    def reports(self, request: Request) -> Told:
        moment = request.headers.get("x-time", "")
        right = signature(unseal(self.account.secret), moment, request.body)
        if not hmac.compare_digest(right.encode(), request.headers.get("x-signature", "").encode()):
            raise BadSignature
        require_fresh(_at(int(moment)), request.received_at)
        if request.method == "GET":
            return Told(answer=request.query.get("challenge", "").encode())
        told = json.loads(request.body)
        return Told(
            [_report(event) for event in told.get("events", ())],
            [Incoming(m["id"], m["from"], m["text"], _at(m["at"]), m) for m in told.get("messages", ())],
            answer=b"ok",
        )


def _report(event: dict[str, Any]) -> Report:
    status = WORDS.get(event["status"], event["status"])
    return Report(event["id"], status, _at(event["at"]), event.get("reason", ""), event.get("ours", 0), raw=event)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


registered = mock.patch.dict(REGISTRY, {"signed": (Channel.SMS, "Signed", "tests.peers.signed.SignedProvider")})


def make_account(name: str = "Подписанный", **fields: Any) -> Account:
    return Account.objects.create(name=name, **{"channel": "sms", "provider": "signed", "secret": seal(KEY)} | fields)
