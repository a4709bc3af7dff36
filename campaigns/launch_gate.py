"""Three questions before a launch: is there a hypothesis, is the audience segmented, is the test ready; of a campaign with
variants a fourth: are there people enough to tell them apart (`campaigns.sizing`).

Asked of advertising to segments. A "no" needs a reason of the author; who approves sees every answer. Of a campaign whose
author was never asked (the command line) what is missing is told, and does not stop it, but for the fourth.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns import sizing, whom
from campaigns.models import Campaign, Rationale
from campaigns.planning import Forecast
from segments.models.people import Purpose

EVERYBODY = 0.9  # of the base: such an audience was not cut
SMALLEST_BASE = 100  # people: fewer are known by name
ANSWERS = ("hypothesis", "no_hypothesis", "no_segments", "no_test", "no_power", "deal_margin")

_BASE = "SELECT count(*) FROM segments_customerfacts"


@dataclass(frozen=True, slots=True)
class Answer:
    """`says` is the hypothesis, the reason of a "no", or how it is; `is_missing`: a "no" without a reason. `found`: what
    speaks for a "no", where there is something to tell."""

    key: str
    question: str | Promise
    is_yes: bool
    says: str
    found: str = ""

    @property
    def is_missing(self) -> bool:
        return not self.says


_QUESTIONS = {
    "hypothesis": gettext_lazy("Is there a hypothesis?"),
    "segments": gettext_lazy("Is the audience segmented?"),
    "test": gettext_lazy("Is the test ready?"),
    "power": gettext_lazy("Are there people enough to tell the variants apart?"),
}
_MISSING = {
    "hypothesis": gettext_lazy("There is no hypothesis: write it, or why the campaign goes without one."),
    "segments": gettext_lazy("The audience is everybody: narrow it, or write why all are to get it."),
    "test": gettext_lazy(
        "There is nobody in the control group: make its share larger, or write why the effect is not measured."
    ),
    "power": gettext_lazy("Take more people, fewer variants or a larger effect, or write why it goes all the same."),
}


def is_asked(campaign: Campaign) -> bool:
    """Service messages are owed, what follows a run repeats what was decided for it, a step belongs to its scenario."""
    return campaign.purpose == Purpose.ADVERTISING and whom.followed(campaign) is None and not campaign.is_step


def of(campaign: Campaign) -> Rationale | None:
    return getattr(campaign, "rationale", None)


def answers(campaign: Campaign, expected: Forecast) -> list[Answer]:
    """In the order of the questions; none where they are not asked."""
    if not is_asked(campaign):
        return []
    said = of(campaign) or Rationale()
    hypothesis, segmented = said.hypothesis.strip(), _segmented(expected)
    test = _test(campaign, expected)
    size = sizing.of(campaign, expected.by_variant)
    fourth = [_power(size, said.no_power)] if size else []
    return [
        Answer("hypothesis", _QUESTIONS["hypothesis"], bool(hypothesis), hypothesis or said.no_hypothesis),
        Answer("segments", _QUESTIONS["segments"], bool(segmented), segmented or said.no_segments),
        Answer("test", _QUESTIONS["test"], bool(test), test or said.no_test),
        *fourth,
    ]


def missing(campaign: Campaign, expected: Forecast) -> list[str]:
    """What the author still has to say, one sentence each."""
    return gaps(stopping(campaign, answers(campaign, expected)))


def stopping(campaign: Campaign, given: list[Answer]) -> list[Answer]:
    """Those without which it is not launched; who was never asked is asked for people enough alone."""
    return given if of(campaign) else [answer for answer in given if answer.key == "power"]


def gaps(given: list[Answer]) -> list[str]:
    """A sentence for each "no" that has no reason."""
    return [f"{answer.found} {_MISSING[answer.key]}".strip() for answer in given if answer.is_missing]


def answer(campaign: Campaign, said: dict[str, Any]) -> None:
    """Keep what the author answered, by the names of `ANSWERS`."""
    kept, _made = Rationale.objects.update_or_create(campaign=campaign, defaults=said)
    campaign.rationale = kept


def approved_part(campaign: Campaign) -> list[str]:
    """What of it an approval is bound to."""
    said = of(campaign)
    return [str(getattr(said, name)) for name in ANSWERS if name != "no_power" or said.no_power] if said else []


def _power(size: sizing.Sizing, reason: str) -> Answer:
    """What there is and what it takes is said with a "no" too, before its reason."""
    says = size.sentence() if size.is_enough else reason
    return Answer("power", _QUESTIONS["power"], size.is_enough, says, "" if size.is_enough else size.sentence())


def _segmented(expected: Forecast) -> str:
    """How it is cut; '' when it is everybody."""
    with connection.cursor() as cursor:
        cursor.execute(_BASE)
        whole = cursor.fetchone()[0]
    share = expected.members / max(whole, 1)
    if whole >= SMALLEST_BASE and share >= EVERYBODY:
        return ""
    return _("%(people)s of %(whole)s people of the base (%(share)s %%)") % {
        "people": number_format(expected.members),
        "whole": number_format(whole),
        "share": number_format(round(100 * min(share, 1), 1), decimal_pos=1),
    }


def _test(campaign: Campaign, expected: Forecast) -> str:
    """What the effect is measured against; '' when against nobody."""
    if not (campaign.control_percent and expected.held_out):
        return ""
    return ngettext(
        "%(people)s person is left alone for comparison", "%(people)s people are left alone for comparison",
        expected.held_out,
    ) % {"people": number_format(expected.held_out)}  # fmt: skip
