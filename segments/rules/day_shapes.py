"""Values that are days: of the calendar, of any year, months."""

import datetime as dt
import re
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from segments.rules.shapes import Allowed, Pair, Shape

LEAP_YEAR = 2000
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2100, 12, 31)


class Date(Shape):
    """A calendar day, "2026-05-01"."""

    control = "date"

    def clean(self, value: Any, allowed: Allowed) -> dt.date:
        if value is None:
            raise ValueError(_("enter a date."))
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            raise ValueError(_("a date is needed here, for example 2026-05-01."))
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            raise ValueError(_("there is no such day in the calendar.")) from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(_("the date must be between the years 1900 and 2100."))
        return day

    def shown(self, value: dt.date, allowed: Allowed) -> str:
        return formats.date_format(value, pgettext("day in a rule", "j F Y"))


class MonthDay(Shape):
    """A day of any year, "05-31"; people type and read 31.05. Clean it is that day of a leap year."""

    control = "number"

    def clean(self, value: Any, allowed: Allowed) -> dt.date:
        if value is None:
            raise ValueError(_("enter a day and a month, for example 31.05."))
        if not isinstance(value, str) or not re.fullmatch(r"\d\d-\d\d", value, re.ASCII):
            raise ValueError(_("a day and a month are needed here, for example 31.05."))
        try:
            return dt.date.fromisoformat(f"{LEAP_YEAR}-{value}")
        except ValueError:
            raise ValueError(_("there is no such day in the calendar.")) from None

    def read(self, raw: list[str]) -> str | None:
        text = super().read(raw)
        found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.?", text or "", re.ASCII)
        return f"{int(found[2]):02}-{int(found[1]):02}" if found else text

    def written(self, value: Any) -> str:
        text = super().written(value)
        return f"{text[3:]}.{text[:2]}" if re.fullmatch(r"\d\d-\d\d", text, re.ASCII) else text

    def shown(self, value: dt.date, allowed: Allowed) -> str:
        return formats.date_format(value, pgettext("day in a rule", "j F"))


class RoundYear(Pair):
    """Two days of any year; the first may be the later one: then the range goes over New Year."""

    def clean(self, value: Any, allowed: Allowed) -> list:
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError(_("two values are needed here: from and to."))
        return [self.part.clean(each, allowed) for each in value]
