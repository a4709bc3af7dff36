"""VK notify through Devino: approved templates to a phone number (https://docs.devino.online/ru/http/vk_ok/).

A message's body is `{"template": id or name, "parameters": {variable: text}}`, or a list of texts for variables that are
numbered from 1. VK takes 50 a second from a group, five a day
for a person, and reaches whoever was there in the last seven days; no pure advertising. Not verified: codes of refusals
and names of callbacks, as in `devino`.

No call that lists the templates is known: they are copied from the cabinet into an option of the account.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.approved import Template, TemplateState
from channels.providers.base import Addressed, Capabilities, Option
from channels.providers.devino import DevinoMethods
from channels.providers.http_sms_provider import phone_digits

MOST = 1000  # messages in a call
POLICIES = (
    ("any", _lazy("anybody")),
    ("mobile_device_required", _lazy("who has the application and was there in seven days")),
    ("verified_phone_number", _lazy("whose number VK has verified anew")),
)


class DevinoVkProvider(DevinoMethods):
    batch_limit = MOST
    bounds: ClassVar[dict[str, tuple[float, float]]] = DevinoMethods.bounds | {"batch": (1, MOST)}
    options: ClassVar[dict[str, object]] = {
        "url": DevinoMethods.options["url"],
        "routes": Option(["VK"], label=_lazy("Where to, in order: VK, OK")),
        "templates": Option(
            [],
            label=_lazy("Approved templates"),
            help=_lazy(
                "One a line: its number or name, “=”, its text with {{variables}}. Then read the templates anew."
            ),
        ),
        "policy": Option("any", label=_lazy("Who is reached"), choices=POLICIES),
        **DevinoMethods.options,
        "batch": Option(
            50, label=_lazy("Messages in a call"), help=_lazy("So many are unknown when an answer is lost.")
        ),
    }
    capabilities = Capabilities(
        needs_template=True, max_length=2048, tells_delivered=True, tells_opened=True, lists_templates=True
    )
    path = "/vk/messages"
    echo = "callbackData"
    callback = "status_url"

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        found = super().faults(options)
        if wrong := [line for line in options.get("templates") or () if _template(str(line)) is None]:
            found["templates"] = _("“%(line)s” is not a template: write its number, “=” and its text.") % {
                "line": str(wrong[0])[:60]
            }
        return found

    def templates(self) -> list[Template]:
        """Those that the administrator has copied from the cabinet: no call that lists them is known."""
        lines = self.option("templates")
        found = [_template(str(line)) for line in (lines if isinstance(lines, list) else ())]
        return [template for template in found if template]

    def entry(self, message: Addressed) -> dict[str, Any]:
        told = json.loads(message.body.decode())
        if not isinstance(told, dict) or not told.get("template"):
            raise ValueError(_("a message of VK needs a template"))
        values = told.get("parameters") or {}
        if isinstance(values, list):
            values = dict(enumerate(values, start=1))
        if not isinstance(values, dict):
            raise ValueError(_("values of a template need names"))
        template = str(told["template"])
        return {
            "phone": phone_digits(message.to),
            "service": message.sender or self.account.sender_name,
            **({"templateId": int(template)} if template.isdecimal() else {"tmpl": template}),
            "tmpl_data": {str(name): str(value) for name, value in values.items()},
            "routes": self.option("routes"),
            "delivery_policy": self.option("policy"),
        }


def _template(line: str) -> Template | None:
    """Of a line of the option; None for what is none."""
    name, _equals, body = (part.strip() for part in line.partition("="))
    return Template(name, "ru", TemplateState.APPROVED, body=body) if name and body else None
