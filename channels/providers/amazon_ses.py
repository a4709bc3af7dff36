"""Amazon SES, API v2 (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html), and its events through
Amazon SNS (https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html).

A letter goes as it is, signatures and all; SES gives it a Message-ID of its own and tells ours among the headers of each
event. Not verified: the name under which it throttles (`ThrottlingException`, from public clients).
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers import sns
from channels.providers.aws_signing import Signer
from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    Action,
    Addressed,
    Capabilities,
    Option,
    Report,
    Request,
    Result,
    Told,
)
from channels.providers.esp_letter import recipient
from channels.providers.http_provider import WIRE_OPTIONS, HttpProvider, by_status, post_json
from channels.providers.http_wire import Answer, Call

# By the name of the error; one that is not here is known by its status.
ERRORS: Mapping[str, tuple[str, Action]] = {
    "AccountSuspendedException": (DEFERRED, Action.STOP_ACCOUNT),
    "SendingPausedException": (DEFERRED, Action.STOP_ACCOUNT),
    "MailFromDomainNotVerifiedException": (DEFERRED, Action.STOP_ACCOUNT),
    "LimitExceededException": (DEFERRED, Action.NONE),
    "TooManyRequestsException": (DEFERRED, Action.NONE),
    "ThrottlingException": (DEFERRED, Action.NONE),
    "MessageRejected": (REJECTED, Action.NONE),  # the letter, or an address that a sandbox does not know
    "BadRequestException": (REJECTED, Action.NONE),
}
EVENTS: Mapping[str, str] = {
    "Send": "sent",
    "Delivery": "delivered",
    "DeliveryDelay": "deferred",
    "Open": "opened",
    "Click": "clicked",
    "Bounce": "failed",
    "Complaint": "complained",
    "Reject": "failed",
}
DEAD = "Permanent"  # bounceType of an address that is to blame
NOT_SPAM = "not-spam"  # complaintFeedbackType of a person who took the letter out of the spam


class AmazonSesProvider(HttpProvider):
    title = "Amazon SES"
    secrets: ClassVar[dict[str, str | Promise | Option]] = {
        "key": _lazy("Access key ID"),
        "second": _lazy("Secret access key"),
    }
    options: ClassVar[dict[str, object]] = {
        "region": Option("eu-central-1", label=_lazy("Region"), required=True),
        "configuration_set": Option(
            "", label=_lazy("Configuration set"), help=_lazy("The one whose events go to the topic.")
        ),
        "topic": Option(
            "",
            label=_lazy("Topic of events (ARN)"),
            help=_lazy("arn:aws:sns:…; only what this topic of Amazon SNS says is believed."),
        ),
        "url": Option("", label=_lazy("Address of the API"), help=_lazy("Empty: the usual one.")),
        **WIRE_OPTIONS,
    }
    capabilities = Capabilities(tells_delivered=True, tells_opened=True)
    carries_files = True

    def call_of(self, message: Addressed) -> Call:
        told: dict[str, Any] = {
            "Content": {"Raw": {"Data": base64.b64encode(message.body).decode()}},
            "Destination": {"ToAddresses": [recipient(message.to)]},
        }
        if self.option("configuration_set"):
            told["ConfigurationSetName"] = str(self.option("configuration_set"))
        return self._signed(post_json(self.address("/v2/email/outbound-emails"), told, {}))

    def result_of(self, answer: Answer) -> Result:
        if answer.status == 200:
            return Result(ACCEPTED, provider_key=str(answer.json()["MessageId"]))
        name = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
        known = by_status(answer.status)
        if name in ERRORS and answer.status // 100 == 4:
            kind, action = ERRORS[name]
            known = Result(kind, code=name, permanent=kind == REJECTED, action=action)
        told = answer.json()
        return replace(known, reply=str(told.get("message") or told.get("Message") or ""))

    def check(self) -> str:
        answer = self.ask(self._signed(Call("GET", self.address("/v2/email/account"))))
        try:
            told = answer.json()
            quota = told["SendQuota"]
            left = int(quota["Max24HourSend"] - quota["SentLast24Hours"])
            is_on = told["SendingEnabled"]
        except (ValueError, LookupError, TypeError) as error:
            raise self.unclear(_("the answer is not what it was")) from error
        if not is_on:
            raise self.refused(_("sending is switched off"))
        return self.works() + " " + _("Letters left for 24 hours: %(left)s.") % {"left": left}

    def reports(self, request: Request) -> Told:
        if request.method != "POST":
            return Told()
        told = sns.read(request.body, str(self.option("topic")), self.fetched)
        if told["Type"] == sns.CONFIRMATION:
            sns.confirm(told, self.fetched)
        if told["Type"] != sns.NOTIFICATION:
            return Told()
        report = event_of(told["Message"], request.received_at)
        return Told(reports=[report] if report else [])

    def fetched(self, url: str) -> bytes:
        """Of Amazon SNS, from the address in its message. Raises ProviderError."""
        return self.ask(Call("GET", url)).body

    def address(self, path: str) -> str:
        own = str(self.option("url")).rstrip("/")
        return (own or f"https://email.{self.option('region')}.amazonaws.com") + path

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        found = super().faults(options)
        if not options.get("url"):
            found.pop("url", None)
        if not str(options.get("region", "eu-central-1")).replace("-", "").isalnum():
            found["region"] = _("The name alone, without “https://” and without slashes.")
        return found

    def _signed(self, call: Call) -> Call:
        secret = self.credentials
        signer = Signer(secret.get("key", ""), secret.get("second", ""), str(self.option("region")), "ses")
        return signer.sign(call, datetime.now(UTC))


def event_of(message: str, received_at: datetime) -> Report | None:
    """None for what is no event of a letter. Raises ValueError for an event that cannot be read."""
    try:
        told = json.loads(message)
    except ValueError:
        return None  # SES tries a new topic with a sentence
    kind = str(told.get("eventType") or told.get("notificationType")) if isinstance(told, dict) else ""
    if kind not in EVENTS:
        return None
    mail = told.get("mail")
    if not isinstance(mail, dict) or not mail.get("messageId"):
        raise ValueError("an event without its letter")
    about = told.get(kind[0].lower() + kind[1:])
    about = about if isinstance(about, dict) else {}
    if about.get("complaintFeedbackType") == NOT_SPAM:
        return None
    return Report(
        _key_of(mail),
        "bounced" if about.get("bounceType") == DEAD else EVENTS[kind],
        _moment(about.get("timestamp"), received_at),
        reason=_reason(about),
        raw={"event": kind, "id": mail["messageId"]},
    )


def _key_of(mail: Mapping[str, Any]) -> str:
    """Our Message-ID, as it was in the letter; else the id that SES gave it, which is the key that it answered."""
    headers = mail.get("headers")
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict) and str(header.get("name", "")).lower() == "message-id":
            return str(header.get("value", ""))
    return str(mail["messageId"])


def _reason(about: Mapping[str, Any]) -> str:
    words = (about.get(name) for name in ("bounceSubType", "complaintFeedbackType", "delayType", "reason"))
    return next((str(word) for word in words if word), "")


def _moment(told: object, otherwise: datetime) -> datetime:
    try:
        found = parse_datetime(str(told))
    except ValueError:
        found = None
    return found if found is not None and found.tzinfo is not None else otherwise
