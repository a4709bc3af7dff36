"""The placeholders about the centre that a message invites to: what its version says, the same for all who get it."""

from collections.abc import Sequence
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Run
from campaigns.slots import Row, Slot, register

# By the key of `Content.extras["centre"]`: the placeholder, what it prints, an example.
CENTRE: dict[str, tuple[str, str | Promise, str]] = {
    "address": ("адрес_центра", _("address of the dealer centre"), "Санкт-Петербург, Выборгское шоссе, 27"),
    "hours": ("часы_работы", _("hours of the dealer centre"), "ежедневно с 9 до 21"),
    "manager": ("менеджер", _("whom to ask for at the dealer centre"), "Мария Крылова"),
}


def register_all() -> None:
    for key, (name, label, example) in CENTRE.items():
        register(Slot(name=name, label=label, example=example, resolve=partial(_resolve, key)))


def _resolve(key: str, run: Run, rows: Sequence[Row]) -> dict[int, str]:
    told = run.content.extras.get("centre") or {}
    return dict.fromkeys((row.message_id for row in rows), told.get(key, ""))
