"""Any SMS gateway that takes a message in an HTTP request: the request and its answers are described in the options.

The request: `url`, `headers` and `body` are templates (`http_templates`), escaped for where they stand; a phone has no
plus unless `plus` is on. The answer is first held against `later`, then `refused`, then success: `success` is a regular
expression sought in the answer, or `success_path` leads to a value in its JSON (equal to `success_value` where that is
given). What none of them knows has no readable answer, and is not sent again.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, Addressed, Option, Result, default_of
from channels.providers.http_provider import WIRE_OPTIONS
from channels.providers.http_sms_provider import SmsProvider, phone_digits, sms_text
from channels.providers.http_templates import (
    filled,
    filled_url,
    in_form,
    in_header,
    in_json,
    in_xml,
    strange_places,
    value_at,
)
from channels.providers.http_wire import Answer, Call

READ = 4000  # characters of an answer that are looked at
BODIES = {
    "form": ("application/x-www-form-urlencoded", in_form),
    "json": ("application/json; charset=utf-8", in_json),
    "xml": ("text/xml; charset=utf-8", in_xml),
}
TEMPLATES = ("url", "body", "check_url")
EXPRESSIONS = ("success", "refused", "later", "key")
PLACES = _lazy("Placeholders: {to}, {text}, {sender}, {id}, {secret}.")
EXPRESSION = _lazy("A regular expression, sought in the answer.")


class HttpSmsProvider(SmsProvider):
    title = _lazy("The SMS gateway")
    options: ClassVar[dict[str, object]] = {
        "url": Option("", label=_lazy("Address of the request"), help=PLACES, required=True),
        "method": Option("POST", label=_lazy("Method"), choices=(("POST", "POST"), ("GET", "GET"), ("PUT", "PUT"))),
        "headers": Option({}, label=_lazy("Headers"), help=PLACES),
        "body": Option("", label=_lazy("Body of the request"), help=PLACES, is_long=True),
        "body_kind": Option("form", label=_lazy("Kind of the body"), choices=tuple((kind, kind) for kind in BODIES)),
        "plus": Option(False, label=_lazy("Phones begin with a plus")),
        "success": Option("", label=_lazy("Accepted, when the answer has"), help=EXPRESSION),
        "success_path": Option("", label=_lazy("Accepted, when its JSON has a value at"), help="result.0.status"),
        "success_value": Option("", label=_lazy("…and that value is"), help=_lazy("Empty: whatever it is.")),
        "key": Option(
            "", label=_lazy("Number of the message in the answer"), help=_lazy("An expression with one group.")
        ),
        "key_path": Option("", label=_lazy("Number of the message in its JSON"), help="result.0.id"),
        "refused": Option("", label=_lazy("Refused for good, when the answer has"), help=EXPRESSION),
        "later": Option("", label=_lazy("To be sent later, when the answer has"), help=EXPRESSION),
        "check_url": Option("", label=_lazy("Address that shows whether the account works"), help=PLACES),
        **WIRE_OPTIONS,
    }
    secrets: ClassVar[dict[str, str | Promise | Option]] = {"key": _lazy("Secret: what {secret} stands for")}

    def call_of(self, message: Addressed) -> Call:
        values = self._values(
            to=phone_digits(message.to), text=sms_text(message), sender=self.sender_of(message), id=str(message.id)
        )
        kind, escaped = BODIES[self._said("body_kind")]
        body = filled(self._said("body"), values, escaped).encode()
        headers = ({"Content-Type": kind} if body else {}) | self._headers(values)
        return Call(self._said("method"), filled_url(self._said("url"), values), headers, body)

    def result_of(self, answer: Answer) -> Result:
        text = answer.text()[:READ]  # what is not UTF-8 may still bear a word that is sought
        for name, kind in (("later", DEFERRED), ("refused", REJECTED)):
            found = self._sought(name, text)
            if found:
                return Result(kind, code=found[0][:40], reply=text, permanent=kind == REJECTED)
        if 200 <= answer.status < 300 and self._is_success(answer, text):
            return Result(ACCEPTED, provider_key=self._key(answer, text))
        raise ValueError("an answer that the options do not know")

    def check(self) -> str:
        """Asks `check_url`, where there is one; a gateway without it is only looked at for faults of its options."""
        if not self._said("check_url"):
            with self.borrowed():  # opening it looks for them
                pass
            return _("The options are in order. The account itself cannot be tried: no address for that is given.")
        values = self._values(to="", text="", sender=self.account.sender_name, id="")
        self.ask(Call("GET", filled_url(self._said("check_url"), values), self._headers(values)))
        return self.works()

    def _said(self, name: str) -> str:
        return str(self.option(name))

    def _values(self, **values: str) -> dict[str, str]:
        if values["to"] and self.option("plus"):
            values["to"] = "+" + values["to"]
        return {**values, "secret": self.credentials.get("key", "")}

    def _headers(self, values: Mapping[str, str]) -> dict[str, str]:
        given = self.option("headers")
        pairs = given.items() if isinstance(given, dict) else ()
        return {str(name): filled(str(value), values, in_header) for name, value in pairs}

    def _sought(self, name: str, text: str) -> re.Match[str] | None:
        expression = self._said(name)
        return re.search(expression, text) if expression else None

    def _is_success(self, answer: Answer, text: str) -> bool:
        if path := self._said("success_path"):
            value, wanted = value_at(answer.json(), path), self._said("success_value")
            return str(value) == wanted if wanted else value is not None
        return self._sought("success", text) is not None

    def _key(self, answer: Answer, text: str) -> str:
        """Empty where the answer has none: the message was accepted all the same."""
        if path := self._said("key_path"):
            try:
                return str(value_at(answer.json(), path))
            except (LookupError, TypeError, ValueError):
                return ""
        found = self._sought("key", text)
        return found[1] if found else ""

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        given = {name: options.get(name, default_of(option)) for name, option in cls.options.items()}
        found = super().faults(options)
        found |= {name: fault for name in EXPRESSIONS if (fault := _fault_in_expression(name, str(given[name])))}
        headers = given["headers"]
        if not isinstance(headers, dict):
            found["headers"], headers = _("A JSON object of names and values is needed."), {}
        templates = {name: str(given[name]) for name in TEMPLATES} | {"headers": "\n".join(map(str, headers.values()))}
        for name, template in templates.items():
            if strange := strange_places(template):
                found[name] = _("There is no such placeholder: %(names)s.") % {"names": ", ".join(strange)}
        if not (given["success"] or given["success_path"]):
            found["success"] = _("Say how an accepted message is recognised.")
        if "{to}" not in templates["url"] + templates["body"]:
            found["url"] = _("The request does not say whom the message goes to: {to} is nowhere in it.")
        return found


def _fault_in_expression(name: str, expression: str) -> str:
    try:
        groups = re.compile(expression).groups
    except re.error as error:
        return _("Not a regular expression: %(why)s") % {"why": error}
    return _("Exactly one group is needed.") if name == "key" and expression and groups != 1 else ""
