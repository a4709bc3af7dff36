"""What the guard found, in sentences for a manager."""

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.guard.judging import DOUBTFUL, Finding, Kind

IN_SENTENCE = 3  # findings
IN_DIARY = 50


def refusal(found: Sequence[Finding]) -> str:
    """Why it does not start, the worst values with their counts, and what to do."""
    said = told(found, IN_SENTENCE)
    whole = _("The check of names and values stopped the launch: %(findings)s %(advice)s")
    return whole % {"findings": " ".join(said), "advice": _advice(found)}


def told(found: Sequence[Finding], most: int | None = None) -> list[str]:
    """Findings, each as a sentence; past the first `most` only how many more there are."""
    said = [_SENTENCES[Kind(one.kind)](one) for one in found[:most]]
    if more := len(found) - len(said):
        said.append(ngettext("And %(more)d more.", "And %(more)d more.", more) % {"more": more})
    return said


def _advice(found: Sequence[Finding]) -> str:
    if any(one.kind not in DOUBTFUL for one in found):
        return _("Take the campaign back to the draft and mend the text.")
    return _(
        "Mend the cards or the segments, or let an approver confirm on the campaign's page that the values are right."
    )


def _frequent(one: Finding) -> str:
    base = _percent(one.base)
    return ngettext(
        "“%(value)s” stands in “%(slot)s” for %(people)s person, %(share)s of the audience (%(base)s of the base).",
        "“%(value)s” stands in “%(slot)s” for %(people)s people, %(share)s of the audience (%(base)s of the base).",
        one.people,
    ) % {
        "value": one.value,
        "slot": one.slot,
        "people": _number(one.people),
        "share": _percent(one.share),
        "base": base,
    }


def _not_a_name(one: Finding) -> str:
    return ngettext(
        "“%(value)s” in “%(slot)s” is no name, %(people)s person has it.",
        "“%(value)s” in “%(slot)s” is no name, %(people)s people have it.",
        one.people,
    ) % {"value": one.value, "slot": one.slot, "people": _number(one.people)}


def _brace(one: Finding) -> str:
    if not one.slot:
        return ngettext(
            "A brace is left in the text of %(people)s message.",
            "A brace is left in the text of %(people)s messages.",
            one.people,
        ) % {"people": _number(one.people)}
    return ngettext(
        "“%(value)s” in “%(slot)s” has a brace, %(people)s person would get it.",
        "“%(value)s” in “%(slot)s” has a brace, %(people)s people would get it.",
        one.people,
    ) % {"value": one.value, "slot": one.slot, "people": _number(one.people)}


def _foreign(one: Finding) -> str:
    return ngettext(
        "“%(slot)s” shows what the base does not know of the person, in %(people)s message.",
        "“%(slot)s” shows what the base does not know of the person, in %(people)s messages.",
        one.people,
    ) % {"slot": one.slot, "people": _number(one.people)}


def _empty(one: Finding) -> str:
    return ngettext(
        '“%(slot)s” is empty for %(people)d person: give a default, {{ %(slot)s|"…" }}.',
        '“%(slot)s” is empty for %(people)d people: give a default, {{ %(slot)s|"…" }}.',
        one.people,
    ) % {"slot": one.slot, "people": one.people}


def _default(one: Finding) -> str:
    if not one.value:
        return ngettext(
            "%(people)s person gets nothing in the place of “%(slot)s”.",
            "%(people)s people get nothing in the place of “%(slot)s”.",
            one.people,
        ) % {"slot": one.slot, "people": _number(one.people)}
    return ngettext(
        "%(people)s person gets “%(value)s” in the place of “%(slot)s”: nothing is known of her.",
        "%(people)s people get “%(value)s” in the place of “%(slot)s”: nothing is known of them.",
        one.people,
    ) % {"value": one.value, "slot": one.slot, "people": _number(one.people)}


def _chosen(one: Finding) -> str:
    sentence = _("“%(value)s” stands in “%(slot)s” for %(share)s of the audience: the segment's rule asks for it.")
    return sentence % {"value": one.value, "slot": one.slot, "share": _percent(one.share)}


def _number(people: int) -> str:
    return number_format(people, force_grouping=True)


def _percent(share: float) -> str:
    return f"{number_format(round(100 * share, 1), decimal_pos=1)} %"


_SENTENCES = {
    Kind.FREQUENT: _frequent,
    Kind.NOT_A_NAME: _not_a_name,
    Kind.BRACE: _brace,
    Kind.FOREIGN: _foreign,
    Kind.EMPTY: _empty,
    Kind.DEFAULT: _default,
    Kind.CHOSEN: _chosen,
}
