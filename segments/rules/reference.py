"""The registry of rules and the ready-made cuts as Markdown, in the language that is active: parts of the documents."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from segments.generated_docs import heading, row, table
from segments.ready_made import cuts
from segments.rules.fields import EVENTS, FIELDS, Event, Field
from segments.rules.operators import BY_TYPE, Operator

TYPES = {
    "number": gettext_lazy("whole number"),
    "money": gettext_lazy("sum, ₽"),
    "score": gettext_lazy("probability, %"),
    "date": pgettext_lazy("type of a field", "day"),
    "moment": gettext_lazy("day and time"),
    "anniversary": gettext_lazy("day that comes back every year"),
    "choice": gettext_lazy("choice from a list"),
    "rfm": gettext_lazy("RFM code"),
    "text": pgettext_lazy("type of a field", "text"),
    "flag": gettext_lazy("yes or no"),
    "consent": pgettext_lazy("type of a field", "consent"),
    "segment": pgettext_lazy("type of a field", "segment"),
    "list": pgettext_lazy("type of a field", "list of contacts"),
}


def reference() -> str:
    """Types with their operators, fields by group, events with their conditions, ready-made cuts."""
    parts = [*_types(), *_fields(), *_events(), *_cuts()]
    return "\n".join(parts)


def _types() -> Iterator[str]:
    used = {field.type for field in _all_fields()}
    yield from heading(_("Types of fields and their operators"))
    yield from table((_("Type"), _("Operators")))
    for name, operators in BY_TYPE.items():
        if name in used:
            yield row(_type(name), "; ".join(_operator(each) for each in operators))
    yield ""


def _all_fields() -> Iterator[Field]:
    yield from FIELDS.values()
    for event in EVENTS.values():
        yield from event.where.values()


def _operator(operator: Operator) -> str:
    return f"{operator.label} (`{operator.name}`)"


def _type(name: str) -> str:
    return str(TYPES.get(name, name))


def _fields() -> Iterator[str]:
    yield from heading(_("Fields"))
    for group, members in _by_group(FIELDS.values()):
        yield from (f"**{group}**", "")
        yield from table((_("Field"), _("In JSON"), _("Type"), _("A missing value means")))
        for field in members:
            yield row(str(field.label), f"`{field.name}`", _type(field.type), str(field.missing) or "—")
        yield ""


def _events() -> Iterator[str]:
    yield from heading(_("What people did"))
    for group, members in _by_group(EVENTS.values()):
        yield from (f"**{group}**", "")
        yield from table((_("Event"), _("In JSON"), _("Conditions inside")))
        for event in members:
            inside = ", ".join(f"{each.label} (`{each.name}`)" for each in event.where.values())
            yield row(str(event.label), f"`{event.name}`", inside or "—")
        yield ""


def _cuts() -> Iterator[str]:
    yield from heading(_("Ready-made segments"))
    yield from table((_("Segment"), _("Who they are"), _("What they get")))
    for cut in cuts():
        yield row(cut.title, str(cut.who), str(cut.plan))


def _by_group(items: Iterable[Field] | Iterable[Event]) -> Iterator[tuple[str, list[Any]]]:
    """In the order in which the groups were first named: upper apps may add to a group of ours."""
    ordered = list(items)
    places = list(dict.fromkeys(str(each.group) for each in ordered))
    ordered.sort(key=lambda each: places.index(str(each.group)))
    for group, members in groupby(ordered, key=lambda each: str(each.group)):
        yield group, list(members)
