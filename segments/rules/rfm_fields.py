"""What rules may ask about RFM, in each line of business. Importing this module fills the registry.

Every question is one about codes: it becomes an EXISTS over `RfmScore` with a list of them. Who bought nothing in the
line has no code: the value is missing.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from segments.models import RfmLine, RfmScore, RfmSegment
from segments.rfm.codes import CODES, SCORES
from segments.rfm.naming import names
from segments.rules.fields import Compile, Field, register

NOBODY = "none"  # the choice «без покупок» among the named segments
Codes = Callable[[list[str]], list[str]]
NO_PURCHASES = {
    RfmLine.Line.ALL: _("bought nothing at all"),
    RfmLine.Line.NEW: _("bought no new car"),
    RfmLine.Line.USED: _("bought no used car"),
    RfmLine.Line.SERVICE: _("was never serviced"),
    RfmLine.Line.INSURANCE: _("bought no insurance"),
}


def named(what: str, line: str) -> str:
    """The name of a field: "rfm_segment", and of a line of its own "rfm_segment_new"."""
    return f"rfm_{what}" if line == RfmLine.Line.ALL else f"rfm_{what}_{line}"


def scored(line: str, codes: list[str] | None = None) -> Q:
    """Has a code in the line, or one of these."""
    rows = RfmScore.objects.filter(customer=OuterRef("pk"), line=line)
    return Q(Exists(rows if codes is None else rows.filter(code__in=codes)))


def _choice(line: str, codes: Codes) -> Compile:
    def condition(op: str, values: list[str], today: dt.date) -> Q:
        asked = scored(line, codes([each for each in values if each != NOBODY]))
        if NOBODY in values:
            asked |= ~scored(line)
        return ~asked if op == "none_of" else asked

    return condition


def _flag(line: str, codes: Callable[[], list[str]]) -> Compile:
    def condition(op: str, carries: bool, today: dt.date) -> Q:
        found = scored(line, codes())
        return found if carries else ~found

    return condition


def _of_segments(slugs: list[str]) -> list[str]:
    table = names()
    return [code for slug in slugs for code in table.codes(slug)]


def _of_priorities(priorities: list[str]) -> list[str]:
    table = names()
    return [code for each in priorities for code in table.codes_of_priority(each)]


def _of_scores(place: int) -> Codes:
    return lambda scores: [code for code in CODES if code[place] in scores]


def _segments() -> list[tuple[str, str]]:
    return [*RfmSegment.objects.values_list("slug", "name"), (NOBODY, gettext("No purchases"))]


def _priorities() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in RfmSegment.Priority.choices]


def _scores() -> list[tuple[str, str]]:
    shown = {"4": gettext("4, the best"), "1": gettext("1, the worst")}
    return [(score, shown.get(score, score)) for score in SCORES]


def _codes() -> list[tuple[str, str]]:
    table = names().of
    return [(code, f"{code} · {table[code]}") for code in CODES]


def _fields(line: str, called: Any) -> Iterator[Field]:
    def field(what: str, label: Any, **settings: Any) -> Field:
        group = format_lazy("RFM: {}", called)
        settings = {"type": "choice", "missing": NO_PURCHASES[RfmLine.Line(line)], "known": scored(line)} | settings
        return Field(name=named(what, line), label=format_lazy("{} ({})", label, called), group=group, **settings)

    yield field("segment", _("RFM segment"), choices=_segments, compile=_choice(line, _of_segments))
    yield field("priority", _("RFM priority"), choices=_priorities, compile=_choice(line, _of_priorities))
    yield field("code", _("RFM code"), choices=_codes, compile=_choice(line, list))
    yield field("recency", _("RFM score of recency"), choices=_scores, compile=_choice(line, _of_scores(0)))
    yield field("frequency", _("RFM score of frequency"), choices=_scores, compile=_choice(line, _of_scores(1)))
    yield field("money", _("RFM score of money"), choices=_scores, compile=_choice(line, _of_scores(2)))
    yield field(
        "vip_risk", pgettext_lazy("field of a rule", "RFM mark “VIP at risk”"), type="flag", missing="", known=None,
        compile=_flag(line, lambda: names().vip_risk),
        says=(
            format_lazy("{} ({})", _("carries the RFM mark “VIP at risk”"), called),
            format_lazy("{} ({})", _("does not carry the RFM mark “VIP at risk”"), called),
        ),
    )  # fmt: skip


register(*(field for line in RfmLine.Line for field in _fields(line.value, line.label)))
