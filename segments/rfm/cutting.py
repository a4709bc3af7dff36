"""Parts of the base by RFM, named in addresses: "all.vip", "new.43X", "service.none", "all.risk".

A part is a line and what of it: a named segment, a pattern of codes, everybody with a code ("any"), nobody's code
("none"), or the mark «риск VIP» ("risk").
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from segments import refreshing
from segments.models import RfmLine, RfmSegment, Segment
from segments.naming import slug_for
from segments.rfm.codes import PATTERN, matching
from segments.rfm.naming import Names, names
from segments.rules.rfm_fields import named, scored
from segments.rules.tree import FORMAT

ANY, NONE, RISK = "any", "none", "risk"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('segments.rfm.cutting'))"


@dataclass(frozen=True)
class Part:
    line: str
    what: str
    table: Names

    def __str__(self) -> str:
        return f"{self.line}.{self.what}"

    @property
    def segment(self) -> RfmSegment | None:
        return self.table.by_slug.get(self.what)

    @property
    def advice(self) -> str:
        """What the table says to do with these people."""
        return self.segment.advice if self.segment else ""

    def title(self) -> str:
        """ "RFM: Спящие киты (новые автомобили)"; of everything together the line is not said."""
        line = RfmLine.Line(self.line)
        title = f"RFM: {self._words()}"
        return title if line == RfmLine.Line.ALL else f"{title} ({line.label})"

    def _words(self) -> str:
        if self.segment:
            return self.segment.name
        words = {ANY: _("everybody who bought"), NONE: _("no purchases"), RISK: _("VIP at risk")}
        return words.get(self.what) or _("codes %(pattern)s") % {"pattern": self.what}

    def condition(self) -> Q:
        """Over `CustomerFacts`, or any model whose key is the customer's."""
        if self.what == NONE:
            return ~scored(self.line)
        return scored(self.line, None if self.what == ANY else self._codes())

    def _codes(self) -> list[str]:
        if self.segment:
            return self.table.codes(self.what)
        return self.table.vip_risk if self.what == RISK else list(matching(self.what))

    def rule(self) -> dict[str, Any]:
        """The same as a stored rule; of a pattern, one condition for each score it names."""
        return {"format": FORMAT, "rule": {"all": self._conditions()}}

    def _conditions(self) -> list[dict[str, Any]]:
        if self.segment:
            return [self._leaf("segment", "any_of", [self.what])]
        if self.what == RISK:
            return [self._leaf("vip_risk", "is", True)]
        if self.what in (ANY, NONE):
            return [self._leaf("segment", "is_known" if self.what == ANY else "is_empty", None)]
        measures = zip(("recency", "frequency", "money"), self.what, strict=True)
        return [self._leaf(measure, "any_of", [score]) for measure, score in measures if score != "X"]

    def _leaf(self, what: str, op: str, value: Any) -> dict[str, Any]:
        leaf = {"field": named(what, self.line), "op": op}
        return leaf if value is None else leaf | {"value": value}


def part(text: str) -> Part | None:
    """The part of this name; None when there is none."""
    line, _dot, what = text.partition(".")
    table = names()
    known = what in table.by_slug or what in (ANY, NONE, RISK) or (PATTERN.fullmatch(what) and what != "X" * 3)
    return Part(line, what, table) if line in RfmLine.Line.values and known else None


def parts(line: str, table: Names) -> list[Part]:
    """What lists offer of a line: the named segments, the mark, and nobody's code."""
    return [Part(line, what, table) for what in (*table.by_slug, RISK, NONE)]


@transaction.atomic
def cut(chosen: Part, owner: Any) -> Segment:
    """The living segment of exactly this part, whatever it is called by now; else a new one of `owner`."""
    rule = chosen.rule()
    with connection.cursor() as cursor:
        cursor.execute(LOCK)  # a button that is pressed twice makes one segment
    if found := Segment.objects.filter(rule=rule, is_archived=False).order_by("pk").first():
        return found
    name = chosen.title()
    if Segment.objects.filter(name=name).exists():  # of another rule: people have edited it, or it is archived
        name = f"{name}, {formats.date_format(timezone.localtime(), 'd.m.Y H:i:s')}"
    segment = Segment.objects.create(
        name=name,
        slug=slug_for(name),
        rule=rule,
        owner=owner,
        description=_("Cut by RFM; who belongs to it is worked out every day."),
        plan=chosen.advice[:160],
    )
    refreshing.ask([segment])
    return segment
