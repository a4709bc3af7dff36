"""Who a message comes from and which centre it invites to, as fields of a form: in every channel, beside its texts."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from campaigns import senders
from campaigns.centre_slots import CENTRE
from campaigns.models import Content
from channels.models import Account

INPUT = {"class": "kb-input"}


def _line(label: Any, *, longest: int = 80, **attributes: Any) -> forms.CharField:
    widget = forms.TextInput({**INPUT, **attributes})
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget)


class SenderFields(forms.Form):
    """Empty: the account's own sender, and no centre."""

    sender_name = _line(_("Sender's name"))
    sender_address = _line(_("Sender's address"), longest=254, inputmode="email", autocomplete="off")
    centre_address = _line(_("Address of the centre"), longest=200)
    centre_hours = _line(_("Hours of the centre"), longest=120)
    centre_manager = _line(_("Whom to ask for"), longest=120)

    def has_sender(self) -> bool:
        """Whether there is something to see in these fields."""
        return any(self[name].value() or self[name].errors for name in SenderFields.base_fields)


def initial_of(content: Content) -> dict[str, str]:
    parts = {part: content.extras.get(part) or {} for part in ("sender", "centre")}
    return {f"{part}_{key}": text for part, told in parts.items() for key, text in told.items()}


def extras_of(channel: str, cleaned: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What of `Content.extras` these fields make; nothing of what is empty, or what the channel does not have."""
    parts = {"sender": senders.PARTS.get(channel, ()), "centre": tuple(CENTRE)}
    told = {
        part: {key: text for key in keys if (text := (cleaned.get(f"{part}_{key}") or "").strip())}
        for part, keys in parts.items()
    }
    return {part: texts for part, texts in told.items() if texts}


def faults_of(account: Account, cleaned: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """(field, what is wrong with it)"""
    wanted = extras_of(account.channel, cleaned).get("sender", {})
    if address := wanted.get("address"):
        try:
            validate_email(address)
        except ValidationError as error:
            yield "sender_address", error.messages
            return
    if sentence := senders.obstacle(wanted, account):
        yield "sender_address" if address else "sender_name", [sentence]
