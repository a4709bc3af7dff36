"""The inputs of a value, whatever its shape: what `segments/rules/input.html` draws."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from segments.rules.shapes import Shape

PILLS = 12  # so many choices are all shown, each a click away; more are picked in a dialog with a search
KNOWN = {"number", "money", "date", "text", "lines", "flag", "chips", "pair"}
UNITS = {"money": "₽"}


@dataclass
class Input:
    """`key` is its name and the beginning of its id; `chips` are the chosen values, `pills` all there are."""

    control: str
    key: str
    ident: str
    label: str
    text: str = ""
    unit: str = ""
    caption: str = ""
    flag: bool = True
    chips: list[tuple[str, str]] = field(default_factory=list)
    pills: list[tuple[str, str, bool]] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


def inputs_of(shape: Shape, value: Any, allowed: Mapping[Any, str], *, key: str) -> list[Input]:
    """All inputs of a value, however incomplete it is; none where the operator says it all."""
    if shape.parts:
        given = value if isinstance(value, dict) else {}
        return [
            _captioned(each, str(label))
            for part, (label, inner) in shape.parts.items()
            for each in inputs_of(inner, given.get(part), _own(inner) or allowed, key=f"{key}.{part}")
        ]
    if not shape.control:
        return []
    if shape.control == "pair":
        return _pair(shape, value, key)
    return [_single(shape, value, _own(shape) or allowed, key)]


def options_of(shape: Shape, allowed: Mapping[Any, str]) -> list[tuple[str, str]]:
    """Everything that may be chosen, (value, label)."""
    return [(str(each), str(label)) for each, label in (_own(shape) or allowed).items()]


def _own(shape: Shape) -> Mapping[Any, str]:
    """The choices of a shape itself, not of the field."""
    options = getattr(shape, "options", None)
    return dict(options()) if callable(options) else {}


def _captioned(drawn: Input, label: str) -> Input:
    drawn.caption, drawn.label = label, label
    return drawn


def _pair(shape: Any, value: Any, key: str) -> list[Input]:
    given = [*(value if isinstance(value, list) else []), None, None][:2]
    labels = pgettext("range", "From"), pgettext("range", "To")
    ends = [_typed(shape.part, each, key, label) for each, label in zip(given, labels, strict=True)]
    for index, end in enumerate(ends):
        end.ident = f"{key}{index or ''}"
    ends[0].unit, ends[1].caption = "", "—"
    return ends


def _typed(shape: Shape, value: Any, key: str, label: str) -> Input:
    control = shape.control if shape.control in KNOWN else "text"
    unit = getattr(shape, "unit", UNITS.get(control, ""))
    text = shape.written(value)
    if control == "money":
        text = re.sub(r"(?<=\d)(?=(\d{3})+(\.|$))", "\u00a0", text)
    return Input(control, key, key, label, text=text, unit=unit)


def _single(shape: Shape, value: Any, allowed: Mapping[Any, str], key: str) -> Input:
    drawn = _typed(shape, value, key, _("Value"))
    if drawn.control == "flag":
        drawn.flag = value is not False
    elif drawn.control == "chips":
        chosen = [str(each) for each in value] if isinstance(value, list) else []
        named = {str(each): str(label) for each, label in allowed.items()}
        if len(named) <= PILLS and set(chosen) <= set(named):
            drawn.pills = [(each, label, each in chosen) for each, label in named.items()]
        drawn.chips = [(each, named.get(each, each)) for each in chosen]
    elif drawn.control == "text":
        drawn.hints = [str(each) for each in allowed]
    return drawn
