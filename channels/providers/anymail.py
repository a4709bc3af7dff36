"""E-mail services by their APIs, through django-anymail 15.2 (https://anymail.dev).

anymail says what a service's call is and what its answer means; the call itself goes over our own wire, so that many
are in flight, and what left without an answer is told from what never left. Its backend is made from the account,
never from Django's settings. The letter's Message-ID goes along as metadata where the service has any, and comes back
with every report.
"""

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from email.utils import quote
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urljoin

import requests
from anymail.backends.base_requests import AnymailRequestsBackend, RequestsPayload
from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailError
from anymail.message import AnymailRecipientStatus
from django.core.mail import EmailMultiAlternatives
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.doors import address_of
from channels.models import Account
from channels.providers.anymail_hooks import reports_of
from channels.providers.anymail_services import BASIC, SERVICES, Service
from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Action,
    Addressed,
    After,
    Before,
    Capabilities,
    Option,
    Provider,
    ProviderError,
    Request,
    Result,
    Told,
)
from channels.providers.esp_letter import METADATA, EspLetter, parts_of, recipient
from channels.providers.http_provider import WIRE_OPTIONS, HttpProvider, by_status
from channels.providers.http_wire import Answer, Call

SAMPLE = EspLetter("", "krug@example.com", "x", "", "", {}, "x", "", "")  # for a call whose credentials alone are used

# anymail.message.ANYMAIL_STATUSES. A service may refuse for reasons that anymail does not tell: that marks nobody.
RESULTS: Mapping[str | None, Result] = {
    "queued": Result(ACCEPTED),
    "sent": Result(ACCEPTED),
    "invalid": Result(REJECTED, permanent=True, action=Action.MARK_CONTACT),
    "rejected": Result(REJECTED, permanent=True, action=Action.NEXT_CHANNEL),
    "failed": Result(REJECTED, permanent=True),
}
# Mandrill answers its own errors with 500, and names them (https://mailchimp.com/developer/transactional/docs/).
NAMED: Mapping[str, Result] = {
    "Invalid_Key": Result(DEFERRED, action=Action.STOP_ACCOUNT),
    "PaymentRequired": Result(DEFERRED, action=Action.STOP_ACCOUNT),
    "Unknown_Subaccount": Result(DEFERRED, action=Action.STOP_ACCOUNT),
    "ValidationError": Result(REJECTED, permanent=True, action=Action.PAUSE_CAMPAIGN),
}


# Settings by anymail's own names; a service has those that its line names.
SETTINGS: Mapping[str, Option] = {
    "sender_domain": Option("", _lazy("Domain at the service"), _lazy("Empty: that of the sender's address.")),
    "message_stream": Option("", _lazy("Message stream"), _lazy("broadcast is the usual one of mailings.")),
    "sandbox_id": Option("", _lazy("Number of the sandbox"), _lazy("Empty: letters go to people.")),
    "subaccount": Option("", _lazy("Subaccount")),
    "project_id": Option("", _lazy("Project ID"), required=True),
    "region": Option("", _lazy("Region"), _lazy("Empty: the usual one.")),
}  # fmt: skip
COMMON: Mapping[str, Option] = {
    "withheld": Option(
        [], _lazy("Headers that the service does not take"), _lazy("One a line; most take all that a letter has.")
    ),
    "check_path": Option("", _lazy("Method that only tries the key"), _lazy("Empty: the usual one.")),
}


def options_of(service: Service) -> dict[str, object]:
    """What an account of the service asks for, its own settings first."""
    url = Option(
        "", _lazy("Address of the API"), service.help or _lazy("Empty: the usual one."), required=service.own_url
    )
    settings = {name: SETTINGS[name] for name in service.settings}
    return {**settings, "url": url, **COMMON, **WIRE_OPTIONS}


def secrets_of(service: Service) -> dict[str, str | Promise | Option]:
    secrets: dict[str, str | Promise | Option] = {"key": _lazy("API key or token")}
    if service.second:
        secrets["second"] = _lazy("Secret key")
    if service.view and service.hook == BASIC:
        help_text = _lazy(
            "name:password, which also stand in the address that the service is given: https://name:password@…"
        )
        secrets["hook"] = Option(label=_lazy("Name and password of webhooks"), help=help_text)
    elif service.view:
        secrets["hook"] = Option(
            label=_lazy("Key of webhooks"), help=_lazy("What the service signs with; from its cabinet.")
        )
    return secrets


class AnymailProvider(HttpProvider):
    """One of `SERVICES`; `channels.providers.anymail_esps` has a class for each. `url` is the API of a service that has
    several (a region, one's own Postal); empty: the usual one. `withheld` are headers of the letter that the service
    does not take."""

    service: ClassVar[Service]
    esp: ClassVar[str]
    capabilities = Capabilities(tells_delivered=True, tells_opened=True)

    def __init_subclass__(cls, *, esp: str) -> None:
        cls.esp, cls.service = esp, SERVICES[esp]
        cls.title = cls.service.title
        cls.options, cls.secrets = options_of(cls.service), secrets_of(cls.service)
        if not cls.service.view:
            cls.reports = Provider.reports  # type: ignore[method-assign]  # so that no address is shown for it
            cls.capabilities = Capabilities()

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._asked: dict[int, tuple[RequestsPayload, EmailMultiAlternatives]] = {}

    @cached_property
    def backend(self) -> AnymailRequestsBackend:
        """Raises ProviderError when a setting is missing."""
        names = {"key": self.service.key, "second": self.service.second}
        given: dict[str, object] = {
            setting: self.credentials.get(name, "") for name, setting in names.items() if setting
        }
        given |= {name: value for name in self.service.settings if (value := self.option(name))}
        if self.option("url"):
            given["api_url"] = self.option("url")
        try:
            with warnings.catch_warnings():  # anymail warns that it no longer tests against SendGrid itself
                warnings.simplefilter("ignore")
                made = import_string(f"anymail.backends.{self.esp}.EmailBackend")
                return made(ignore_unsupported_features=True, **given)
        except (AnymailError, AnymailConfigurationError, ValueError) as error:
            raise ProviderError(_("A setting of the e-mail service is missing."), permanent=True) from error

    def open(self) -> None:
        self.backend  # noqa: B018  # a missing setting is told here, not of a message
        super().open()

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        def told(number: int, result: Result) -> None:
            self._asked.pop(number, None)
            after(number, result)

        self._asked.clear()
        super().send(messages, before, told)

    def call_of(self, message: Addressed) -> Call:
        letter = self._letter(recipient(message.to), parts_of(message.body))
        payload = self.backend.build_message_payload(letter, self.backend.send_defaults)
        self._asked[message.id] = payload, letter
        return self._call(payload)

    def _letter(self, to: str, parts: EspLetter) -> EmailMultiAlternatives:
        withheld = {name.lower() for name in self._withheld()}
        letter = EmailMultiAlternatives(
            parts.subject,
            parts.text,
            f'"{quote(parts.sender_name)}" <{parts.sender}>' if parts.sender_name else parts.sender,
            [to],
            reply_to=[parts.reply_to] if parts.reply_to else None,
            headers={name: value for name, value in parts.headers.items() if name.lower() not in withheld},
        )
        for body, kind in ((parts.html, "text/html"), (parts.amp, "text/x-amp-html")):
            if body:
                letter.attach_alternative(body, kind)
        if parts.message_id:
            letter.metadata = {METADATA: parts.message_id}  # type: ignore[attr-defined]
        return letter

    def _withheld(self) -> Iterable[str]:
        names = self.option("withheld")
        return names if isinstance(names, list) else []

    def _call(self, payload: RequestsPayload) -> Call:
        made = requests.Request(**payload.get_request_params(self.backend.api_url)).prepare()
        body = made.body if isinstance(made.body, bytes) else str(made.body or "").encode()
        headers = {name: str(value) for name, value in made.headers.items() if name.lower() != "content-length"}
        return Call(str(made.method), str(made.url), headers, body)

    def read(self, batch: Sequence[Addressed], answer: Answer) -> Sequence[Result]:
        payload, letter = self._asked[batch[0].id]
        if self.service.success and answer.status // 100 == 2 and answer.status != self.service.success:
            return [by_status(answer.status)]  # these say nothing in their answers: a stranger's page would pass
        response = _response(answer)
        try:
            self.backend.raise_for_status(response, payload, letter)
            statuses = self.backend.parse_recipient_status(response, payload, letter)
        except AnymailAPIError:
            return [refused(answer)]
        return [result_of(status) for status in list(statuses.values())[:1]]

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        found = super().faults(options)
        if not options.get("url") and not cls.service.own_url:
            found.pop("url", None)
        for name in cls.service.settings:
            if "/" in str(options.get(name, "")):
                found[name] = _("The name alone, without “https://” and without slashes.")
        return found

    def check(self) -> str:
        probe = str(self.option("check_path")) or self.service.probe
        with self.borrowed():  # what is missing or does not fit is told first
            if not probe:
                sentence = _("%(service)s has no way to try the key: send a test message.")
                return sentence % {"service": self.service.title}
            call = self._call(self.backend.build_message_payload(self._letter("krug@example.com", SAMPLE), {}))
            headers = {name: value for name, value in call.headers.items() if name.lower() != "content-type"}
            self.ask(Call("GET", urljoin(self.backend.api_url, probe), headers))
        return self.works()

    def reports(self, request: Request) -> Told:
        settings = {self.service.hook: self.credentials.get("hook", "")}
        if self.service.signs_address:
            settings["webhook_url"] = address_of(self.account)
        return Told(reports=reports_of(self.service, settings, request))


def result_of(status: AnymailRecipientStatus) -> Result:
    """What anymail made of the answer, for the one recipient; a word that it does not know tells nothing."""
    known = RESULTS.get(status.status, Result(UNKNOWN))
    return replace(
        known, provider_key=str(status.message_id or ""), code="" if known.kind == ACCEPTED else str(status.status)
    )


def refused(answer: Answer) -> Result:
    """What the service answered instead, with its own sentence where that is JSON."""
    result = by_status(answer.status)
    try:
        told = json.loads(answer.body)
    except ValueError:
        return result
    name = str(told.get("name", "")) if isinstance(told, dict) else ""
    if answer.status == 500 and name in NAMED:
        result = replace(NAMED[name], code=name)
    return replace(result, reply=json.dumps(told, ensure_ascii=False)[:1000])


def _response(answer: Answer) -> requests.Response:
    """The answer as anymail reads answers."""
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.headers)
    response._content = answer.body
    response.encoding = "utf-8"
    return response
