"""Figures as people read them: on pages, in charts, in tables that are taken away."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.formats import number_format

from tracking.money.figures import MONEY, SHARE, Figure

UNKNOWN = "—"
NO_BREAK = "\xa0"
TENTHS = Decimal("0.1")
MUCH = 10  # from here on tenths of a count say nothing


def shown(figure: Figure, value: Decimal | None) -> str:
    """With its unit."""
    if value is None:
        return UNKNOWN
    if figure.unit == SHARE:
        return f"{_number(_rounded(value * 100, TENTHS))}{NO_BREAK}%"
    if figure.unit == MONEY:
        return f"{_number(_rounded(value, Decimal(1)))}{NO_BREAK}₽"
    return _number(_rounded(value, Decimal(1) if abs(value) >= MUCH else TENTHS))


def cell(figure: Figure, value: Decimal | None) -> Any:
    """A plain number for a sheet: shares in per cent."""
    if value is None:
        return ""
    return float(_rounded(value * 100 if figure.unit == SHARE else value, Decimal("0.01")))


def title(figure: Figure) -> str:
    """Of a column of a sheet, where cells have no units."""
    unit = {SHARE: "%", MONEY: "₽"}.get(figure.unit, "")
    label = str(figure.label)
    return f"{label}, {unit}" if unit and unit not in label else label


def _rounded(value: Decimal, to: Decimal) -> Decimal:
    return value.quantize(to, ROUND_HALF_UP)


def _number(value: Decimal) -> str:
    whole = value.to_integral_value()
    return str(number_format(whole if whole == value else value, force_grouping=True)).replace("-", "−")
