"""The named segments as they stand now: whose each code is, and which codes are whose."""

from dataclasses import dataclass
from functools import cached_property

from segments.models import RfmSegment
from segments.rfm.codes import CODES, mapping


@dataclass(frozen=True)
class Names:
    """One reading of the table of seven; `of` has every code."""

    segments: list[RfmSegment]
    of: dict[str, RfmSegment]

    @cached_property
    def by_slug(self) -> dict[str, RfmSegment]:
        return {each.slug: each for each in self.segments}

    def codes(self, slug: str) -> list[str]:
        return [code for code in CODES if self.of[code].slug == slug]

    def codes_of_priority(self, priority: str) -> list[str]:
        return [code for code in CODES if self.of[code].priority == priority]

    def is_vip_risk(self, code: str) -> bool:
        """The mark «риск VIP»: of a segment that carries it, from a sum of frequency and money on."""
        least = self.of[code].vip_risk_from
        return least is not None and int(code[1]) + int(code[2]) >= least

    @cached_property
    def vip_risk(self) -> list[str]:
        return [code for code in CODES if self.is_vip_risk(code)]


def names() -> Names:
    """One query."""
    segments = list(RfmSegment.objects.all())
    return Names(segments, mapping((each, each.codes) for each in segments))
