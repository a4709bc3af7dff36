"""The texts of a campaign as fields of a form: which of them a channel has, and how they become a content and back."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import starter, templating
from campaigns.admin import sender_fields
from campaigns.admin.sender_fields import INPUT, SenderFields
from campaigns.models import Campaign, Content, MessageTemplate
from campaigns.rendering import MEDIA, BadContent, build, markup_of
from campaigns.rendering.messenger import LONGEST_WORDS, MOST_BUTTONS, button_of
from campaigns.rendering.templated import Place, label_of, places_of, value_of
from campaigns.rendering.texts import Found, address_of
from channels.models import Account

# By medium: each text of a content and the field it is written in.
FIELDS = {
    "letter": {"subject": "subject", "preheader": "preheader", "body": "body"},
    "sms": {"body": "text"},
    "messenger": {"body": "text"},
    "notice": {"subject": "title", "body": "text"},
    "template": {},
}
VALUE = "value_"  # before the name of a place of a template
FieldFaults = Iterator[tuple[str, list[str]]]
ROWS = range(1, MOST_BUTTONS + 1)
ADDRESSES = ("http://", "https://", "{{")  # what a button's target begins with when it is opened


def _text(label: Any, *, longest: int = 200, **attributes: Any) -> forms.CharField:
    widget = forms.TextInput({**INPUT, **attributes})
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget)


class TemplateSelect(forms.Select):
    """Each option carries its account: the page shows those of the chosen one."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        if template := getattr(option["value"], "instance", None):
            option["attrs"]["data-account"] = template.account_id
        return option


class TemplateChoice(forms.ModelChoiceField):
    """Those that may be sent."""

    widget = TemplateSelect(INPUT)

    def __init__(self, **options: Any) -> None:
        sendable = MessageTemplate.objects.filter(state=MessageTemplate.State.APPROVED, unsupported="")
        super().__init__(sendable, empty_label=_("choose one"), **options)


class TextFields(SenderFields):
    """All texts of all channels; what another channel needs may be there and is not read."""

    subject = _text(_("Subject"))
    preheader = forms.CharField(
        label=_("Preheader"), max_length=200, required=False, widget=forms.TextInput(INPUT),
        help_text=_("What the list of letters shows after the subject."),
    )  # fmt: skip
    body = forms.CharField(
        label=_("Letter (MJML)"),
        widget=forms.Textarea({"class": "kb-input cp-code", "rows": 22, "spellcheck": "false", "wrap": "off"}),
        required=False,
        strip=False,
    )
    amp = forms.CharField(
        label=_("AMP part (may be empty)"),
        widget=forms.Textarea(
            {"class": "kb-input cp-code", "rows": 8, "spellcheck": "false", "wrap": "off", "aria-label": _("AMP part")}
        ),
        required=False,
        strip=False,
    )
    title = _text(_("Title of the notification"))
    text = forms.CharField(
        label=_("Text of the message"), required=False, widget=forms.Textarea({"class": "kb-input", "rows": 5})
    )
    template = TemplateChoice(label=_("Template"), required=False)
    link = _text(_("What a press opens"), longest=2000, placeholder="https://", inputmode="url")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in ROWS:
            words = _("What stands on button %(number)d") % {"number": row}
            self.fields[f"button_text_{row}"] = _text(
                words, longest=LONGEST_WORDS, placeholder=_("Words on the button")
            )
            self.fields[f"button_to_{row}"] = _text(
                _("Address, or the word that comes back"), longest=2000, placeholder=_("https://… or a word")
            )
        self.places: list[Place] = []
        self.add_places()

    def add_places(self) -> None:
        """The fields of the chosen template: of the posted one, else of the one in `initial`."""
        self.chosen = self._chosen_template()
        if self.chosen:
            text = self.chosen.text()
            self.places = places_of(text["body"], text["extras"])
            for place in self.places:
                hint = "https://" if place.is_address else ""
                self.fields[VALUE + place.key] = _text(label_of(place), longest=600, placeholder=hint)

    def _chosen_template(self) -> MessageTemplate | None:
        chosen = self.data.get("template") if self.is_bound else self.initial.get("template")
        field = self.fields["template"]
        return field.queryset.filter(pk=chosen).first() if str(chosen or "").isdecimal() else None

    def value_rows(self) -> list[forms.BoundField]:
        return [self[VALUE + place.key] for place in self.places]

    def button_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"button_text_{row}"], self[f"button_to_{row}"]) for row in ROWS]


def initial_of(content: Content) -> dict[str, Any]:
    """What the fields of its channel begin with."""
    fields = FIELDS[MEDIA[content.campaign.channel].name]
    found = {name: getattr(content, attribute) for attribute, name in fields.items()}
    found |= sender_fields.initial_of(content)
    found |= {name: content.extras.get(name, "") for name in ("link", "amp")}
    if template := templating.template_of(content):
        found["template"] = template.pk
    found |= {VALUE + key: text for key, text in content.extras.get("values", {}).items()}
    for row, button in enumerate(content.extras.get("buttons", ()), start=1):
        found[f"button_text_{row}"] = button["text"]
        found[f"button_to_{row}"] = button.get("url") or button.get("data", "")
    return found


def texts_of(channel: str, cleaned: dict[str, Any]) -> dict[str, Any]:
    """What `writing.write` takes, from the fields of this channel; '' for those that it lacks."""
    medium = MEDIA[channel]
    fields = FIELDS[medium.name]
    names = ("subject", "preheader", "body")
    texts = {name: (cleaned.get(fields.get(name, "")) or "").replace("\r\n", "\n") for name in names}
    texts |= _BESIDE[medium.name](cleaned)
    return texts | {"extras": texts["extras"] | sender_fields.extras_of(channel, cleaned)}


def faults_of(account: Account, cleaned: dict[str, Any]) -> FieldFaults:
    """(field, what is wrong with it): each text's mistakes stand under its own field, texts of other channels are not
    read. A field that is not in `cleaned` has been judged already."""
    medium = MEDIA[account.channel]
    fields, texts = FIELDS[medium.name], texts_of(account.channel, cleaned)
    campaign = Campaign(channel=account.channel, account=account)
    usual = {"subject": "", "preheader": "", "body": starter.TEXTS.get(fields.get("body", ""), "")}
    for attribute, name in fields.items():
        if name not in cleaned:
            continue
        if attribute in (medium.needed[0], "body") and not texts[attribute].strip():
            yield name, [str(forms.Field.default_error_messages["required"])]
        else:
            alone = Content(campaign=campaign, **(usual | {attribute: texts[attribute]}))
            yield name, _faults(partial(markup_of, alone))
    yield from sender_fields.faults_of(account, cleaned)
    if medium.name in _FAULTS:
        yield from _FAULTS[medium.name](account, cleaned)


def _faults_of_amp(account: Account, cleaned: dict[str, Any]) -> FieldFaults:
    if cleaned.get("amp"):
        yield "amp", _faults(partial(build, "", "", starter.BODY, amp=cleaned["amp"]))


def _faults_of_link(account: Account, cleaned: dict[str, Any]) -> FieldFaults:
    if cleaned.get("link"):
        yield "link", _faults(partial(address_of, cleaned["link"], "", Found(tracked=False)))


def _faults_of_buttons(account: Account, cleaned: dict[str, Any]) -> FieldFaults:
    for row in ROWS:
        if button := _button(row, cleaned):
            wrong = "button_to" if button["text"] else "button_text"
            yield f"{wrong}_{row}", _faults(partial(button_of, button, Found(tracked=False)))


def _faults_of_values(account: Account, cleaned: dict[str, Any]) -> FieldFaults:
    template: MessageTemplate | None = cleaned.get("template")
    if template is None or template.account_id != account.pk:
        yield "template", [str(_("Choose a template of this account."))]
        return
    text = template.text()
    for place in places_of(text["body"], text["extras"]):
        value = cleaned.get(VALUE + place.key) or ""
        yield VALUE + place.key, _faults(partial(value_of, value, place, Found(tracked=False)))


def _faults(build: Callable[[], object]) -> list[str]:
    try:
        build()
    except BadContent as error:
        return [str(fault) for fault in error.faults]
    return []


def _button(row: int, cleaned: dict[str, Any]) -> dict[str, str]:
    """Empty where nothing is written in the row."""
    words, target = (cleaned.get(f"button_{part}_{row}") or "" for part in ("text", "to"))
    if not (words or target):
        return {}
    return {"text": words, "url" if target.startswith(ADDRESSES) else "data": target}


def _buttons(cleaned: dict[str, Any]) -> dict[str, Any]:
    found = [button for row in ROWS if (button := _button(row, cleaned))]
    return {"extras": {"buttons": found} if found else {}}


def _link(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {"extras": {"link": cleaned["link"]} if cleaned.get("link") else {}}


def _amp(cleaned: dict[str, Any]) -> dict[str, Any]:
    amp = (cleaned.get("amp") or "").replace("\r\n", "\n").strip()
    return {"extras": {"amp": amp} if amp else {}}


def _template(cleaned: dict[str, Any]) -> dict[str, Any]:
    """The words of the chosen template, and what is written in its places."""
    template: MessageTemplate | None = cleaned.get("template")
    if template is None:
        return {"extras": {}}
    text = template.text()
    values = {key.removeprefix(VALUE): told for key, told in cleaned.items() if key.startswith(VALUE)}
    return text | {"extras": text["extras"] | {"values": values}}


def _nothing(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {"extras": {}}


# By medium: what of a content its other fields make, and what is wrong with those.
_BESIDE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "letter": _amp,
    "sms": _nothing,
    "messenger": _buttons,
    "notice": _link,
    "template": _template,
}
_FAULTS: dict[str, Callable[[Account, dict[str, Any]], FieldFaults]] = {
    "letter": _faults_of_amp,
    "messenger": _faults_of_buttons,
    "notice": _faults_of_link,
    "template": _faults_of_values,
}
