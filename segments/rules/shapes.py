"""What the value of a condition may look like: one class for each shape that an operator asks for.

`clean` takes a value as JSON has it and returns the Python value for the query; it raises `ValueError`
with a sentence for the manager. `read` takes the strings of the builder's inputs and returns the JSON
value, however incomplete: the check comes later, so that a half-typed condition is never lost; `written`
is the way back, one value as an input shows it. `shown` tells a clean value in a sentence.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext

Allowed = Mapping[Any, str] | None  # value → label; None: anything of the right type

MAX_VALUES = 200
MAX_TEXT = 120
MAX_DAYS = 36_500
MAX_NUMBER = 1_000_000_000
MAX_MONEY = Decimal("1000000000000")
MONEY = re.compile(r"-?\d{1,13}([.,]\d{1,2})?", re.ASCII)

IN_MONTH = (
    _lazy("in January"), _lazy("in February"), _lazy("in March"), _lazy("in April"), _lazy("in May"), _lazy("in June"),
    _lazy("in July"), _lazy("in August"), _lazy("in September"), _lazy("in October"), _lazy("in November"), _lazy("in December"),
)  # fmt: skip


class Shape:
    """`control` names the part of the builder's template that draws it.

    The builder knows the controls number, money, date, text, lines (many lines of text, `read` gets them as one
    string), flag, chips (several of `choices`), pair (two of `part`) and "" (no input); an unknown one is drawn
    as text. A shape of several inputs has `parts`, name → (label, shape): its value is an object with these
    names, and each part is drawn and read by its own shape. A chips shape whose values are not the field's
    choices has an own `options()`, (value, label) pairs.
    """

    control = ""
    parts: Mapping[str, tuple[Any, "Shape"]] = {}

    def clean(self, value: Any, allowed: Allowed) -> Any:
        raise NotImplementedError

    def read(self, raw: list[str]) -> Any:
        return raw[0].strip() if raw and raw[0].strip() else None

    def written(self, value: Any) -> str:
        return "" if value is None or isinstance(value, dict | list) else str(value)

    def shown(self, value: Any, allowed: Allowed) -> str:
        return pgettext("quotation marks", "“%(value)s”") % {"value": (allowed or {}).get(value, value)}


class Nothing(Shape):
    """The operator says it all ("is not known")."""

    def clean(self, value: Any, allowed: Allowed) -> None:
        if value is not None:
            raise ValueError(_("this comparison takes no value: remove it."))

    def read(self, raw: list[str]) -> None:
        return None


class Whole(Shape):
    """A whole number between two bounds."""

    control = "number"

    def __init__(self, least: int = 0, most: int = MAX_NUMBER) -> None:
        self.least, self.most = least, most

    def clean(self, value: Any, allowed: Allowed) -> int:
        if value is None:
            raise ValueError(_("enter a number."))
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(_("a whole number is needed here."))
        if not self.least <= value <= self.most:
            raise ValueError(
                _("the number must be from %(least)s to %(most)s.") % {"least": self.least, "most": self.most}
            )
        return value

    def read(self, raw: list[str]) -> int | str | None:
        text = re.sub(r"\s", "", super().read(raw) or "")
        return int(text) if re.fullmatch(r"-?\d{1,15}", text, re.ASCII) else text or None

    def shown(self, value: int, allowed: Allowed) -> str:
        return formats.number_format(value, force_grouping=True)


class Share(Shape):
    """A probability from 0 to 1 (0.7); people type and read it in per cents (70)."""

    control = "number"

    def clean(self, value: Any, allowed: Allowed) -> float:
        if value is None:
            raise ValueError(_("enter a probability in per cents."))
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ValueError(_("a probability from 0 to 100 per cent is needed here."))
        return float(value)

    def read(self, raw: list[str]) -> float | str | None:
        text = re.sub(r"[\s%]", "", super().read(raw) or "").replace(",", ".")
        return round(float(text) / 100, 6) if re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text, re.ASCII) else text or None

    def written(self, value: Any) -> str:
        return f"{value * 100:.6g}" if isinstance(value, int | float) else super().written(value)

    def shown(self, value: float, allowed: Allowed) -> str:
        number = Decimal(f"{value * 100:.6g}")
        return _("%(percents)s %%") % {"percents": formats.number_format(number)}


class Money(Shape):
    """Roubles: an integer, a finite number, or a decimal string such as "300000.50"."""

    control = "money"

    def clean(self, value: Any, allowed: Allowed) -> Decimal:
        if value is None:
            raise ValueError(_("enter a sum in roubles."))
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(_("a sum in roubles is needed here."))
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(_("a sum in roubles is needed here."))
        if isinstance(value, str) and not MONEY.fullmatch(value):
            raise ValueError(_("a sum in roubles is needed here, for example 300000 or 300000.50."))
        amount = Decimal(str(value).replace(",", ".")) if not isinstance(value, int) else Decimal(value)
        if not 0 <= amount <= MAX_MONEY:
            raise ValueError(_("the sum must be from 0 to a trillion roubles."))
        return amount.quantize(Decimal("0.01"))

    def read(self, raw: list[str]) -> str | None:
        return re.sub(r"\s", "", super().read(raw) or "").replace(",", ".") or None

    def shown(self, value: Decimal, allowed: Allowed) -> str:
        kopecks = 0 if value == value.to_integral_value() else 2
        return _("%(sum)s ₽") % {"sum": formats.number_format(value, kopecks, force_grouping=True)}


class Pair(Shape):
    """Two values of one shape, the lower first; both ends belong to the range."""

    control = "pair"

    def __init__(self, part: Shape) -> None:
        self.part = part

    def clean(self, value: Any, allowed: Allowed) -> list:
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError(_("two values are needed here: from and to."))
        lower, upper = (self.part.clean(each, allowed) for each in value)
        if lower > upper:
            raise ValueError(_("the first value is greater than the second: swap them."))
        return [lower, upper]

    def read(self, raw: list[str]) -> list:
        return [self.part.read([each]) for each in (*raw, "", "")[:2]]


class Text(Shape):
    """A piece of text, compared without regard to case."""

    control = "text"

    def clean(self, value: Any, allowed: Allowed) -> str:
        if value is None or value == "":
            raise ValueError(_("enter a text."))
        if not isinstance(value, str):
            raise ValueError(_("a text is needed here."))
        if len(value) > MAX_TEXT:
            raise ValueError(_("the text is longer than %(most)s characters.") % {"most": MAX_TEXT})
        if any(unicodedata.category(each) in ("Cc", "Cs") for each in value):
            raise ValueError(_("the text holds characters that cannot be searched for."))
        return value


class Several(Shape):
    """One or more values of a closed list."""

    control = "chips"

    def clean(self, value: Any, allowed: Allowed) -> list:
        if not isinstance(value, list):
            raise ValueError(_("a list of values is needed here."))
        if not value:
            raise ValueError(_("choose at least one value."))
        if len(value) > MAX_VALUES:
            raise ValueError(
                ngettext("more than %(most)s value is chosen.", "more than %(most)s values are chosen.", MAX_VALUES)
                % {"most": MAX_VALUES}
            )
        for each in value:
            if not isinstance(each, str) or each not in (allowed or {}):
                raise ValueError(_("“%(value)s” is not among the values to choose from.") % {"value": _short(each)})
        return list(dict.fromkeys(value))

    def read(self, raw: list[str]) -> list[str]:
        return list(dict.fromkeys(each for each in raw if each))


class Months(Several):
    """Months of the year as numbers, 1 to 12."""

    def options(self) -> list[tuple[int, Any]]:
        return list(MONTHS.items())

    def clean(self, value: Any, allowed: Allowed) -> list[int]:
        if not isinstance(value, list) or not value:
            raise ValueError(_("choose at least one month."))
        if any(isinstance(each, bool) or not isinstance(each, int) or not 1 <= each <= 12 for each in value):
            raise ValueError(_("a month is a number from 1 to 12."))
        return sorted(set(value))

    def read(self, raw: list[str]) -> list[int]:
        return list(dict.fromkeys(int(each) for each in raw if re.fullmatch(r"\d{1,2}", each, re.ASCII)))

    def shown(self, value: int, allowed: Allowed) -> str:
        return str(IN_MONTH[value - 1])


class Flag(Shape):
    """Yes or no."""

    control = "flag"

    def clean(self, value: Any, allowed: Allowed) -> bool:
        if not isinstance(value, bool):
            raise ValueError(_("yes or no is needed here."))
        return value

    def read(self, raw: list[str]) -> bool:
        return raw[:1] != ["no"]


def _short(value: Any) -> str:
    """How a refused value is quoted back: printable and not longer than a line."""
    text = value if isinstance(value, str) else type(value).__name__
    return "".join(each if each.isprintable() else "?" for each in text[:60])
