"""Where a test goes, as a person types it: addresses of the channel's kind, in any of the usual shapes."""

import re
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.cleaning.phones import parse_phone
from segments.models.people import ContactKind

_APART = re.compile(r"[\s,;]+")
_PERSON = re.compile(r"-?[0-9]{1,19}")
_DEVICE = re.compile(r"[A-Za-z0-9_-]{8,64}")

# What stands in the empty field.
ASKED: dict[str, str | Promise] = {
    ContactKind.EMAIL: gettext_lazy("addresses, separated by commas"),
    ContactKind.PHONE: gettext_lazy("phones, separated by commas"),
    ContactKind.TELEGRAM: gettext_lazy("ids of people in Telegram, separated by commas"),
    ContactKind.MAX: gettext_lazy("ids of people in MAX, separated by commas"),
    ContactKind.DEVICE: gettext_lazy("keys of devices, separated by commas"),
}


def read(kind: str, typed: str) -> list[str]:
    """Raises ValidationError with the word that is no address of this kind."""
    return _READERS[kind](typed)


def _emails(typed: str) -> list[str]:
    found = _words(typed)
    for address in found:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError(_("“%(address)s” is not an e-mail address.") % {"address": address}) from error
    return found


def _phones(typed: str) -> list[str]:
    """In E.164."""
    found = []
    for part in filter(None, map(str.strip, re.split(r"[,;\n]+", typed))):
        phone = parse_phone(part)
        if phone is None:
            raise ValidationError(_("“%(phone)s” is not a phone number.") % {"phone": part})
        found.append(phone)
    return found


def _people(typed: str) -> list[str]:
    return _matching(_PERSON, typed, _("“%(address)s” is no id: a messenger knows people by numbers."))


def _devices(typed: str) -> list[str]:
    return _matching(_DEVICE, typed, _("“%(address)s” is not the key of a device."))


def _matching(pattern: re.Pattern[str], typed: str, sentence: str) -> list[str]:
    found = _words(typed)
    for address in found:
        if not pattern.fullmatch(address):
            raise ValidationError(sentence % {"address": address})
    return found


def _words(typed: str) -> list[str]:
    return [part for part in _APART.split(typed) if part]


_READERS: dict[str, Callable[[str], list[str]]] = {
    ContactKind.EMAIL: _emails,
    ContactKind.PHONE: _phones,
    ContactKind.TELEGRAM: _people,
    ContactKind.MAX: _people,
    ContactKind.DEVICE: _devices,
}
