"""The operators of each field type.

| the value is missing | the condition | its NOT |
|---|---|---|
| any comparison, also "none of" and "does not contain" | does not hold | does not hold either |
| `is_known` | does not hold | holds |
| `is_empty` | holds | does not hold |

So a person without a birthday is neither "born in May" nor "not born in May"; who wants her says so:
`{"any": [{"not": MAY}, {"field": "birthday", "op": "is_empty"}]}`. This is the logic of three values, and AND, OR
and NOT follow it. A number that counts something is never missing: who bought nothing has 0 purchases.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from segments.rules.comparing import Operator
from segments.rules.days import ANNIVERSARY, DATES, MOMENTS
from segments.rules.shapes import Flag, Money, Nothing, Pair, Several, Shape, Share, Text, Whole

__all__ = ["BY_TYPE", "PRESENCE", "Operator", "presence"]


def _numbers(shape: Shape) -> list[Operator]:
    return [
        Operator(
            name="at_least", label=pgettext_lazy("operator of a rule", "at least"), shape=shape,
            phrase=_("%(field)s — at least %(value)s"), refusal=_("%(field)s — less than %(value)s"),
            condition=lambda p, v, t: Q(**{f"{p}__gte": v}),
        ),
        Operator(
            name="at_most", label=pgettext_lazy("operator of a rule", "at most"), shape=shape,
            phrase=_("%(field)s — at most %(value)s"), refusal=_("%(field)s — more than %(value)s"),
            condition=lambda p, v, t: Q(**{f"{p}__lte": v}),
        ),
        Operator(
            name="equals", label=pgettext_lazy("operator of a rule", "exactly"), shape=shape,
            phrase=_("%(field)s — exactly %(value)s"), refusal=_("%(field)s — not %(value)s"),
            condition=lambda p, v, t: Q(**{p: v}),
        ),
        Operator(
            name="between", label=pgettext_lazy("operator of a rule", "from … to"), shape=Pair(shape),
            phrase=_("%(field)s — from %(lower)s to %(upper)s"), refusal=_("%(field)s — not from %(lower)s to %(upper)s"),
            condition=lambda p, v, t: Q(**{f"{p}__gte": v[0], f"{p}__lte": v[1]}),
        ),
    ]  # fmt: skip


CHOICES = [
    Operator(
        name="any_of", label=pgettext_lazy("operator of a rule", "any of"), shape=Several(),
        phrase=_("%(field)s — %(value)s"), refusal=_("%(field)s — not %(value)s"),
        condition=lambda p, v, t: Q(**{f"{p}__in": v}),
    ),
    Operator(
        name="none_of", label=pgettext_lazy("operator of a rule", "none of"), shape=Several(),
        phrase=_("%(field)s — not %(value)s"), refusal=_("%(field)s — %(value)s"),
        condition=lambda p, v, t: ~Q(**{f"{p}__in": v}), denies=True, joint="and not",
    ),
]  # fmt: skip
TEXTS = [
    Operator(
        name="contains", label=pgettext_lazy("operator of a rule", "contains"), shape=Text(),
        phrase=_("%(field)s — contains %(value)s"), refusal=_("%(field)s — does not contain %(value)s"),
        condition=lambda p, v, t: Q(**{f"{p}__icontains": v}),
    ),
    Operator(
        name="not_contains", label=pgettext_lazy("operator of a rule", "does not contain"), shape=Text(),
        phrase=_("%(field)s — does not contain %(value)s"), refusal=_("%(field)s — contains %(value)s"),
        condition=lambda p, v, t: ~Q(**{f"{p}__icontains": v}), denies=True,
    ),
    Operator(
        name="starts_with", label=pgettext_lazy("operator of a rule", "begins with"), shape=Text(),
        phrase=_("%(field)s — begins with %(value)s"), refusal=_("%(field)s — does not begin with %(value)s"),
        condition=lambda p, v, t: Q(**{f"{p}__istartswith": v}),
    ),
    Operator(
        name="equals", label=pgettext_lazy("operator of a rule", "exactly"), shape=Text(),
        phrase=_("%(field)s — exactly %(value)s"), refusal=_("%(field)s — not %(value)s"),
        condition=lambda p, v, t: Q(**{f"{p}__iexact": v}),
    ),
]  # fmt: skip
IS = Operator(
    name="is", label=pgettext_lazy("operator of a rule", "is"), shape=Flag(), phrase="%(value)s",
    condition=lambda p, v, t: Q(**{p: v}),
)  # fmt: skip
# A consent: in general (of the holding), or for advertising of a brand.
CONSENTS = [
    IS,
    Operator(
        name="for_brand", label=pgettext_lazy("operator of a rule", "for the brand"), shape=Several(), counted=True, joint=",",
        phrase=ngettext_lazy("%(field)s — of the brand %(value)s", "%(field)s — of one of the brands %(value)s", "n"),
        refusal=ngettext_lazy("%(field)s — not of the brand %(value)s", "%(field)s — of none of the brands %(value)s", "n"),
        condition=lambda p, v, t: Q(**{f"{p}__in": v}),
    ),
    Operator(
        name="not_for_brand", label=pgettext_lazy("operator of a rule", "not for the brand"), shape=Several(), counted=True, joint=",",
        phrase=ngettext_lazy("%(field)s — not of the brand %(value)s", "%(field)s — of none of the brands %(value)s", "n"),
        refusal=ngettext_lazy("%(field)s — of the brand %(value)s", "%(field)s — of one of the brands %(value)s", "n"),
        condition=lambda p, v, t: ~Q(**{f"{p}__in": v}), denies=True,
    ),
    Operator(
        name="withdrawn", label=pgettext_lazy("operator of a rule", "withdrawn"), shape=Nothing(),
        phrase=_("%(field)s — withdrawn"), refusal=_("%(field)s — not withdrawn"),
        condition=lambda p, v, t: Q(**{p: True}),
    ),
]  # fmt: skip
MEMBERSHIPS = [
    Operator(
        name="any_of", label=pgettext_lazy("operator of a rule", "is in any of"), shape=Several(), counted=True, joint=",",
        phrase=ngettext_lazy("is in segment %(value)s", "is in one of the segments %(value)s", "n"),
        refusal=ngettext_lazy("is not in segment %(value)s", "is in none of the segments %(value)s", "n"),
        condition=lambda p, v, t: Q(**{f"{p}__in": v}),
    ),
    Operator(
        name="none_of", label=pgettext_lazy("operator of a rule", "is in none of"), shape=Several(), counted=True, joint=",",
        phrase=ngettext_lazy("is not in segment %(value)s", "is in none of the segments %(value)s", "n"),
        refusal=ngettext_lazy("is in segment %(value)s", "is in one of the segments %(value)s", "n"),
        condition=lambda p, v, t: ~Q(**{f"{p}__in": v}), denies=True,
    ),
]  # fmt: skip
LISTS = [
    Operator(
        name="any_of", label=pgettext_lazy("operator of a rule", "is in any of"), shape=Several(), counted=True, joint=",",
        phrase=ngettext_lazy("is in the list %(value)s", "is in one of the lists %(value)s", "n"),
        refusal=ngettext_lazy("is not in the list %(value)s", "is in none of the lists %(value)s", "n"),
        condition=lambda p, v, t: Q(**{f"{p}__in": v}),
    ),
    Operator(
        name="none_of", label=pgettext_lazy("operator of a rule", "is in none of"), shape=Several(), counted=True, joint=",",
        phrase=ngettext_lazy("is not in the list %(value)s", "is in none of the lists %(value)s", "n"),
        refusal=ngettext_lazy("is in the list %(value)s", "is in one of the lists %(value)s", "n"),
        condition=lambda p, v, t: ~Q(**{f"{p}__in": v}), denies=True,
    ),
]  # fmt: skip

BY_TYPE: dict[str, list[Operator]] = {
    "number": _numbers(Whole()),
    "money": _numbers(Money()),
    "score": [each for each in _numbers(Share()) if each.name != "equals"],
    "date": DATES,
    "moment": MOMENTS,
    "anniversary": ANNIVERSARY,
    "choice": CHOICES,
    "text": TEXTS,
    "flag": [IS],
    "consent": CONSENTS,
    "segment": MEMBERSHIPS,
    "list": LISTS,
}
PRESENCE = ("is_known", "is_empty")


def presence(known: Q) -> list[Operator]:
    """The two operators of a field whose value may be missing; `known` holds where it is there."""

    def is_known(*_anything: Any) -> Q:
        return known

    def is_empty(*_anything: Any) -> Q:
        return ~known

    said, unsaid = _("%(field)s — known"), _("%(field)s — not known")
    return [
        Operator(
            name="is_known", label=pgettext_lazy("operator of a rule", "is known"), shape=Nothing(),
            phrase=said, refusal=unsaid, condition=is_known,
        ),
        Operator(
            name="is_empty", label=pgettext_lazy("operator of a rule", "is not known"), shape=Nothing(),
            phrase=unsaid, refusal=said, condition=is_empty,
        ),
    ]  # fmt: skip
