"""The fields that a provider adds to the account's form, made of the options and secrets that it declares."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from channels.audiences import SERVICES, service_class
from channels.audiences.base import ListService
from channels.providers import REGISTRY, provider_class
from channels.providers.base import Option, Provider, default_of

OPTION = "option_"
SECRET = "secret_"
PASSWORD = "password"  # the field of a provider that has one secret
KEEP = _("Stored encrypted and never shown. Leave empty to keep the stored one.")

# What most providers call alike and need not label again.
LABELS = {
    "host": _("Server"), "port": _("Port"), "security": _("Kind of security"), "username": _("User name"),
    "login": _("Login"), "timeout": _("Wait for an answer, seconds"), "url": _("Address of the service"),
    "sender": _("Sender"), "template": _("Template"), "concurrency": _("Requests at one time"),
    "in_flight": _("Requests at one time"), "window": _("Messages without an answer at one time"),
}  # fmt: skip
CHOICES = {
    "security": (("starttls", _("STARTTLS (usual for port 587)")), ("tls", _("TLS (port 465)")), ("none", _("none"))),
}

# Of upper apps: {name: the class, imported on first use}.
OTHERS: dict[str, Callable[[], Any]] = {}


def register(name: str, made: Callable[[], Any]) -> None:
    """A provider of another kind that has accounts with such a form, from `AppConfig.ready`. `made` gives its class, which
    declares `options` and `secrets` and has `faults`."""
    if name in REGISTRY or name in SERVICES or OTHERS.setdefault(name, made) != made:
        raise ValueError(f"two providers are called {name!r}")


def declared(name: str) -> type[Provider] | type[ListService] | None:
    """The class of a provider, or of a service of lists, that asks for something of its own; None for an unknown name,
    and for a local one."""
    if name in OTHERS:
        return OTHERS[name]()
    if name in SERVICES:
        return service_class(name)
    if name not in REGISTRY or provider_class(name).is_local:
        return None
    return provider_class(name)


def option_fields(name: str) -> dict[str, forms.Field]:
    """{field name: field} of a provider's options, in the order in which it declares them."""
    provider = declared(name)
    return {OPTION + key: _field(key, option) for key, option in provider.options.items()} if provider else {}


def secret_fields(name: str) -> dict[str, forms.Field]:
    """{field name: field} of a provider's secrets: write-only."""
    provider = declared(name)
    if provider is None:
        return {}
    if len(provider.secrets) < 2:
        return {PASSWORD: _secret(next(iter(provider.secrets.values()), _("Password or key")))}
    return {SECRET + key: _secret(part) for key, part in provider.secrets.items()}


def shown_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """{field name: value}: what the account has, else the provider's default."""
    provider = declared(name)
    if provider is None:
        return {}
    return {OPTION + key: _shown(options.get(key, default_of(option))) for key, option in provider.options.items()}


def stored_options(name: str, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What `Account.options` is to hold: only what differs from the default, so that a better default is followed."""
    provider = declared(name)
    found: dict[str, Any] = {}
    for key, option in provider.options.items() if provider else ():
        default = default_of(option)
        value = _stored(cleaned.get(OPTION + key), default)
        if value == "" and isinstance(option, Option) and option.choices and "" not in dict(option.choices):
            continue  # nothing was chosen
        if value != default:
            found[key] = value
    return found


def faults(name: str, options: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with these options together, as sentences by their names."""
    provider = declared(name)
    return provider.faults(options) if provider else {}


def label_of(key: str, option: object) -> Any:
    given = option.label if isinstance(option, Option) else ""
    return given or LABELS.get(key) or capfirst(key.replace("_", " "))


def _field(key: str, option: object) -> forms.Field:
    described = option if isinstance(option, Option) else Option(option)
    words = {"label": label_of(key, option), "help_text": described.help, "required": described.required}
    choices = described.choices or CHOICES.get(key, ())
    default = described.default
    if choices:
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **words)
    if isinstance(default, bool):
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget, **(words | {"required": False}))
    if isinstance(default, int):
        return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, min_value=min(default, 0), **words)
    if isinstance(default, float):
        return forms.FloatField(widget=UnfoldAdminDecimalFieldWidget, min_value=0, **words)
    if isinstance(default, dict):
        return forms.JSONField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), **words)
    if isinstance(default, (list, tuple)) or described.is_long or "\n" in str(default):
        return forms.CharField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), **words)
    return forms.CharField(widget=UnfoldAdminTextInputWidget, max_length=2000, **words)


def _secret(part: Any) -> forms.Field:
    """`part`: its label, or an `Option`. What is long is pasted from a file: a password's field would lose its lines."""
    described = part if isinstance(part, Option) else Option(label=part)
    widget: forms.Widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    if described.is_long:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"})
    words = " ".join(str(words) for words in (described.help, KEEP) if words)
    return forms.CharField(label=described.label, required=False, widget=widget, help_text=words)


def _shown(value: Any) -> Any:
    return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _stored(value: Any, default: object) -> Any:
    """An empty number or text means the default; lists come one a line."""
    if isinstance(default, (list, tuple)):
        return type(default)(line.strip() for line in str(value or "").splitlines() if line.strip())
    if value is None or (value == "" and not isinstance(default, str)):
        return default
    return value
