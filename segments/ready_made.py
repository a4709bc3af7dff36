"""Ready-made cuts: rules with questions left open (which brand, how many days), from which segments are made.

The cuts themselves are data, in `segments.ready_made_cuts`. A segment made from one is an ordinary segment: its rule,
name and plan are changed as those of any other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.utils import formats

from segments import refreshing
from segments.models import ReadyMade, Segment
from segments.naming import free_name, slug_for
from segments.rules import fields
from segments.rules.tree import FORMAT, leaves, validate


@dataclass(frozen=True)
class Question:
    """One thing asked before a segment is made. `default` is the answer that the form begins with."""

    name: str
    label: Any
    default: Any

    def form_field(self) -> forms.Field:
        """The input; its clean value goes through `value`."""
        raise NotImplementedError

    def value(self, answer: Any) -> Any:
        """The answer as the rule writes it in JSON."""
        return answer

    def words(self, value: Any) -> str:
        """The answer inside the name of a segment."""
        return str(value)


@dataclass(frozen=True)
class Number(Question):
    """A whole number: days, years, times."""

    least: int = 1
    most: int = 3660

    def form_field(self) -> forms.Field:
        return forms.IntegerField(label=self.label, min_value=self.least, max_value=self.most, initial=self.default)


@dataclass(frozen=True)
class Roubles(Question):
    """A sum; whole roubles are enough for prices of cars."""

    def form_field(self) -> forms.Field:
        return forms.IntegerField(label=self.label, min_value=0, max_value=10**9, initial=self.default)

    def words(self, value: Any) -> str:
        return formats.number_format(value, force_grouping=True)


@dataclass(frozen=True)
class Names(Question):
    """Some of the choices of a field of rules, brands for example. No default: it must be chosen."""

    field: str = "brand"

    def form_field(self) -> forms.Field:
        # The usual ones first: the box shows the beginning of a long list.
        known = sorted(fields.FIELDS[self.field].choices(), key=lambda choice: choice[0] not in self.default)
        begin = [name for name, _label in known if name in self.default]
        return forms.MultipleChoiceField(label=self.label, choices=known, initial=begin)

    def words(self, value: Any) -> str:
        return ", ".join(value)


def ask(name: str) -> dict[str, str]:
    """Stands in a rule for the answer to the question of this name."""
    return {"ask": name}


def leaf(field: str, op: str, value: Any = None) -> dict:
    """A condition of a rule; `value` may hold answers."""
    return {"field": field, "op": op} if value is None else {"field": field, "op": op, "value": value}


def event(name: str, *where: dict, times: int = 1, days: Any = None) -> dict:
    """A condition on what a person did, at least so many times, ever or within so many days."""
    return {"event": name, "op": "at_least", "value": times, "days": days, "where": list(where)}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """`rule` is a NODE of `segments.rules.tree` with `ask(…)` in place of some values.

    `name` may name answers (%(brands)s); `who` says who they are, `plan` what they get, `why` what is hoped for.
    A cut that `starts` is among the first segments of an installation.
    """

    key: str
    group: Any
    name: Any
    who: Any
    plan: Any
    why: Any
    rule: dict
    questions: tuple[Question, ...] = ()
    starts: bool = False

    @property
    def title(self) -> str:
        """The name as the gallery shows it, with the usual answers."""
        return str(self.name) % {each.name: each.words(each.default) or "…" for each in self.questions}

    def is_usable(self) -> bool:
        """Whether the registry knows everything that the rule asks about."""
        return all(fields.knows(leaf) for _path, leaf in leaves(self.rule))

    def defaults(self) -> dict[str, Any]:
        """{question: value} of those who answer nothing; names that the dictionaries lack are left out."""
        return {each.name: each.value(each.form_field().initial) for each in self.questions}

    def document(self, values: Mapping[str, Any]) -> dict:
        """The rule with these answers, not yet validated."""
        return {"format": FORMAT, "rule": _answered(self.rule, values)}


_cuts: dict[str, Cut] = {}


def register(*cuts: Cut) -> None:
    """Add cuts; a second one of the same key is a programming error."""
    for each in cuts:
        if _cuts.setdefault(each.key, each) is not each:
            raise ValueError(f"two ready-made cuts are called {each.key!r}")


def cuts() -> list[Cut]:
    """Those that can be used here, in the order of the gallery."""
    return [each for each in _cuts.values() if each.is_usable()]


def cut_of(key: str) -> Cut | None:
    found = _cuts.get(key)
    return found if found is not None and found.is_usable() else None


@transaction.atomic
def make(cut: Cut, values: Mapping[str, Any], *, owner: Any) -> Segment:
    """A segment of this cut, to be filled at once. Raises `RuleError` when the answers make no rule."""
    rule = cut.document(values)
    validate(rule)
    name = free_name(str(cut.name) % {each.name: each.words(values[each.name]) for each in cut.questions})
    segment = Segment.objects.create(
        name=name,
        slug=slug_for(name),
        description=str(cut.who),
        plan=str(cut.plan),
        plan_reason=str(cut.why),
        rule=rule,
        owner=owner,
    )
    ReadyMade.objects.create(segment=segment, cut=cut.key, values=dict(values))
    refreshing.ask([segment])
    return segment


def begin(owner: Any) -> list[Segment]:
    """The first segments of an installation: those that were never made yet, with the usual answers."""
    made = set(ReadyMade.objects.values_list("cut", flat=True))
    return [make(each, each.defaults(), owner=owner) for each in cuts() if each.starts and each.key not in made]


def made_from(keys: Iterable[str]) -> dict[str, list[Segment]]:
    """{key of a cut: living segments made from it, newest first}."""
    found: dict[str, list[Segment]] = {}
    rows = ReadyMade.objects.filter(cut__in=list(keys), segment__is_archived=False).select_related("segment")
    for row in rows.order_by("-made_at"):
        found.setdefault(row.cut, []).append(row.segment)
    return found


def _answered(part: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        return (
            values[part["ask"]]
            if set(part) == {"ask"}
            else {key: _answered(each, values) for key, each in part.items()}
        )
    return [_answered(each, values) for each in part] if isinstance(part, list) else part
