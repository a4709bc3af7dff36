"""Unisender Go by its web API (https://godocs.unisender.ru/web-api-ref, django-anymail 15.2, unisender_go_api 0.3).

A call takes up to 500 recipients of one text; our letters differ by their links, so that each goes in a call of its
own, many of them at one time. The letter's Message-ID goes along as metadata, and comes back with every report.
Go adds its own footer, counts clicks by links of its own and drops List-Unsubscribe, unless its support allows
otherwise for the account: hence `footer` and `tracking`. Without the right they are refused with 400.
Not verified: which numbers errors have besides 114 (another data centre's user) and 204 (nobody to send to), hence
`codes`; how a second letter under the same `idempotence_key` within its minute is refused. The key is therefore made
of the letter's bytes: only the very same letter can meet it.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import (
    ACCEPTED,
    REJECTED,
    Action,
    Addressed,
    BadSignature,
    Capabilities,
    Option,
    Report,
    Request,
    Result,
    Told,
)
from channels.providers.code_table import CodeTable, codes_option, refusal
from channels.providers.esp_letter import METADATA, EspLetter, parts_of, recipient
from channels.providers.http_provider import REFUSED, WIRE_OPTIONS, by_status, post_json
from channels.providers.http_wire import Answer, Call

DOUBLE = re.compile(r"\{(?=\{)")  # each of a row of three, too
NOBODY_LEFT = "204"  # all addresses are among the failed
SERVERS = (
    ("https://go1.unisender.ru/ru/transactional/api/v1", "go1.unisender.ru"),
    ("https://go2.unisender.ru/ru/transactional/api/v1", "go2.unisender.ru"),
)

# failed_emails: what each asks for. A word that is not here was refused too, for a reason of its own.
FAILED: Mapping[str, Action] = {
    "invalid": Action.MARK_CONTACT,
    "permanent_unavailable": Action.MARK_CONTACT,
    "temporary_unavailable": Action.NEXT_CHANNEL,  # for three days: a full mailbox, a host that takes no mail
    "unsubscribed": Action.OPT_OUT,
    "complained": Action.OPT_OUT,
    "blocked": Action.NEXT_CHANNEL,
    "duplicate": Action.NONE,
}
CODES = {"114": Action.STOP_ACCOUNT.value}

STATUSES: Mapping[str, str] = {
    "sent": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "spam": "complained",
    "soft_bounced": "deferred",
    "hard_bounced": "failed",
}
# Of a hard bounce: the address itself is to blame. A full mailbox, a spam filter or a lost letter does not say so.
DEAD = frozenset({"err_user_unknown", "err_user_inactive", "err_mailbox_discarded", "err_domain_inactive"})


class UnisenderGoProvider(CodeTable):
    title = "Unisender Go"
    secrets: ClassVar[dict[str, str | Promise | Option]] = {"key": _lazy("API key")}
    options: ClassVar[dict[str, object]] = {
        "url": Option(
            SERVERS[0][0],
            _lazy("Server of the account"),
            _lazy("The one that is shown in the address of the cabinet."),
            choices=SERVERS,
        ),
        "footer": Option(
            True,
            _lazy("Unisender adds its unsubscribe footer"),
            _lazy("Its link leads to our page. To go without it, ask the support of Unisender first."),
        ),
        "tracking": Option(
            True,
            _lazy("Unisender counts openings and clicks too"),
            _lazy("Our own counting goes on without it. To turn it off, ask the support of Unisender first."),
        ),
        "codes": codes_option(CODES),
        **WIRE_OPTIONS,
    }
    codes = CODES
    capabilities = Capabilities(tells_delivered=True, tells_opened=True)

    def call_of(self, message: Addressed) -> Call:
        return self._method("email/send", {"message": self._message(message, parts_of(message.body))})

    def _message(self, message: Addressed, letter: EspLetter) -> dict[str, Any]:
        body = {"html": letter.html, "plaintext": letter.text, "amp": letter.amp}
        unsubscribe = letter.headers.get("List-Unsubscribe", "").strip("<>")
        metadata = {METADATA: letter.message_id} if letter.message_id else {}
        return {
            "recipients": [{"email": recipient(message.to), "metadata": metadata}],
            "subject": inert(letter.subject),
            "from_email": letter.sender,
            "from_name": inert(letter.sender_name),
            "body": {kind: inert(text) for kind, text in body.items() if text},
            "headers": letter.headers,
            "idempotence_key": hashlib.sha256(message.to.encode() + b"\0" + message.body).hexdigest(),
            **({"reply_to": letter.reply_to} if letter.reply_to else {}),
            **({} if self.option("footer") else {"skip_unsubscribe": 1}),
            **({} if self.option("tracking") else {"track_links": 0, "track_read": 0}),
            **({"options": {"unsubscribe_url": unsubscribe}} if unsubscribe else {}),
        }

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        failed = told.get("failed_emails") or {}
        if failed:
            return failed_by(next(iter(failed.values())), str(told.get("job_id", "")))
        if answer.status == 200 and told["status"] == "success":
            return Result(ACCEPTED, provider_key=str(told["job_id"]))
        return self._error(answer.status, str(told["code"]), str(told.get("message", "")))

    def _error(self, status: int, code: str, reply: str) -> Result:
        if code == NOBODY_LEFT:
            return Result(REJECTED, code=code, reply=reply, permanent=True, action=Action.NEXT_CHANNEL)
        result = replace(by_status(status), code=code, reply=reply)
        if status in REFUSED:  # a bad address is told otherwise: it is the call itself, which is like the others
            result = replace(result, action=Action.PAUSE_CAMPAIGN)
        word = self.wanted(code)
        return refusal(word, code=code, reply=reply) if word else result

    def check(self) -> str:
        self.ask(self._method("system/info", {}))
        return self.works()

    def reports(self, request: Request) -> Told:
        if request.method == "GET" and not request.body:  # how Go tries an address that it is given
            return Told()
        told = json.loads(request.body.decode())
        self._verify(told, request.body)
        return Told(reports=[report for one in events(told) if (report := report_of(one, request.received_at))])

    def _verify(self, told: object, body: bytes) -> None:
        """`auth` is the md5 of the raw body with the API key in its place."""
        auth = told.get("auth") if isinstance(told, dict) else None
        if not isinstance(auth, str) or not auth or not self.credentials.get("key"):
            raise BadSignature
        signed = body.replace(auth.encode(), self.credentials["key"].encode())
        expected = hashlib.md5(signed, usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(expected.encode(), auth.encode()):
            raise BadSignature

    def _method(self, name: str, body: Mapping[str, Any]) -> Call:
        headers = {"Accept": "application/json", "X-API-KEY": self.credentials.get("key", "")}
        return post_json(self.address(f"/{name}.json"), body, headers)


def inert(text: str) -> str:
    """Go fills `{{name}}` and `{{#if}}` wherever they stand: an invisible word joiner keeps a person's own from it."""
    return DOUBLE.sub("{\u2060", text)


def failed_by(word: str, job: str) -> Result:
    """What `failed_emails` says of the only recipient."""
    return Result(REJECTED, code=word, reply=job, permanent=True, action=FAILED.get(word, Action.NONE))


def events(told: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """`event_data` of a call that tells of many, or the call itself where the cabinet was told to send them one by one.
    Raises ValueError."""
    try:
        if "events_by_user" not in told:
            return [told] if told["event_name"] == "transactional_email_status" else []
        return [
            event["event_data"]
            for user in told["events_by_user"]
            for event in user["events"]
            if event["event_name"] == "transactional_email_status"
        ]
    except (LookupError, TypeError) as error:
        raise ValueError("not the events of Unisender Go") from error


def report_of(event: Mapping[str, Any], otherwise: datetime) -> Report | None:
    """None for news that we have no word for. Raises ValueError."""
    if not isinstance(event, dict):
        raise ValueError("an event is no object")
    status = STATUSES.get(str(event.get("status")))
    if status is None:
        return None
    delivery = event.get("delivery_info") or {}
    reason = str(delivery.get("delivery_status") or "")
    if event["status"] == "hard_bounced":
        status = "bounced" if reason in DEAD else "unsubscribed" if reason == "err_unsubscribed" else status
    metadata = event.get("metadata") or {}
    return Report(
        str(metadata.get(METADATA) or event.get("job_id") or ""),
        status,
        _time(event.get("event_time"), otherwise),
        reason=reason or str(delivery.get("destination_response") or ""),
        raw={name: value for name, value in event.items() if name not in {"email", "auth"}},
    )


def _time(told: object, otherwise: datetime) -> datetime:
    """`event_time` names no zone and is in UTC, as the documentation says."""
    try:
        return datetime.fromisoformat(str(told)).replace(tzinfo=UTC)
    except ValueError:
        return otherwise
