"""The form of an account: what is common to all, and what the chosen provider asks for."""

from collections.abc import Container
from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from channels.admin import provider_fields
from channels.models import Account, Channel
from channels.providers import REGISTRY, provider_class
from channels.providers.base import ProviderError
from channels.sealing import seal, seal_named, unseal_named

ZONES = (
    ("Europe/Kaliningrad", _("Kaliningrad (MSK−1)")), ("Europe/Moscow", _("Moscow (MSK)")),
    ("Europe/Samara", _("Samara (MSK+1)")), ("Asia/Yekaterinburg", _("Yekaterinburg (MSK+2)")),
    ("Asia/Omsk", _("Omsk (MSK+3)")), ("Asia/Krasnoyarsk", _("Krasnoyarsk (MSK+4)")),
    ("Asia/Irkutsk", _("Irkutsk (MSK+5)")), ("Asia/Yakutsk", _("Yakutsk (MSK+6)")),
    ("Asia/Vladivostok", _("Vladivostok (MSK+7)")), ("Asia/Magadan", _("Magadan (MSK+8)")),
    ("Asia/Kamchatka", _("Kamchatka (MSK+9)")),
)  # fmt: skip


def chosen_provider(request: HttpRequest, account: Any, known: Container[str] = REGISTRY) -> str:
    """The provider whose fields are shown: the one that was sent, else the one asked for, else the account's (or None)."""
    asked = request.POST.get("provider") or request.GET.get("provider") or (account.provider if account else "")
    return asked if asked in known else ""


def form_for(provider: str, base: "type[ConnectionForm] | None" = None) -> "type[ConnectionForm]":
    """The form with the fields of this provider ('': of none)."""
    fields = provider_fields.option_fields(provider) | provider_fields.secret_fields(provider)
    return type("AccountForm", (base or AccountForm,), {**fields, "chosen": provider})


def connection_fields(provider: str) -> tuple[str, ...]:
    """Names of the fields that `form_for` adds."""
    return (*provider_fields.option_fields(provider), *provider_fields.secret_fields(provider))


class ConnectionForm(forms.ModelForm):
    """What the chosen provider asks for. Secrets are write-only: left empty, the stored ones stay."""

    chosen: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was = self.instance.provider
        if "provider" not in self.fields:
            return  # for those who may only look
        self.fields["provider"].choices = [("", _("choose a provider")), *self.offered()]
        options = self.instance.options if self.chosen == self.was else {}
        self.initial |= provider_fields.shown_options(self.chosen, options or {})
        if self.chosen and not self.was:
            self.initial["provider"] = self.chosen

    def offered(self) -> list[Any]:
        """The choices of the field `provider`."""
        raise NotImplementedError

    def take_options(self, data: dict[str, Any]) -> None:
        """What was entered becomes the options of the account; what the provider finds wrong is shown."""
        self.instance.options = provider_fields.stored_options(self.chosen, data)
        for name, sentence in provider_fields.faults(self.chosen, self.instance.options).items():
            self.add_error(provider_fields.OPTION + name, sentence)

    def save(self, commit: bool = True) -> Any:
        self.instance.secret = self._secret()
        return super().save(commit)

    def _secret(self) -> str:
        """What is to be stored, sealed. Another provider's secrets are of no use, and are forgotten."""
        stored = self.instance.secret if self.chosen == self.was else ""
        typed = {name: self.cleaned_data.get(name) for name in provider_fields.secret_fields(self.chosen)}
        given = {name.removeprefix(provider_fields.SECRET): value for name, value in typed.items() if value}
        if not given:
            return stored
        if provider_fields.PASSWORD in typed:
            return seal(given[provider_fields.PASSWORD])
        return seal_named(_readable(stored, first=next(iter(typed)).removeprefix(provider_fields.SECRET)) | given)


class AccountForm(ConnectionForm):
    """The channel is the provider's."""

    provider = forms.ChoiceField(
        label=_("Provider"), widget=UnfoldAdminSelectWidget, help_text=_("It decides the channel of the account.")
    )

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=ZONES, required=False, widget=UnfoldAdminSelectWidget, initial=ZONES[1][0],
        help_text=_("Of the quiet hours and of the day of the daily limit."),
    )  # fmt: skip

    class Meta:
        model = Account
        fields = (
            "name", "provider", "sender_name", "sender_address", "other_senders", "per_second", "per_minute", "per_day", "quiet_from",
            "quiet_to", "warmup_from", "warmup_first", "warmup_days", "time_zone", "cost", "purpose", "priority",
            "test_recipients", "is_default", "is_active",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = dict.fromkeys(
            ("test_recipients", "other_senders"), UnfoldAdminTextareaWidget(attrs={"rows": 3})
        )
        help_texts: ClassVar[dict[str, Any]] = {
            "cost": _("Of an SMS: of one segment, as operators charge."),
            "other_senders": _("One a line: domains that the provider has confirmed, of an SMS account names that operators have registered. Versions of a campaign for a brand may send from them."),
        }  # fmt: skip

    def offered(self) -> list[Any]:
        return _by_channel(self.instance)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("provider"):
            return data
        self.instance.channel = REGISTRY[self.chosen][0]
        self.take_options(data)
        if self.instance.channel == Channel.EMAIL and not data.get("sender_address"):
            self.add_error("sender_address", _("An e-mail account needs the address that letters come from."))
        self._check_quiet_hours(data)
        self._check_warm_up(data)
        if data.get("priority") and provider_class(self.chosen).is_local:
            self.add_error("priority", _("The built-in inbox sends nothing: it cannot stand in for another account."))
        if data.get("priority") and provider_class(self.chosen).owns_addresses:
            self.add_error("priority", _("Devices subscribe to one account: it cannot stand in for another."))
        if data.get("is_default"):
            self._check_only_default()
        return data

    def clean_time_zone(self) -> str:
        return self.cleaned_data["time_zone"] or self.instance.time_zone

    def clean_test_recipients(self) -> str:
        return _lines(self.cleaned_data["test_recipients"])

    def clean_other_senders(self) -> str:
        return _lines(self.cleaned_data["other_senders"])

    def _check_quiet_hours(self, data: dict[str, Any]) -> None:
        begin, end = data.get("quiet_from"), data.get("quiet_to")
        if (begin is None) != (end is None) or (begin and begin == end):
            self.add_error("quiet_to", _("Quiet hours need a beginning and an end that differ, or neither."))

    def _check_warm_up(self, data: dict[str, Any]) -> None:
        parts = [data.get(name) for name in ("warmup_from", "warmup_first", "warmup_days")]
        if not any(parts):
            return
        if not all(parts):
            sentence = _("A warm-up needs its first day, the messages of that day and how many days it lasts; or none.")
            self.add_error("warmup_from", sentence)
        elif not data.get("per_day") or data["per_day"] <= data["warmup_first"]:
            self.add_error(
                "per_day", _("A warm-up grows to the limit of a day: enter one above the first day's messages.")
            )

    def _check_only_default(self) -> None:
        others = Account.objects.filter(channel=self.instance.channel, is_default=True).exclude(pk=self.instance.pk)
        if other := others.first():
            sentence = _("“%(name)s” is the default of this channel already: take the mark off it first.")
            self.add_error("is_default", sentence % {"name": other})


def _lines(text: str) -> str:
    """Each once, without empty ones."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _readable(stored: str, *, first: str) -> dict[str, str]:
    """The parts that are stored; none when their key is gone: then all are entered again."""
    try:
        return unseal_named(stored, first=first)
    except ProviderError:
        return {}


def _by_channel(account: Account) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The registry as groups of a select; an account that exists stays in its channel: campaigns chose it for that."""
    rows = [(channel, name, label) for name, (channel, label, _path) in REGISTRY.items()]
    if account.pk:
        rows = [row for row in rows if row[0] == account.channel]
    order = list(Channel)
    rows.sort(key=lambda row: order.index(row[0]))
    return [
        (str(Channel(channel).label), [(name, label) for _channel, name, label in group])
        for channel, group in groupby(rows, key=lambda row: row[0])
    ]
