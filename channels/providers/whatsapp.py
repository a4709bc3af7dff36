"""WhatsApp Cloud API (https://developers.facebook.com/docs/whatsapp/cloud-api).

A message's body is {"template": name, "language": "ru", "parameters": [texts of the body], "header": [texts], "picture":
https address (in place of a header's texts), "buttons": [values, by the place of the button in the template]}; or, for 24 hours after the person's last message, a free
text as `messenger` describes it: up to three buttons that answer, or one that leads to an address. `to` is a phone.

Secrets: the token of a system user, the app's secret, which webhooks are signed with, and the word that the subscription
is confirmed by. One address of Meta's webhook serves a whole app, so that news of other numbers is passed over: a second
account of the same app needs the number's own webhook (`override_callback_uri`).

Not verified: which version of the Graph API will be served when you read this: an option.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.approved import Template, TemplateState
from channels.providers.base import (
    ACCEPTED,
    Action,
    Addressed,
    BadSignature,
    Capabilities,
    Option,
    ProviderError,
    Request,
    Result,
    Told,
)
from channels.providers.http_provider import ACCOUNT_AT_FAULT, WIRE_OPTIONS, post_json
from channels.providers.http_sms_provider import phone_digits
from channels.providers.http_wire import Answer, Call
from channels.providers.messenger import ECHO, Button, MessengerProvider, body_of, verify_word
from channels.providers.whatsapp_errors import ERRORS, TOO_FAST, outcome
from channels.providers.whatsapp_templates import FIELDS, listed
from channels.providers.whatsapp_told import told_by

# What a free text with buttons may have; Meta refuses more with a code that means all messages alike.
MOST_ANSWERS = 3
LONGEST_ANSWER = 20
LONGEST_ASKED = 1024
MOST_PAGES = 50  # of templates


class WhatsAppProvider(MessengerProvider):
    title = "WhatsApp"
    secrets: ClassVar[dict[str, str | Promise | Option]] = {
        "token": _lazy("Access token"),
        "app_secret": _lazy("App secret: signs webhooks"),
        "verify": _lazy("Word that confirms the webhook"),
    }
    options: ClassVar[dict[str, object]] = {
        "url": "https://graph.facebook.com",
        "version": Option("v23.0", label=_lazy("Version of the Graph API")),
        "phone_number_id": Option("", label=_lazy("Phone number ID"), required=True),
        "waba_id": Option("", label=_lazy("WhatsApp Business account ID"), help=_lazy("For the list of templates.")),
        **WIRE_OPTIONS,
    }
    capabilities = Capabilities(
        needs_template=True,
        session_hours=24,
        has_buttons=True,
        reply_buttons=(MOST_ANSWERS, LONGEST_ANSWER),
        max_length=4096,
        tells_delivered=True,
        tells_opened=True,
        lists_templates=True,
    )

    def call_of(self, message: Addressed) -> Call:
        told = body_of(message)
        content = self._template(told) if told.get("template") else self._free(told)
        envelope = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": phone_digits(message.to),
            "biz_opaque_callback_data": f"{ECHO}{message.id}",
        }
        return post_json(self._node(self._number(), "messages"), envelope | content, self._authorization())

    def result_of(self, answer: Answer) -> Result:
        told = answer.json()
        if "error" in told:
            return outcome(told["error"], answer.status)
        return Result(ACCEPTED, provider_key=str(told["messages"][0]["id"]))

    def pause_after(self, answer: Answer) -> float | None:
        pause = super().pause_after(answer)
        return self.number("pause") if pause is None and _code(answer) in TOO_FAST else pause

    def check(self) -> str:
        told = self._asked(self._number(), fields="display_phone_number,verified_name,quality_rating")
        sentence = _("%(works)s Number %(number)s, quality %(quality)s.")
        named = {"number": told.get("display_phone_number", "?"), "quality": told.get("quality_rating", "?")}
        sentence %= {"works": self.works(), **named}
        if not self.option("waba_id"):
            return sentence
        states = [template.state for template in self.templates()]
        counted = _("Templates that may be sent: %(approved)d of %(all)d.")
        return f"{sentence} {counted % {'approved': states.count(TemplateState.APPROVED), 'all': len(states)}}"

    def templates(self) -> list[Template]:
        if not self.option("waba_id"):
            raise ProviderError(
                _("Enter the WhatsApp Business account ID in the account: templates are listed by it."), permanent=True
            )
        found, after = [], ""
        with self.borrowed():
            for _page in range(MOST_PAGES):
                page = {"after": after} if after else {}
                told = self._asked(
                    f"{self.option('waba_id')}/message_templates",
                    fields=FIELDS,
                    limit="100",
                    **page,
                )
                found += self._listed(told)
                paging = told.get("paging") or {}
                after = str((paging.get("cursors") or {}).get("after") or "") if paging.get("next") else ""
                if not after:
                    break
        return found

    def reports(self, request: Request) -> Told:
        if request.method == "GET":
            return self._subscribed(request.query)
        self._verify(request)
        waba = str(self.option("waba_id"))
        return told_by(json.loads(request.body), number=self._number(), received_at=request.received_at, waba=waba)

    def _subscribed(self, query: Mapping[str, str]) -> Told:
        """Meta asks once, when the address is entered."""
        verify_word(query.get("hub.verify_token", ""), self.credentials.get("verify", ""))
        if query.get("hub.mode") != "subscribe":
            raise BadSignature
        return Told(answer=query.get("hub.challenge", "").encode())

    def _verify(self, request: Request) -> None:
        secret = self.credentials.get("app_secret", "")
        given = request.headers.get("x-hub-signature-256", "").removeprefix("sha256=")
        expected = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
        if not secret or not hmac.compare_digest(expected.encode(), given.encode()):
            raise BadSignature

    def _template(self, told: Mapping[str, Any]) -> dict[str, Any]:
        parts = [("header", told.get("header")), ("body", told.get("parameters"))]
        components = [{"type": kind, "parameters": _texts(values)} for kind, values in parts if values]
        if told.get("picture"):
            picture = {"type": "image", "image": {"link": str(told["picture"])}}
            components.insert(0, {"type": "header", "parameters": [picture]})
        components += _template_buttons(told.get("buttons"))
        language = {"code": str(told.get("language") or "ru")}
        return {
            "type": "template",
            "template": {"name": str(told["template"]), "language": language, "components": components},
        }

    def _free(self, told: Mapping[str, Any]) -> dict[str, Any]:
        words = self.words_of(told)
        if not words.buttons:
            return {"type": "text", "text": {"body": words.text}}
        if len(words.text) > LONGEST_ASKED:
            raise ValueError(_("the text is longer than %(longest)d characters") % {"longest": LONGEST_ASKED})
        return {"type": "interactive", "interactive": {"body": {"text": words.text}} | _interaction(words.buttons)}

    def _listed(self, told: Mapping[str, Any]) -> list[Template]:
        try:
            return [listed(one) for one in told.get("data", ())]
        except (LookupError, TypeError, AttributeError) as error:
            raise self.unclear(_("the answer is not a list of templates")) from error

    def _asked(self, path: str, **query: str) -> dict[str, Any]:
        """What a node of the graph says. Raises ProviderError."""
        answer = self.heard(Call("GET", f"{self._node(path)}?{urlencode(query)}", self._authorization()))
        try:
            told = answer.json()
        except ValueError as error:
            raise self.unclear(f"HTTP {answer.status}") from error
        if answer.status != 200 or "error" in told:
            raise self._no(told.get("error") or {}, answer.status)
        return told

    def _no(self, error: Mapping[str, Any], status: int) -> ProviderError:
        why = f"{error.get('code', f'HTTP {status}')} {error.get('message', '')}".strip()
        is_account = error.get("code") in ERRORS and ERRORS[error["code"]][1] is Action.STOP_ACCOUNT
        return self.refused(why) if is_account or status in ACCOUNT_AT_FAULT else self.unclear(why)

    def _number(self) -> str:
        return str(self.option("phone_number_id"))

    def _node(self, *path: str) -> str:
        return self.address("/" + "/".join([str(self.option("version")), *(quote(part) for part in path)]))

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credentials.get('token', '')}"}


def _code(answer: Answer) -> int:
    """The code of a refusal; 0 where there is none that can be read."""
    try:
        return int(answer.json()["error"]["code"])
    except (ValueError, LookupError, TypeError):
        return 0


def _texts(values: object) -> list[dict[str, str]]:
    """Parameters of a template by their order, or by their names; Meta takes no line breaks in them, and none that are
    empty."""
    if isinstance(values, dict):
        return [_text(text) | {"parameter_name": str(name)} for name, text in values.items()]
    if not isinstance(values, list):
        raise ValueError(_("parameters of a template are a list or have names"))
    return [_text(text) for text in values]


def _text(value: object) -> dict[str, str]:
    text = " ".join(str(value).split())
    if value is None or not text:
        raise ValueError(_("a value of the template is empty"))
    return {"type": "text", "text": text}


def _template_buttons(values: object) -> list[dict[str, Any]]:
    """What the buttons of a template need: the end of an address as a text, {"data": word} for one that answers, null
    for one that needs nothing."""
    components = []
    for index, value in enumerate(values if isinstance(values, list) else ()):
        button = {"type": "button", "index": str(index)}
        if isinstance(value, dict):
            payload = {"type": "payload", "payload": str(value.get("data", ""))}
            components.append(button | {"sub_type": "quick_reply", "parameters": [payload]})
        elif value is not None:
            components.append(button | {"sub_type": "url", "parameters": [_text(value)]})
    return components


def _interaction(buttons: Sequence[Button]) -> dict[str, Any]:
    """The buttons of a free text. Raises ValueError for more, or others, than WhatsApp shows."""
    if any(len(button.text) > LONGEST_ANSWER for button in buttons):
        raise ValueError(
            _("what stands on a button is longer than %(longest)d characters") % {"longest": LONGEST_ANSWER}
        )
    if len(buttons) == 1 and buttons[0].url:
        target = {"display_text": buttons[0].text, "url": buttons[0].url}
        return {"type": "cta_url", "action": {"name": "cta_url", "parameters": target}}
    if len(buttons) > MOST_ANSWERS or any(button.url for button in buttons):
        raise ValueError(_("WhatsApp shows up to three buttons that answer, or one with an address"))
    replies = [{"type": "reply", "reply": {"id": button.data, "title": button.text}} for button in buttons]
    return {"type": "button", "action": {"buttons": replies}}
